"""People, roles as sets of rights, sessions, API tokens, and the audit trail.

Revision: 0002, after 0001.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")
JSON = sa.JSON().with_variant(JSONB, "postgresql")


def upgrade() -> None:
    op.create_table('access_right',
    sa.Column('name', sa.String(length=40), nullable=False, comment='e.g. review.decide'),
    sa.Column('meaning', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_access_right'))
    )
    op.create_table('audit',
    sa.Column('seq', KEY, nullable=False),
    sa.Column('utc', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor', sa.String(length=80), nullable=False, comment='name of the person, or of the program'),
    sa.Column('role', sa.String(length=200), nullable=False, comment='roles at that time, comma separated'),
    sa.Column('action', sa.String(length=40), nullable=False, comment='e.g. sign_in, decide, export, role_change'),
    sa.Column('object_kind', sa.String(length=24), nullable=False),
    sa.Column('object_id', sa.String(length=80), nullable=False),
    sa.Column('before', JSON, nullable=True),
    sa.Column('after', JSON, nullable=True),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('ip', sa.String(length=64), nullable=False),
    sa.Column('session', KEY, nullable=True, comment='web_session.id'),
    sa.PrimaryKeyConstraint('seq', name=op.f('pk_audit'))
    )
    op.create_index(op.f('ix_audit_action'), 'audit', ['action'], unique=False)
    op.create_index(op.f('ix_audit_actor'), 'audit', ['actor'], unique=False)
    op.create_index('ix_audit_object', 'audit', ['object_kind', 'object_id'], unique=False)
    op.create_index(op.f('ix_audit_utc'), 'audit', ['utc'], unique=False)
    op.create_table('role',
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('meaning', sa.Text(), nullable=False),
    sa.Column('training', sa.Boolean(), nullable=False, comment='exists in training workspaces only'),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_role'))
    )
    op.create_table('sign_in_attempt',
    sa.Column('id', KEY, nullable=False),
    sa.Column('account', sa.String(length=64), nullable=False, comment='hash of the name typed, which may be a password'),
    sa.Column('address', sa.String(length=64), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('failed', sa.Boolean(), nullable=False, comment='until it has succeeded'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sign_in_attempt'))
    )
    op.create_index('ix_sign_in_attempt_account', 'sign_in_attempt', ['account', 'at'], unique=False)
    op.create_index('ix_sign_in_attempt_address', 'sign_in_attempt', ['address', 'at'], unique=False)
    op.create_table('user_account',
    sa.Column('id', KEY, nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False, comment='as shown, and as decisions are signed'),
    sa.Column('name_key', sa.String(length=160), nullable=False, comment='casefolded, to sign in with'),
    sa.Column('password_hash', sa.String(length=200), nullable=True, comment='argon2id; None until it is set'),
    sa.Column('totp_secret', sa.String(length=64), nullable=True, comment='base32; None: no authenticator app'),
    sa.Column('totp_step', KEY, nullable=False, comment='last time step used: a code works once'),
    sa.Column('language', sa.String(length=8), nullable=True, comment='of the interface; None: as the browser asks'),
    sa.Column('settings', JSON, nullable=False, comment='see storage.users.Preferences'),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('disabled_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_user_account')),
    sa.UniqueConstraint('name_key', name=op.f('uq_user_account_name_key'))
    )
    op.create_table('workspace_fact',
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('value', JSON, nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_workspace_fact'))
    )
    op.create_table('api_token',
    sa.Column('id', KEY, nullable=False),
    sa.Column('user_id', KEY, nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('scopes', JSON, nullable=False, comment='names of rights'),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True, comment='last use, to the minute'),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_api_token_user_id_user_account')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_api_token')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_api_token_token_hash'))
    )
    op.create_index(op.f('ix_api_token_user_id'), 'api_token', ['user_id'], unique=False)
    op.create_table('passkey',
    sa.Column('id', KEY, nullable=False),
    sa.Column('user_id', KEY, nullable=False),
    sa.Column('credential_id', sa.LargeBinary(), nullable=False),
    sa.Column('public_key', sa.LargeBinary(), nullable=False, comment='COSE'),
    sa.Column('sign_count', KEY, nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_passkey_user_id_user_account')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_passkey')),
    sa.UniqueConstraint('credential_id', name=op.f('uq_passkey_credential_id'))
    )
    op.create_index(op.f('ix_passkey_user_id'), 'passkey', ['user_id'], unique=False)
    op.create_table('recovery_code',
    sa.Column('id', KEY, nullable=False),
    sa.Column('user_id', KEY, nullable=False),
    sa.Column('code_hash', sa.String(length=64), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_recovery_code_user_id_user_account')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_recovery_code'))
    )
    op.create_index(op.f('ix_recovery_code_user_id'), 'recovery_code', ['user_id'], unique=False)
    op.create_table('role_right',
    sa.Column('role', sa.String(length=40), nullable=False),
    sa.Column('right', sa.String(length=40), nullable=False),
    sa.ForeignKeyConstraint(['right'], ['access_right.name'], name=op.f('fk_role_right_right_access_right')),
    sa.ForeignKeyConstraint(['role'], ['role.name'], name=op.f('fk_role_right_role_role')),
    sa.PrimaryKeyConstraint('role', 'right', name=op.f('pk_role_right'))
    )
    op.create_table('ticket',
    sa.Column('id', KEY, nullable=False),
    sa.Column('kind', sa.String(24), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('user_id', KEY, nullable=True),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_ticket_user_id_user_account')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ticket')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_ticket_token_hash'))
    )
    op.create_index(op.f('ix_ticket_expires_at'), 'ticket', ['expires_at'], unique=False)
    op.create_table('user_role',
    sa.Column('user_id', KEY, nullable=False),
    sa.Column('role', sa.String(length=40), nullable=False),
    sa.ForeignKeyConstraint(['role'], ['role.name'], name=op.f('fk_user_role_role_role')),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_user_role_user_id_user_account')),
    sa.PrimaryKeyConstraint('user_id', 'role', name=op.f('pk_user_role'))
    )
    op.create_table('web_session',
    sa.Column('id', KEY, nullable=False),
    sa.Column('user_id', KEY, nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('address', sa.String(length=64), nullable=False, comment='IP address it was opened from'),
    sa.Column('agent', sa.String(length=200), nullable=False, comment='what the browser says it is'),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False, comment='last use, to the minute'),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False, comment='however much it is used'),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True, comment='signed out or revoked'),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_web_session_user_id_user_account')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_web_session')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_web_session_token_hash'))
    )
    op.create_index(op.f('ix_web_session_user_id'), 'web_session', ['user_id'], unique=False)

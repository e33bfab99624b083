"""Cases: files, team, listings, exhibits, notes, tasks, events.

Revision: 0005, after 0004.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table('case_file',
        sa.Column('id', KEY, nullable=False),
        sa.Column('number', sa.String(length=20), nullable=False, comment='e.g. WT-2026-0007; stands on every exhibit'),
        sa.Column('title', sa.String(length=200), nullable=False),
        sa.Column('status', sa.String(24), nullable=False),
        sa.Column('summary', sa.Text(), nullable=False),
        sa.Column('legal_basis', sa.Text(), nullable=False),
        sa.Column('country', sa.String(length=2), nullable=False, comment='ISO 3166; whose certificate the report has'),
        sa.Column('classification', sa.String(length=60), nullable=False, comment='printed on the report'),
        sa.Column('retention_until', sa.Date(), nullable=True),
        sa.Column('hold', sa.Boolean(), nullable=False, comment='legal hold'),
        sa.Column('hold_reason', sa.Text(), nullable=False),
        sa.Column('opened_by', sa.String(length=80), nullable=False),
        sa.Column('opened_at', TIME, nullable=False),
        sa.Column('closed_at', TIME, nullable=True),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_case_file')),
        sa.UniqueConstraint('number', name=op.f('uq_case_file_number'))
    )
    op.create_table('case_entry',
        sa.Column('id', KEY, nullable=False),
        sa.Column('case_id', KEY, nullable=False),
        sa.Column('kind', sa.String(24), nullable=False),
        sa.Column('text', sa.Text(), nullable=False),
        sa.Column('actor', sa.String(length=80), nullable=False),
        sa.Column('created_at', TIME, nullable=False),
        sa.Column('happened_at', TIME, nullable=True, comment='of an event'),
        sa.Column('assigned_to', sa.String(length=80), nullable=False, comment='of a task'),
        sa.Column('due_on', sa.Date(), nullable=True, comment='of a task'),
        sa.Column('done_by', sa.String(length=80), nullable=False, comment='of a task'),
        sa.Column('done_at', TIME, nullable=True),
        sa.CheckConstraint("(kind = 'event') = (happened_at IS NOT NULL)", name=op.f('ck_case_entry_event_has_time')),
        sa.ForeignKeyConstraint(['case_id'], ['case_file.id'], name=op.f('fk_case_entry_case_id_case_file')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_case_entry'))
    )
    op.create_index(op.f('ix_case_entry_case_id'), 'case_entry', ['case_id'], unique=False)
    op.create_table('case_listing',
        sa.Column('case_id', KEY, nullable=False),
        sa.Column('listing_id', KEY, nullable=False),
        sa.Column('why', sa.Text(), nullable=False),
        sa.Column('added_by', sa.String(length=80), nullable=False),
        sa.Column('added_at', TIME, nullable=False),
        sa.ForeignKeyConstraint(['case_id'], ['case_file.id'], name=op.f('fk_case_listing_case_id_case_file')),
        sa.ForeignKeyConstraint(['listing_id'], ['listing.id'], name=op.f('fk_case_listing_listing_id_listing')),
        sa.PrimaryKeyConstraint('case_id', 'listing_id', name=op.f('pk_case_listing'))
    )
    op.create_index(op.f('ix_case_listing_listing_id'), 'case_listing', ['listing_id'], unique=False)
    op.create_table('case_member',
        sa.Column('case_id', KEY, nullable=False),
        sa.Column('name', sa.String(length=80), nullable=False),
        sa.Column('added_at', TIME, nullable=False),
        sa.ForeignKeyConstraint(['case_id'], ['case_file.id'], name=op.f('fk_case_member_case_id_case_file')),
        sa.PrimaryKeyConstraint('case_id', 'name', name=op.f('pk_case_member'))
    )
    op.create_table('exhibit',
        sa.Column('id', KEY, nullable=False),
        sa.Column('case_id', KEY, nullable=False),
        sa.Column('number', sa.Integer(), nullable=False, comment='1, 2, ... within the case'),
        sa.Column('listing_id', KEY, nullable=False),
        sa.Column('page_id', KEY, nullable=False),
        sa.Column('revision_id', KEY, nullable=True, comment='what the listing said in this capture'),
        sa.Column('record_sha256', sa.String(length=64), nullable=False, comment='of the copy and of the original bytes'),
        sa.Column('length', KEY, nullable=False, comment='bytes'),
        sa.Column('path', sa.String(length=100), nullable=False, comment='of the copy, relative to the evidence folder'),
        sa.Column('shows', sa.Text(), nullable=False, comment='what it shows, in words, for the report'),
        sa.Column('sealed_by', sa.String(length=80), nullable=False),
        sa.Column('sealed_at', TIME, nullable=False),
        sa.Column('custody_seq', KEY, nullable=False, comment='entry of the custody log that tells of it'),
        sa.ForeignKeyConstraint(['case_id'], ['case_file.id'], name=op.f('fk_exhibit_case_id_case_file')),
        sa.ForeignKeyConstraint(['listing_id'], ['listing.id'], name=op.f('fk_exhibit_listing_id_listing')),
        sa.ForeignKeyConstraint(['page_id'], ['page_capture.id'], name=op.f('fk_exhibit_page_id_page_capture')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_exhibit')),
        sa.UniqueConstraint('case_id', 'number', name=op.f('uq_exhibit_case_id_number')),
        sa.UniqueConstraint('case_id', 'page_id', 'listing_id', name=op.f('uq_exhibit_case_id_page_id_listing_id'))
    )
    op.create_index(op.f('ix_exhibit_listing_id'), 'exhibit', ['listing_id'], unique=False)
    op.create_index(op.f('ix_exhibit_page_id'), 'exhibit', ['page_id'], unique=False)

"""The first tables: runs, listings, assessments, flags, decisions, schedules.

Revision: 0001, the first.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")
JSON = sa.JSON().with_variant(JSONB, "postgresql")
AMOUNT = sa.Numeric().with_variant(sa.String, "sqlite")


def upgrade() -> None:
    op.create_table('lease',
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('holder', sa.String(length=120), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_lease'))
    )
    op.create_table('listing',
    sa.Column('id', KEY, nullable=False),
    sa.Column('source', sa.String(length=42), nullable=False),
    sa.Column('key', sa.String(length=500), nullable=False, comment="the site's own id, else the canonical URL"),
    sa.Column('url', sa.Text(), nullable=False),
    sa.Column('first_seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('gone_at', sa.DateTime(timezone=True), nullable=True, comment='since when the site no longer shows it'),
    sa.Column('revision_id', KEY, nullable=True, comment='latest revision'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_listing')),
    sa.UniqueConstraint('source', 'key', name=op.f('uq_listing_source_key'))
    )
    op.create_index(op.f('ix_listing_last_seen_at'), 'listing', ['last_seen_at'], unique=False)
    op.create_table('run',
    sa.Column('id', KEY, nullable=False),
    sa.Column('source', sa.String(length=42), nullable=False),
    sa.Column('state', sa.String(24), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False, comment='why it stopped, in words'),
    sa.Column('options', JSON, nullable=False, comment='queries, limit, since, tool versions'),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False, comment='last sign of life'),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('host', sa.String(length=120), nullable=False, comment='where pid is a process'),
    sa.Column('pid', sa.Integer(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_run'))
    )
    op.create_index(op.f('ix_run_source'), 'run', ['source'], unique=False)
    op.create_table('schedule',
    sa.Column('id', KEY, nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('sources', JSON, nullable=False),
    sa.Column('cron', sa.String(length=120), nullable=False, comment='five fields'),
    sa.Column('timezone', sa.String(length=64), nullable=False, comment='IANA name the cron fields are read in'),
    sa.Column('options', JSON, nullable=False, comment='arguments of crawl'),
    sa.Column('overlap', sa.String(24), nullable=False),
    sa.Column('paused', sa.Boolean(), nullable=False),
    sa.Column('owner', sa.String(length=80), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('resumed_at', sa.DateTime(timezone=True), nullable=True, comment='end of the last pause'),
    sa.Column('removed_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_schedule')),
    sa.UniqueConstraint('name', name=op.f('uq_schedule_name'))
    )
    op.create_table('revision',
    sa.Column('id', KEY, nullable=False),
    sa.Column('listing_id', KEY, nullable=False),
    sa.Column('content_hash', sa.String(length=64), nullable=False),
    sa.Column('title', sa.Text(), nullable=True),
    sa.Column('description', sa.Text(), nullable=True),
    sa.Column('amount', AMOUNT, nullable=True),
    sa.Column('currency', sa.String(), nullable=True, comment='ISO 4217'),
    sa.Column('seller', sa.String(length=500), nullable=True),
    sa.Column('seller_url', sa.Text(), nullable=True),
    sa.Column('location', sa.Text(), nullable=True),
    sa.Column('images', JSON, nullable=False),
    sa.Column('posted_at', sa.Date(), nullable=True),
    sa.Column('status', sa.String(24), nullable=True),
    sa.Column('language', sa.String(), nullable=True, comment='BCP 47'),
    sa.Column('identifiers', JSON, nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['listing_id'], ['listing.id'], name=op.f('fk_revision_listing_id_listing')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_revision'))
    )
    op.create_index(op.f('ix_revision_listing_id'), 'revision', ['listing_id'], unique=False)
    op.create_index(op.f('ix_revision_seller'), 'revision', ['seller'], unique=False)
    op.create_table('slot',
    sa.Column('id', KEY, nullable=False),
    sa.Column('schedule_id', KEY, nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('state', sa.String(24), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False, comment='why skipped or failed; how many slots coalesced'),
    sa.Column('asked_for', sa.Boolean(), nullable=False, comment="'run now', not a due time of the cron fields"),
    sa.Column('coalesced', sa.Integer(), nullable=False, comment='earlier missed slots this one stands for'),
    sa.Column('holder', sa.String(length=120), nullable=False, comment='host:pid that took it'),
    sa.Column('pid', sa.Integer(), nullable=True),
    sa.Column('exit_code', sa.Integer(), nullable=True),
    sa.Column('claimed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['schedule_id'], ['schedule.id'], name=op.f('fk_slot_schedule_id_schedule')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_slot')),
    sa.UniqueConstraint('schedule_id', 'due_at', name=op.f('uq_slot_schedule_id_due_at'))
    )
    op.create_table('unit',
    sa.Column('id', KEY, nullable=False),
    sa.Column('run_id', KEY, nullable=False),
    sa.Column('kind', sa.String(24), nullable=False),
    sa.Column('state', sa.String(24), nullable=False),
    sa.Column('url', sa.Text(), nullable=False),
    sa.Column('url_key', sa.String(length=64), nullable=False, comment='sha256 of the canonical URL: one unit per page and run'),
    sa.Column('query', sa.Text(), nullable=False),
    sa.Column('page', sa.Integer(), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('status', sa.Integer(), nullable=True, comment='HTTP status of the last attempt'),
    sa.Column('error', sa.Text(), nullable=True),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['run_id'], ['run.id'], name=op.f('fk_unit_run_id_run')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_unit')),
    sa.UniqueConstraint('run_id', 'url_key', name=op.f('uq_unit_run_id_url_key'))
    )
    op.create_index('ix_unit_claim', 'unit', ['run_id', 'state', 'attempts', 'id'], unique=False)
    op.create_table('assessment',
    sa.Column('id', KEY, nullable=False),
    sa.Column('listing_id', KEY, nullable=False),
    sa.Column('revision_id', KEY, nullable=False),
    sa.Column('run_id', KEY, nullable=True),
    sa.Column('label', sa.String(24), nullable=False),
    sa.Column('score', sa.Double(), nullable=False, comment='probability, 0 to 1'),
    sa.Column('bias', sa.Double(), nullable=False, comment='log-odds; bias + signal weights = logit(score)'),
    sa.Column('language', sa.String(), nullable=True, comment='BCP 47'),
    sa.Column('intent', sa.String(24), nullable=False),
    sa.Column('appendix', sa.String(), nullable=True, comment='strictest appendix among the taxa: I, II, III'),
    sa.Column('taxa', JSON, nullable=False),
    sa.Column('product_forms', JSON, nullable=False),
    sa.Column('signals', JSON, nullable=False),
    sa.Column('lexicon_version', sa.String(), nullable=False),
    sa.Column('model_version', sa.String(), nullable=False),
    sa.Column('assessed_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['listing_id'], ['listing.id'], name=op.f('fk_assessment_listing_id_listing')),
    sa.ForeignKeyConstraint(['revision_id'], ['revision.id'], name=op.f('fk_assessment_revision_id_revision')),
    sa.ForeignKeyConstraint(['run_id'], ['run.id'], name=op.f('fk_assessment_run_id_run')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_assessment'))
    )
    op.create_index(op.f('ix_assessment_label'), 'assessment', ['label'], unique=False)
    op.create_index(op.f('ix_assessment_listing_id'), 'assessment', ['listing_id'], unique=False)
    op.create_index(op.f('ix_assessment_revision_id'), 'assessment', ['revision_id'], unique=False)
    op.create_index(op.f('ix_assessment_run_id'), 'assessment', ['run_id'], unique=False)
    op.create_table('page_capture',
    sa.Column('id', KEY, nullable=False),
    sa.Column('run_id', KEY, nullable=False),
    sa.Column('unit_id', KEY, nullable=False, comment='a unit is captured once'),
    sa.Column('kind', sa.String(length=12), nullable=False, comment='what the page was: listing, search, social, api, blocked'),
    sa.Column('url', sa.Text(), nullable=False),
    sa.Column('requested_url', sa.Text(), nullable=False),
    sa.Column('status', sa.Integer(), nullable=False),
    sa.Column('captured_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('file', sa.String(length=200), nullable=False, comment='WARC, relative to the evidence folder'),
    sa.Column('offset', KEY, nullable=False, comment='bytes'),
    sa.Column('length', KEY, nullable=False, comment='bytes, response and request record together'),
    sa.Column('record_id', sa.String(length=60), nullable=False),
    sa.Column('record_sha256', sa.String(length=64), nullable=False, comment='of the compressed bytes in the WARC'),
    sa.Column('payload_sha256', sa.String(length=64), nullable=False),
    sa.Column('complete', sa.Boolean(), nullable=False),
    sa.Column('note', sa.Text(), nullable=False, comment="blocked reason or reader's warnings"),
    sa.ForeignKeyConstraint(['run_id'], ['run.id'], name=op.f('fk_page_capture_run_id_run')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_page_capture_unit_id_unit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_page_capture')),
    sa.UniqueConstraint('unit_id', name=op.f('uq_page_capture_unit_id'))
    )
    op.create_index('ix_page_capture_file_offset', 'page_capture', ['file', 'offset'], unique=False)
    op.create_index(op.f('ix_page_capture_run_id'), 'page_capture', ['run_id'], unique=False)
    op.create_table('run_request',
    sa.Column('id', KEY, nullable=False),
    sa.Column('schedule_id', KEY, nullable=True),
    sa.Column('sources', JSON, nullable=False),
    sa.Column('options', JSON, nullable=False),
    sa.Column('requested_by', sa.String(length=80), nullable=False),
    sa.Column('requested_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('taken_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('slot_id', KEY, nullable=True),
    sa.ForeignKeyConstraint(['schedule_id'], ['schedule.id'], name=op.f('fk_run_request_schedule_id_schedule')),
    sa.ForeignKeyConstraint(['slot_id'], ['slot.id'], name=op.f('fk_run_request_slot_id_slot')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_run_request'))
    )
    op.create_table('capture',
    sa.Column('id', KEY, nullable=False),
    sa.Column('run_id', KEY, nullable=False),
    sa.Column('listing_id', KEY, nullable=False),
    sa.Column('page_id', KEY, nullable=False),
    sa.Column('revision_id', KEY, nullable=True, comment='None when the listing is gone'),
    sa.Column('change', sa.String(24), nullable=False),
    sa.Column('captured_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['listing_id'], ['listing.id'], name=op.f('fk_capture_listing_id_listing')),
    sa.ForeignKeyConstraint(['page_id'], ['page_capture.id'], name=op.f('fk_capture_page_id_page_capture')),
    sa.ForeignKeyConstraint(['revision_id'], ['revision.id'], name=op.f('fk_capture_revision_id_revision')),
    sa.ForeignKeyConstraint(['run_id'], ['run.id'], name=op.f('fk_capture_run_id_run')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_capture')),
    sa.UniqueConstraint('run_id', 'listing_id', name=op.f('uq_capture_run_id_listing_id'))
    )
    op.create_index(op.f('ix_capture_listing_id'), 'capture', ['listing_id'], unique=False)
    op.create_index(op.f('ix_capture_page_id'), 'capture', ['page_id'], unique=False)
    op.create_index('ix_capture_run_id_change', 'capture', ['run_id', 'change'], unique=False)
    op.create_table('decision',
    sa.Column('id', KEY, nullable=False),
    sa.Column('listing_id', KEY, nullable=False),
    sa.Column('revision_id', KEY, nullable=False, comment='the text the person saw'),
    sa.Column('assessment_id', KEY, nullable=False),
    sa.Column('action', sa.String(24), nullable=False),
    sa.Column('label', sa.String(24), nullable=True),
    sa.Column('reason', sa.String(length=40), nullable=True, comment='reason code, e.g. colour_name'),
    sa.Column('note', sa.Text(), nullable=True),
    sa.Column('actor', sa.String(length=80), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('undoes_id', KEY, nullable=True),
    sa.Column('inclusion_probability', sa.Double(), nullable=True, comment='of a randomly drawn item'),
    sa.CheckConstraint("(action = 'decide') = (label IS NOT NULL)", name=op.f('ck_decision_decide_has_label')),
    sa.CheckConstraint("(action = 'undo') = (undoes_id IS NOT NULL)", name=op.f('ck_decision_undo_names_what')),
    sa.ForeignKeyConstraint(['assessment_id'], ['assessment.id'], name=op.f('fk_decision_assessment_id_assessment')),
    sa.ForeignKeyConstraint(['listing_id'], ['listing.id'], name=op.f('fk_decision_listing_id_listing')),
    sa.ForeignKeyConstraint(['revision_id'], ['revision.id'], name=op.f('fk_decision_revision_id_revision')),
    sa.ForeignKeyConstraint(['undoes_id'], ['decision.id'], name=op.f('fk_decision_undoes_id_decision')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_decision')),
    sa.UniqueConstraint('undoes_id', name=op.f('uq_decision_undoes_id'))
    )
    op.create_index(op.f('ix_decision_actor'), 'decision', ['actor'], unique=False)
    op.create_index(op.f('ix_decision_listing_id'), 'decision', ['listing_id'], unique=False)
    op.create_index(op.f('ix_decision_revision_id'), 'decision', ['revision_id'], unique=False)
    op.create_table('flag',
    sa.Column('id', KEY, nullable=False),
    sa.Column('listing_id', KEY, nullable=False),
    sa.Column('assessment_id', KEY, nullable=False, comment='the latest that flagged it'),
    sa.Column('state', sa.String(24), nullable=False),
    sa.Column('source', sa.String(length=42), nullable=False, comment='of the listing; this and the next three for the filters'),
    sa.Column('language', sa.String(), nullable=True, comment='of the assessment'),
    sa.Column('appendix', sa.String(), nullable=True, comment='of the assessment'),
    sa.Column('label', sa.String(24), nullable=False, comment='of the assessment'),
    sa.Column('priority', sa.Double(), nullable=False),
    sa.Column('priority_parts', JSON, nullable=False, comment="shown as 'why here'"),
    sa.Column('computed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['assessment_id'], ['assessment.id'], name=op.f('fk_flag_assessment_id_assessment')),
    sa.ForeignKeyConstraint(['listing_id'], ['listing.id'], name=op.f('fk_flag_listing_id_listing')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_flag')),
    sa.UniqueConstraint('listing_id', name=op.f('uq_flag_listing_id'))
    )
    op.create_index('ix_flag_queue', 'flag', ['state', 'priority', 'source', 'language', 'appendix', 'label'], unique=False)
    op.create_index('ix_flag_state_created_at', 'flag', ['state', 'created_at'], unique=False)

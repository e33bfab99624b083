"""Search: documents and their words, sellers as accounts, saved searches. Everything known is noted to be indexed.

Revision: 0004, after 0003.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table('seller',
    sa.Column('id', KEY, nullable=False),
    sa.Column('source', sa.String(length=42), nullable=False),
    sa.Column('name', sa.String(length=500), nullable=False, comment='as the site shows it'),
    sa.Column('first_seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_seller')),
    sa.UniqueConstraint('source', 'name', name=op.f('uq_seller_source_name'))
    )
    op.create_table('search_pending',
    sa.Column('id', KEY, nullable=False),
    sa.Column('listing_id', KEY, nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_search_pending'))
    )
    op.create_table('search_document',
    sa.Column('id', KEY, nullable=False),
    sa.Column('listing_id', KEY, nullable=False),
    sa.Column('revision_id', KEY, nullable=False),
    sa.Column('assessment_id', KEY, nullable=True, comment='latest opinion of that revision'),
    sa.Column('seller_id', KEY, nullable=True),
    sa.Column('source', sa.String(length=42), nullable=False),
    sa.Column('language', sa.String(), nullable=True, comment='of the assessment, else as stated'),
    sa.Column('appendix', sa.String(), nullable=True),
    sa.Column('label', sa.String(24), nullable=True),
    sa.Column('price', sa.Double(), nullable=True, comment='as stated, in its own currency; for comparing only'),
    sa.Column('posted_on', sa.Date(), nullable=True),
    sa.Column('words', sa.Text().with_variant(TSVECTOR, "postgresql"), nullable=True),
    sa.ForeignKeyConstraint(['listing_id'], ['listing.id'], name=op.f('fk_search_document_listing_id_listing')),
    sa.ForeignKeyConstraint(['seller_id'], ['seller.id'], name=op.f('fk_search_document_seller_id_seller')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_search_document')),
    sa.UniqueConstraint('listing_id', name=op.f('uq_search_document_listing_id')),
    sqlite_autoincrement=True
    )
    op.create_index('ix_search_document_seller_id', 'search_document', ['seller_id', 'id'], unique=False)
    op.create_table('saved_search',
    sa.Column('id', KEY, nullable=False),
    sa.Column('owner_id', KEY, nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('query', sa.Text(), nullable=False),
    sa.Column('shared', sa.Boolean(), nullable=False),
    sa.Column('as_queue', sa.Boolean(), nullable=False, comment='may be chosen as the rule of a queue'),
    sa.Column('alert', sa.String(24), nullable=False),
    sa.Column('alerted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('seen_document_id', KEY, nullable=False, comment='newest document the owner has seen'),
    sa.Column('feed_hash', sa.String(length=64), nullable=True, comment="of the feed's secret"),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['owner_id'], ['user_account.id'], name=op.f('fk_saved_search_owner_id_user_account')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_saved_search')),
    sa.UniqueConstraint('feed_hash', name=op.f('uq_saved_search_feed_hash')),
    sa.UniqueConstraint('owner_id', 'name', name=op.f('uq_saved_search_owner_id_name'))
    )
    op.create_table('saved_search_count',
    sa.Column('saved_search_id', KEY, nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('hits', sa.Integer(), nullable=False, comment='10001 stands for more than 10,000'),
    sa.ForeignKeyConstraint(['saved_search_id'], ['saved_search.id'], name=op.f('fk_saved_search_count_saved_search_id_saved_search')),
    sa.PrimaryKeyConstraint('saved_search_id', 'day', name=op.f('pk_saved_search_count'))
    )
    op.create_table('search_asked',
    sa.Column('id', KEY, nullable=False),
    sa.Column('user_id', KEY, nullable=False),
    sa.Column('query', sa.String(length=500), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_search_asked_user_id_user_account')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_search_asked')),
    sa.UniqueConstraint('user_id', 'query', name=op.f('uq_search_asked_user_id_query'))
    )
    if op.get_bind().dialect.name == "postgresql":
        op.create_index('ix_search_document_words', 'search_document', ['words'], unique=False, postgresql_using='gin')
    else:
        # Words come ready from storage.search.words, so the tokenizer has only spaces to find. No contents, no sizes:
        # nothing is ranked by them.
        op.execute(
            "CREATE VIRTUAL TABLE search_words USING fts5("
            "words, content='', columnsize=0, tokenize=\"ascii tokenchars '=#'\")"
        )
    op.execute("INSERT INTO search_pending (listing_id) SELECT id FROM listing ORDER BY id")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE search_words")
    for name in ("search_asked", "saved_search_count", "saved_search", "search_document", "search_pending", "seller"):
        op.drop_table(name)

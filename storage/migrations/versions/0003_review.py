"""Reviewing by several people: holds, stages, second reviews, drafts, batches, proposals, likeness of texts.

Revision: 0003, after 0002.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")
JSON = sa.JSON().with_variant(JSONB, "postgresql")
TIME = sa.DateTime(timezone=True)
WORD = sa.String(24)


def upgrade() -> None:
    for column in (
        sa.Column("score", sa.Double(), nullable=False, server_default="0", comment='of the assessment, to order by doubt'),
        sa.Column("shuffle", KEY, nullable=False, server_default="0", comment='orders flags at random, always in the same way'),
        sa.Column("cluster_id", KEY, nullable=True, comment='smallest listing id of near-duplicates'),
        sa.Column("holder", sa.String(80), nullable=True, comment='who holds it, while the lease runs'),
        sa.Column("held_at", TIME, nullable=True),
        sa.Column("lease_until", TIME, nullable=True),
        sa.Column("hold", sa.Integer(), nullable=False, server_default="0", comment='counts holds; names this one'),
        sa.Column("first_by", sa.String(80), nullable=True, comment='who decided first, and may not decide again'),
        sa.Column("second_because", WORD, nullable=True, comment='rule that asks for a second person'),
        sa.Column("settled", WORD, nullable=True),
        sa.Column("inclusion_probability", sa.Double(), nullable=True, comment='of one that was drawn at random'),
    ):
        op.add_column("flag", column)
    op.execute("UPDATE flag SET score = (SELECT score FROM assessment WHERE assessment.id = flag.assessment_id), "
               "shuffle = (listing_id * 2654435761) % 4294967296, "
               "settled = CASE WHEN state = 'decided' THEN 'one' END")
    for name, columns in (
        ("ix_flag_state_computed_at", ["state", "computed_at"]),
        ("ix_flag_state_score", ["state", "score"]),
        ("ix_flag_state_shuffle", ["state", "shuffle"]),
        ("ix_flag_cluster_id", ["cluster_id"]),
        ("ix_flag_holder", ["holder"]),
    ):
        op.create_index(name, "flag", columns)
    for one in (
        sa.Column("stage", WORD, nullable=False, server_default="first"),
        sa.Column("state_before", WORD, nullable=True, comment='of the flag; undo goes back to it'),
        sa.Column("redoes_id", KEY, nullable=True, comment='the undo that this takes back'),
        sa.Column("batch_id", KEY, nullable=True, comment='decision_batch.id'),
        sa.Column("taxon", sa.String(200), nullable=True, comment='scientific name, any rank'),
        sa.Column("appendix", sa.String(), nullable=True, comment='of that taxon on the day of the decision'),
        sa.Column("appendix_date", sa.String(), nullable=True, comment='ISO date of the list that says so'),
        sa.Column("product_form", sa.String(40), nullable=True),
        sa.Column("specimen", WORD, nullable=True, comment='live, part, derivative'),
        sa.Column("quantity", sa.String(80), nullable=True, comment='as the person writes it'),
        sa.Column("origin", WORD, nullable=True, comment='as the seller claims: wild, captive, antique'),
        sa.Column("legality", WORD, nullable=True),
        sa.Column("confidence", WORD, nullable=True),
        sa.Column("sensitivity", WORD, nullable=True),
        sa.Column("tags", JSON, nullable=True),
    ):
        op.add_column("decision", one)
    op.execute("UPDATE decision SET state_before = 'open' WHERE action = 'decide'")
    op.create_index("ix_decision_batch_id", "decision", ["batch_id"])
    op.create_index("ix_decision_decided_at", "decision", ["decided_at"])
    op.create_table(
        "reviewer_place",
        sa.Column("actor", sa.String(80), nullable=False),
        sa.Column("turns", sa.Integer(), nullable=False),
        sa.Column("flag_id", KEY, nullable=True),
        sa.PrimaryKeyConstraint("actor", name=op.f("pk_reviewer_place")),
    )
    op.create_table(
        "draft",
        sa.Column("actor", sa.String(80), nullable=False),
        sa.Column("flag_id", KEY, nullable=False),
        sa.Column("fields", JSON, nullable=False),
        sa.Column("saved_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["flag_id"], ["flag.id"], name=op.f("fk_draft_flag_id_flag")),
        sa.PrimaryKeyConstraint("actor", "flag_id", name=op.f("pk_draft")),
    )
    op.create_table(
        "decision_batch",
        sa.Column("id", KEY, nullable=False),
        sa.Column("actor", sa.String(80), nullable=False),
        sa.Column("label", WORD, nullable=False),
        sa.Column("reason", sa.String(40), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("flag_ids", JSON, nullable=False, comment='what was chosen; once done, what was decided'),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("done_at", TIME, nullable=True),
        sa.Column("undone_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision_batch")),
    )
    op.create_index(op.f("ix_decision_batch_actor"), "decision_batch", ["actor"])
    op.create_table(
        "guard_proposal",
        sa.Column("id", KEY, nullable=False),
        sa.Column("text", sa.String(200), nullable=False),
        sa.Column("language", sa.String(35), nullable=True, comment='BCP 47'),
        sa.Column("reason", sa.String(40), nullable=False, comment='reason code of the decision'),
        sa.Column("listing_id", KEY, nullable=False),
        sa.Column("actor", sa.String(80), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("state", WORD, nullable=False),
        sa.Column("settled_by", sa.String(80), nullable=True),
        sa.ForeignKeyConstraint(["listing_id"], ["listing.id"], name=op.f("fk_guard_proposal_listing_id_listing")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guard_proposal")),
    )
    op.create_index(op.f("ix_guard_proposal_state"), "guard_proposal", ["state"])
    op.create_table(
        "text_print",
        sa.Column("listing_id", KEY, nullable=False),
        sa.Column("assessment_id", KEY, nullable=False, comment='whose text it is'),
        sa.Column("values", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["listing_id"], ["listing.id"], name=op.f("fk_text_print_listing_id_listing")),
        sa.PrimaryKeyConstraint("listing_id", name=op.f("pk_text_print")),
    )
    op.create_table(
        "likeness",
        sa.Column("kind", WORD, nullable=False),
        sa.Column("value", KEY, nullable=False),
        sa.Column("listing_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(["listing_id"], ["listing.id"], name=op.f("fk_likeness_listing_id_listing")),
        sa.PrimaryKeyConstraint("kind", "value", "listing_id", name=op.f("pk_likeness")),
    )
    op.create_index(op.f("ix_likeness_listing_id"), "likeness", ["listing_id"])

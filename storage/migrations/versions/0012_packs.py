"""Review packs: items that a person decides without a network, and the decisions that came back from them.

Revision: 0012, after 0011.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")
JSON = sa.JSON().with_variant(JSONB, "postgresql")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "review_pack",
        sa.Column("id", KEY, nullable=False),
        sa.Column("token", sa.String(32), nullable=False, comment="names the pack in its files, in any workspace"),
        sa.Column("user_id", KEY, nullable=False, comment="whom it is for"),
        sa.Column("queue", sa.String(24), nullable=False, comment="empty, second, or the id of a named queue"),
        sa.Column("identities", sa.Boolean(), nullable=False, comment="sellers are named in it"),
        sa.Column("language", sa.String(8), nullable=False, comment="of its page"),
        sa.Column("manifest", sa.Text(), nullable=False, comment="what is signed: whose, until when, which items"),
        sa.Column("signature", sa.String(128), nullable=False, comment="Ed25519 of the manifest, hex"),
        sa.Column("key", sa.String(16), nullable=False, comment="id of the key that signed"),
        sa.Column("made_by", sa.String(80), nullable=False),
        sa.Column("made_at", TIME, nullable=False),
        sa.Column("until", TIME, nullable=False, comment="so long its items are held for the person"),
        sa.Column("withdrawn_at", TIME, nullable=True),
        sa.Column("withdrawn_by", sa.String(80), nullable=True),
        sa.Column("last", JSON, nullable=True, comment="of the last file: at, by, sha256, counts, clock"),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_review_pack_user_id_user_account"),
        sa.PrimaryKeyConstraint("id", name="pk_review_pack"),
        sa.UniqueConstraint("token", name="uq_review_pack_token"),
    )
    op.create_index("ix_review_pack_user_id", "review_pack", ["user_id"])
    why = "why not: missing, changed, decided, held, own, differs"
    stated = "when they decided, by the clock of that machine"
    op.create_table(
        "review_pack_item",
        sa.Column("pack_id", KEY, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False, comment="from 1 on"),
        sa.Column("flag_id", KEY, nullable=False),
        sa.Column("assessment_id", KEY, nullable=False, comment="whose text the person reads"),
        sa.Column("outcome", sa.String(24), nullable=True),
        sa.Column("kind", sa.String(16), nullable=True, comment=why),
        sa.Column("who", sa.String(80), nullable=True, comment="who was quicker"),
        sa.Column("at", TIME, nullable=True, comment="when they were"),
        sa.Column("action", sa.String(12), nullable=True, comment="decide, escalate, skip"),
        sa.Column("label", sa.String(24), nullable=True),
        sa.Column("said", sa.String(64), nullable=True, comment="SHA-256 of all that the file said of the item"),
        sa.Column("stated_at", TIME, nullable=True, comment=stated),
        sa.Column("decision_id", KEY, nullable=True),
        sa.ForeignKeyConstraint(["pack_id"], ["review_pack.id"], name="fk_review_pack_item_pack_id_review_pack"),
        sa.ForeignKeyConstraint(["flag_id"], ["flag.id"], name="fk_review_pack_item_flag_id_flag"),
        sa.ForeignKeyConstraint(
            ["assessment_id"], ["assessment.id"], name="fk_review_pack_item_assessment_id_assessment"
        ),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name="fk_review_pack_item_decision_id_decision"),
        sa.PrimaryKeyConstraint("pack_id", "place", name="pk_review_pack_item"),
    )
    op.create_index("ix_review_pack_item_flag_id", "review_pack_item", ["flag_id"])
    pack = "review_pack.id, of one taken without a network"
    op.add_column("decision", sa.Column("pack_id", KEY, comment=pack))
    op.add_column("decision", sa.Column("stated_at", TIME, comment="of such a one: when, by that machine's clock"))


def downgrade() -> None:
    op.drop_column("decision", "stated_at")
    op.drop_column("decision", "pack_id")
    op.drop_table("review_pack_item")
    op.drop_table("review_pack")

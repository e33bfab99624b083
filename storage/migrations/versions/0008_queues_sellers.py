"""Queues that people make, with what they select; how long a decision took; accounts that people said are one seller.

Revision: 0008, after 0007.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")
JSON = sa.JSON().with_variant(JSONB, "postgresql")
TIME = sa.DateTime(timezone=True)
HEAD = "smallest id of those that are one seller"
LISTINGS = "of the whole seller, kept with the smallest id; 0 with the others"


def upgrade() -> None:
    op.create_table(
        "named_queue",
        sa.Column("id", KEY, nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("query", sa.Text(), nullable=False, comment="its rule, in the words of search; empty: everything"),
        sa.Column("mode", sa.String(24), nullable=False, comment="its order, a word of storage.leases.Mode"),
        sa.Column("overlap", sa.Integer(), nullable=False, comment="how many people decide each item, 1 or 2"),
        sa.Column("roles", JSON, nullable=False, comment="whose holders may work it; with no people either: all"),
        sa.Column("people", JSON, nullable=False, comment="who may work it besides"),
        sa.Column("hides_decisions", sa.Boolean(), nullable=False, comment="earlier decisions of others are not shown"),
        sa.Column("lease_minutes", sa.Integer(), nullable=False, comment="how long an item is held"),
        sa.Column("created_by", sa.String(80), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        sa.Column("filled_at", TIME, nullable=True, comment="when its members were last found; None: never"),
        sa.Column("closed_at", TIME, nullable=True),
        sa.CheckConstraint("overlap IN (1, 2)", name="ck_named_queue_one_or_two"),
        sa.PrimaryKeyConstraint("id", name="pk_named_queue"),
    )
    op.create_table(
        "queue_member",
        sa.Column("queue_id", KEY, nullable=False),
        sa.Column("flag_id", KEY, nullable=False),
        sa.Column("place", sa.Double(), nullable=False),
        sa.Column("waiting_since", TIME, nullable=False, comment="when the flag was raised"),
        sa.ForeignKeyConstraint(["queue_id"], ["named_queue.id"], name="fk_queue_member_queue_id_named_queue"),
        sa.ForeignKeyConstraint(["flag_id"], ["flag.id"], name="fk_queue_member_flag_id_flag"),
        sa.PrimaryKeyConstraint("queue_id", "flag_id", name="pk_queue_member"),
    )
    op.create_index("ix_queue_member_flag_id", "queue_member", ["flag_id"])
    op.create_index("ix_queue_member_place", "queue_member", ["queue_id", "place", "flag_id"])
    op.create_index("ix_queue_member_waiting_since", "queue_member", ["queue_id", "waiting_since", "flag_id"])
    op.add_column("flag", sa.Column("queue_id", KEY, comment="the named queue its holder took it from"))
    op.add_column("decision", sa.Column("queue_id", KEY, comment="the named queue the item was taken from"))
    op.add_column("decision", sa.Column("seconds", sa.Double(), comment="from the hold to the decision"))
    op.create_index("ix_decision_queue_id", "decision", ["queue_id", "id"])
    op.drop_column("saved_search", "as_queue")
    op.add_column("seller", sa.Column("head_id", KEY, comment=HEAD))
    op.add_column("seller", sa.Column("listings", sa.Integer(), nullable=False, server_default="0", comment=LISTINGS))
    op.execute(
        "UPDATE seller SET listings = (SELECT count(*) FROM search_document WHERE search_document.seller_id = seller.id)"
    )
    op.create_index("ix_seller_head_id", "seller", ["head_id"])
    op.create_index("ix_seller_listings", "seller", ["listings", "id"])
    op.create_index("ix_seller_name", "seller", ["name"])
    op.create_table(
        "seller_merge",
        sa.Column("id", KEY, nullable=False),
        sa.Column("one_id", KEY, nullable=False),
        sa.Column("other_id", KEY, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("evidence", JSON, nullable=False, comment="what spoke for it: [kind, listings]"),
        sa.Column("actor", sa.String(80), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("undoes_id", KEY, nullable=True),
        sa.CheckConstraint("one_id < other_id", name="ck_seller_merge_in_order"),
        sa.ForeignKeyConstraint(["one_id"], ["seller.id"], name="fk_seller_merge_one_id_seller"),
        sa.ForeignKeyConstraint(["other_id"], ["seller.id"], name="fk_seller_merge_other_id_seller"),
        sa.ForeignKeyConstraint(["undoes_id"], ["seller_merge.id"], name="fk_seller_merge_undoes_id_seller_merge"),
        sa.PrimaryKeyConstraint("id", name="pk_seller_merge"),
        sa.UniqueConstraint("undoes_id", name="uq_seller_merge_undoes_id"),
    )
    op.create_index("ix_seller_merge_one_id", "seller_merge", ["one_id"])
    op.create_index("ix_seller_merge_other_id", "seller_merge", ["other_id"])


def downgrade() -> None:
    op.drop_table("seller_merge")
    for name in ("ix_seller_name", "ix_seller_listings", "ix_seller_head_id"):
        op.drop_index(name, "seller")
    for table, column in (("seller", "listings"), ("seller", "head_id")):
        op.drop_column(table, column)
    op.add_column("saved_search", sa.Column("as_queue", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.drop_index("ix_decision_queue_id", "decision")
    for table, column in (("decision", "seconds"), ("decision", "queue_id"), ("flag", "queue_id")):
        op.drop_column(table, column)
    op.drop_table("queue_member")
    op.drop_table("named_queue")

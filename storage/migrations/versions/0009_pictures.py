"""Pictures by what they look like: hashes, where each is shown, groups of those that look alike.

Revision: 0009, after 0008.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "picture",
        sa.Column("id", KEY, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False, comment="of the file, see artifact"),
        sa.Column("hash", KEY, nullable=True, comment="perceptual hash, 64 bits as a signed number"),
        sa.Column("width", sa.Integer(), nullable=True, comment="pixels"),
        sa.Column("height", sa.Integer(), nullable=True, comment="pixels"),
        sa.Column("problem", sa.Text(), nullable=False, comment="why there is no hash"),
        sa.Column("group_id", KEY, nullable=True, comment="smallest picture id of those that look alike"),
        sa.PrimaryKeyConstraint("id", name="pk_picture"),
        sa.UniqueConstraint("sha256", name="uq_picture_sha256"),
    )
    op.create_index("ix_picture_group_id", "picture", ["group_id"])
    op.create_table(
        "picture_band",
        sa.Column("value", KEY, nullable=False, autoincrement=False, comment="which 16 bits, and the bits"),
        sa.Column("picture_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(["picture_id"], ["picture.id"], name="fk_picture_band_picture_id_picture"),
        sa.PrimaryKeyConstraint("value", "picture_id", name="pk_picture_band"),
    )
    op.create_table(
        "picture_use",
        sa.Column("id", KEY, nullable=False),
        sa.Column("artifact_id", KEY, nullable=False, comment="where the file lies"),
        sa.Column("picture_id", KEY, nullable=False),
        sa.Column("listing_id", KEY, nullable=True, comment="None: nothing new"),
        sa.ForeignKeyConstraint(["picture_id"], ["picture.id"], name="fk_picture_use_picture_id_picture"),
        sa.ForeignKeyConstraint(["listing_id"], ["listing.id"], name="fk_picture_use_listing_id_listing"),
        sa.PrimaryKeyConstraint("id", name="pk_picture_use"),
    )
    for name in ("artifact_id", "picture_id", "listing_id"):
        op.create_index(f"ix_picture_use_{name}", "picture_use", [name])
    op.execute("DELETE FROM text_print")  # every flag is compared again, now by its pictures too


def downgrade() -> None:
    for name in ("picture_use", "picture_band", "picture"):
        op.drop_table(name)

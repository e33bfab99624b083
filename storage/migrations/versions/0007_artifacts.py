"""Files kept beside the WARCs for a page: screenshot, rendered DOM, pictures.

Revision: 0007, after 0006.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "artifact",
        sa.Column("id", KEY, nullable=False),
        sa.Column("page_id", KEY, nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column(
            "url", sa.Text(), nullable=False, comment="where it comes from"
        ),
        sa.Column("media_type", sa.String(40), nullable=False),
        sa.Column("path", sa.String(100), nullable=False, comment="relative to the evidence folder"),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size", KEY, nullable=False, comment="bytes"),
        sa.Column("captured_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["page_id"], ["page_capture.id"], name="fk_artifact_page_id_page_capture"),
        sa.PrimaryKeyConstraint("id", name="pk_artifact"),
    )
    op.create_index("ix_artifact_page_id", "artifact", ["page_id"])
    op.create_index("ix_artifact_path", "artifact", ["path"])


def downgrade() -> None:
    op.drop_table("artifact")

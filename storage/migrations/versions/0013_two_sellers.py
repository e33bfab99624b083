"""People say of two accounts that they are not one seller, too; mail addresses, handles and links are noted beside
telephone numbers, so that what sellers share is known for all: flagged listings are compared anew, a few at a time.

Revision: 0013, after 0012.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "seller_merge",
        sa.Column("same", sa.Boolean(), nullable=False, server_default=sa.true(), comment="one seller; false: two"),
    )
    op.execute("UPDATE text_print SET assessment_id = 0")


def downgrade() -> None:
    op.execute("DELETE FROM seller_merge WHERE NOT same AND undoes_id IS NOT NULL")
    op.execute("DELETE FROM seller_merge WHERE NOT same")
    op.execute("DELETE FROM likeness WHERE kind IN ('mail', 'handle', 'link')")
    op.drop_column("seller_merge", "same")

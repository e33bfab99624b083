"""What a person enters besides the decision: the place as it should be, and whose eyes the item needs.

Revision: 0010, after 0009.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("decision", sa.Column("place", sa.String(200), comment="where it is, as the person corrects it"))
    needs = "whose eyes it needs: a group of review.fields"
    op.add_column("decision", sa.Column("expert", sa.String(24), comment=needs))


def downgrade() -> None:
    op.drop_column("decision", "expert")
    op.drop_column("decision", "place")

"""PostgreSQL keeps enough of the commonest words to tell a rare one from a common one: a search for a word that is
nowhere was planned as if it were in every 250th listing, and read them all.

Revision: 0011, after 0010.
"""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_WORDS = "ALTER TABLE search_document ALTER COLUMN words SET STATISTICS"


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"{_WORDS} 1000")
        op.execute("ANALYZE search_document")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"{_WORDS} -1")

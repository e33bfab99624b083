"""Running a workspace: alerts, files brought in, webhooks, kept answers; requests for crawls of no schedule.

Revision: 0006, after 0005.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")
JSON = sa.JSON().with_variant(JSONB, "postgresql")
TIME = sa.DateTime(timezone=True)
WORD = sa.String(24)


def upgrade() -> None:
    for column in (
        sa.Column("exit_code", sa.Integer(), nullable=True, comment="of a crawl that belongs to no schedule"),
        sa.Column("reason", sa.Text(), nullable=False, server_default="", comment="what became of it, in words"),
        sa.Column("ended_at", TIME, nullable=True),
    ):
        op.add_column("run_request", column)
    op.create_table(
        "operation_alert",
        sa.Column("id", KEY, nullable=False),
        sa.Column("kind", WORD, nullable=False),
        sa.Column("occasion", sa.String(120), nullable=False, comment="what makes two alerts the same, e.g. run 17"),
        sa.Column("source", sa.String(42), nullable=False),
        sa.Column("run_id", KEY, nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("raised_at", TIME, nullable=False),
        sa.Column("seen_at", TIME, nullable=True),
        sa.Column("seen_by", sa.String(80), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_operation_alert"),
        sa.UniqueConstraint("kind", "occasion", name="uq_operation_alert_kind_occasion"),
    )
    op.create_index("ix_operation_alert_raised_at", "operation_alert", ["raised_at"])
    op.create_table(
        "import_file",
        sa.Column("id", KEY, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("note", sa.Text(), nullable=False, comment="where it comes from, in words"),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False, comment="of the file as it came"),
        sa.Column("actor", sa.String(80), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("state", WORD, nullable=False),
        sa.Column("to_review", sa.Integer(), nullable=False, comment="rows with a text of their own"),
        sa.Column("to_capture", sa.Integer(), nullable=False, comment="addresses asked for at their sources"),
        sa.Column("problems", JSON, nullable=False, comment="[line, what is wrong]"),
        sa.Column("run_id", KEY, nullable=True, comment="the run of source import that stored the rows"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ended_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_import_file"),
    )
    op.create_index("ix_import_file_sha256", "import_file", ["sha256"])
    op.create_index("ix_import_file_state", "import_file", ["state"])
    op.create_table(
        "webhook",
        sa.Column("id", KEY, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("secret", sa.String(80), nullable=False),
        sa.Column("created_by", sa.String(80), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("removed_at", TIME, nullable=True),
        sa.Column("last_decision_id", KEY, nullable=False, comment="up to which it has been told"),
        sa.PrimaryKeyConstraint("id", name="pk_webhook"),
    )
    op.create_table(
        "webhook_delivery",
        sa.Column("id", KEY, nullable=False),
        sa.Column("webhook_id", KEY, nullable=False),
        sa.Column("decision_id", KEY, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", TIME, nullable=False),
        sa.Column("delivered", sa.Boolean(), nullable=False),
        sa.Column("ended_at", TIME, nullable=True, comment="delivered, or given up"),
        sa.Column("error", sa.Text(), nullable=False, comment="of the last attempt"),
        sa.ForeignKeyConstraint(["webhook_id"], ["webhook.id"], name="fk_webhook_delivery_webhook_id_webhook"),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name="fk_webhook_delivery_decision_id_decision"),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_delivery"),
        sa.UniqueConstraint("webhook_id", "decision_id", name="uq_webhook_delivery_webhook_id_decision_id"),
    )
    op.create_index("ix_webhook_delivery_due", "webhook_delivery", ["ended_at", "due_at"])
    op.create_table(
        "kept_answer",
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("key", sa.String(100), nullable=False),
        sa.Column("request_hash", sa.String(64), nullable=False, comment="of method, path and body"),
        sa.Column("answer", JSON, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_kept_answer_user_id_user_account"),
        sa.PrimaryKeyConstraint("user_id", "key", name="pk_kept_answer"),
    )
    op.create_index("ix_kept_answer_at", "kept_answer", ["at"])


def downgrade() -> None:
    for name in ("kept_answer", "webhook_delivery", "webhook", "import_file", "operation_alert"):
        op.drop_table(name)
    for name in ("ended_at", "reason", "exit_code"):
        op.drop_column("run_request", name)

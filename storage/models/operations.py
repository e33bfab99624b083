"""What running a workspace needs: alerts, files brought in, webhooks, answers kept for programs that ask twice."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, Json, Key, UtcTime, Word, utcnow


class AlertKind(StrEnum):
    """What an operator is told of."""

    RUN_FAILED = "run_failed"
    SOURCE_BLOCKED = "source_blocked"
    COVERAGE_DROPPED = "coverage_dropped"
    DISK = "disk"
    NO_CRAWL = "no_crawl"
    WEBHOOK_FAILED = "webhook_failed"


class OperationAlert(Base):
    """Something an operator should look at; raised once for each occasion, and seen by somebody."""

    __tablename__ = "operation_alert"
    __table_args__ = (UniqueConstraint("kind", "occasion"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    kind: Mapped[AlertKind] = mapped_column(Word(AlertKind))
    occasion: Mapped[str] = mapped_column(String(120), comment="what makes two alerts the same, e.g. run 17")
    source: Mapped[str] = mapped_column(String(42), default="")
    run_id: Mapped[int | None] = mapped_column(Key)
    detail: Mapped[str] = mapped_column(Text, default="")
    raised_at: Mapped[datetime] = mapped_column(UtcTime, default=utcnow, index=True)
    seen_at: Mapped[datetime | None] = mapped_column(UtcTime)
    seen_by: Mapped[str | None] = mapped_column(String(80))


class ImportState(StrEnum):
    """What became of a file brought in."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class ImportFile(Base):
    """A file brought in: its bytes as text, whole, so that what came in can be shown later."""

    __tablename__ = "import_file"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    note: Mapped[str] = mapped_column(Text, default="", comment="where it comes from, in words")
    content: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64), index=True, comment="of the file as it came")
    actor: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(UtcTime, default=utcnow)
    state: Mapped[ImportState] = mapped_column(Word(ImportState), default=ImportState.WAITING, index=True)
    to_review: Mapped[int] = mapped_column(default=0, comment="rows with a text of their own")
    to_capture: Mapped[int] = mapped_column(default=0, comment="addresses asked for at their sources")
    problems: Mapped[list[Any]] = mapped_column(Json, default=list, comment="[line, what is wrong]")
    run_id: Mapped[int | None] = mapped_column(Key, comment="the run of source import that stored the rows")
    reason: Mapped[str] = mapped_column(Text, default="")
    ended_at: Mapped[datetime | None] = mapped_column(UtcTime)


class Webhook(Base):
    """An address that is told of decisions. The secret signs what is sent, so it must be readable."""

    __tablename__ = "webhook"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    url: Mapped[str] = mapped_column(Text)
    secret: Mapped[str] = mapped_column(String(80))
    created_by: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(UtcTime, default=utcnow)
    removed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    last_decision_id: Mapped[int] = mapped_column(Key, default=0, comment="up to which it has been told")


class Delivery(Base):
    """One event on its way to a webhook; given up after the last attempt."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        UniqueConstraint("webhook_id", "decision_id"),
        Index("ix_webhook_delivery_due", "ended_at", "due_at"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    webhook_id: Mapped[int] = mapped_column(ForeignKey("webhook.id"))
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id"))
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(UtcTime, default=utcnow)
    delivered: Mapped[bool] = mapped_column(default=False)
    ended_at: Mapped[datetime | None] = mapped_column(UtcTime, comment="delivered, or given up")
    error: Mapped[str] = mapped_column(Text, default="", comment="of the last attempt")


class KeptAnswer(Base):
    """What a program was told for an idempotency key, to be told the same when it asks again."""

    __tablename__ = "kept_answer"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(100), primary_key=True)
    request_hash: Mapped[str] = mapped_column(String(64), comment="of method, path and body")
    answer: Mapped[Any] = mapped_column(Json)
    at: Mapped[datetime] = mapped_column(UtcTime, default=utcnow, index=True)

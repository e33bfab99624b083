"""Schedules, the slots they owe, and the one leader that may take them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, Json, Key, UtcTime, Word, utcnow


class SlotState(StrEnum):
    """What became of a due time."""

    CLAIMED = "claimed"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"


class Overlap(StrEnum):
    """What a due slot does while the schedule's previous run is still going."""

    SKIP = "skip"
    QUEUE = "queue"


class Schedule(Base):
    """When which sources are crawled. Mirrored into APScheduler's memory by the leader; the truth is here."""

    __tablename__ = "schedule"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    sources: Mapped[list[str]] = mapped_column(Json)
    cron: Mapped[str] = mapped_column(String(120), comment="five fields")
    timezone: Mapped[str] = mapped_column(String(64), comment="IANA name the cron fields are read in")
    options: Mapped[dict[str, Any]] = mapped_column(Json, default=dict, comment="arguments of crawl")
    overlap: Mapped[Overlap] = mapped_column(Word(Overlap), default=Overlap.SKIP)
    paused: Mapped[bool] = mapped_column(default=False)
    owner: Mapped[str] = mapped_column(String(80), default="")
    created_at: Mapped[datetime] = mapped_column(UtcTime, default=utcnow)
    resumed_at: Mapped[datetime | None] = mapped_column(UtcTime, comment="end of the last pause")
    removed_at: Mapped[datetime | None] = mapped_column(UtcTime)


class Slot(Base):
    """One due time of a schedule, taken once: history with reasons."""

    __tablename__ = "slot"
    __table_args__ = (UniqueConstraint("schedule_id", "due_at"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    schedule_id: Mapped[int] = mapped_column(ForeignKey("schedule.id"))
    due_at: Mapped[datetime] = mapped_column(UtcTime)
    state: Mapped[SlotState] = mapped_column(Word(SlotState), default=SlotState.CLAIMED)
    reason: Mapped[str] = mapped_column(Text, default="", comment="why skipped or failed; how many slots coalesced")
    asked_for: Mapped[bool] = mapped_column(default=False, comment="'run now', not a due time of the cron fields")
    coalesced: Mapped[int] = mapped_column(default=0, comment="earlier missed slots this one stands for")
    holder: Mapped[str] = mapped_column(String(120), comment="host:pid that took it")
    pid: Mapped[int | None]
    exit_code: Mapped[int | None]
    claimed_at: Mapped[datetime] = mapped_column(UtcTime, default=utcnow)
    ended_at: Mapped[datetime | None] = mapped_column(UtcTime)


class RunRequest(Base):
    """'Run now', asked for by a person; the scheduler's leader takes it."""

    __tablename__ = "run_request"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    schedule_id: Mapped[int | None] = mapped_column(ForeignKey("schedule.id"))
    sources: Mapped[list[str]] = mapped_column(Json)
    options: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    requested_by: Mapped[str] = mapped_column(String(80))
    requested_at: Mapped[datetime] = mapped_column(UtcTime, default=utcnow)
    taken_at: Mapped[datetime | None] = mapped_column(UtcTime)
    slot_id: Mapped[int | None] = mapped_column(ForeignKey("slot.id"))
    exit_code: Mapped[int | None] = mapped_column(comment="of a crawl that belongs to no schedule")
    reason: Mapped[str] = mapped_column(Text, default="", server_default="", comment="what became of it, in words")
    ended_at: Mapped[datetime | None] = mapped_column(UtcTime)


class Lease(Base):
    """Who may act alone, until when. One row per role."""

    __tablename__ = "lease"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    holder: Mapped[str] = mapped_column(String(120))
    expires_at: Mapped[datetime] = mapped_column(UtcTime)

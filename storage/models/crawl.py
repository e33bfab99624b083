"""Runs and their units of work: what makes a crawl survive ``kill -9``."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, Json, Key, UtcTime, Word, utcnow


class RunState(StrEnum):
    """Where a run stands; ``Run.reason`` says why."""

    RUNNING = "running"
    FINISHED = "finished"
    FINISHED_WITH_PROBLEMS = "finished_with_problems"
    STOPPED = "stopped"
    SKIPPED = "skipped"
    FAILED = "failed"

    @property
    def open(self) -> bool:
        """True while the run can be resumed."""
        return self is RunState.RUNNING


class UnitKind(StrEnum):
    """What a unit of work fetches."""

    SEARCH = "search"
    LISTING = "listing"
    RECHECK = "recheck"


class UnitState(StrEnum):
    """A unit is claimed and finished in the database."""

    PENDING = "pending"
    CLAIMED = "claimed"
    DONE = "done"
    FAILED = "failed"


class Run(Base):
    """One execution of a source."""

    __tablename__ = "run"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    source: Mapped[str] = mapped_column(String(42), index=True)
    state: Mapped[RunState] = mapped_column(Word(RunState))
    reason: Mapped[str] = mapped_column(Text, default="", comment="why it stopped, in words")
    options: Mapped[dict[str, Any]] = mapped_column(Json, default=dict, comment="queries, limit, since, tool versions")
    started_at: Mapped[datetime] = mapped_column(UtcTime, default=utcnow)
    updated_at: Mapped[datetime] = mapped_column(UtcTime, default=utcnow, comment="last sign of life")
    ended_at: Mapped[datetime | None] = mapped_column(UtcTime)
    host: Mapped[str] = mapped_column(String(120), default="", comment="where pid is a process")
    pid: Mapped[int | None]


class Unit(Base):
    """One page to fetch in a run: source x query x page, or one listing's own page."""

    __tablename__ = "unit"
    __table_args__ = (
        UniqueConstraint("run_id", "url_key"),
        Index("ix_unit_claim", "run_id", "state", "attempts", "id"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    kind: Mapped[UnitKind] = mapped_column(Word(UnitKind))
    state: Mapped[UnitState] = mapped_column(Word(UnitState), default=UnitState.PENDING)
    url: Mapped[str] = mapped_column(Text)
    url_key: Mapped[str] = mapped_column(String(64), comment="sha256 of the canonical URL: one unit per page and run")
    query: Mapped[str] = mapped_column(Text, default="")
    page: Mapped[int] = mapped_column(default=1)
    attempts: Mapped[int] = mapped_column(default=0)
    status: Mapped[int | None] = mapped_column(comment="HTTP status of the last attempt")
    error: Mapped[str | None] = mapped_column(Text)
    finished_at: Mapped[datetime | None] = mapped_column(UtcTime)


class ArtifactKind(StrEnum):
    """What a file kept beside the WARC is."""

    SCREENSHOT = "screenshot"
    DOM = "dom"
    MEDIA = "media"


class PageCapture(Base):
    """One fetched page in the evidence store; many listings of a feed page share one."""

    __tablename__ = "page_capture"
    __table_args__ = (Index("ix_page_capture_file_offset", "file", "offset"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), unique=True, comment="a unit is captured once")
    kind: Mapped[str] = mapped_column(String(12), comment="what the page was: listing, search, social, api, blocked")
    url: Mapped[str] = mapped_column(Text)
    requested_url: Mapped[str] = mapped_column(Text)
    status: Mapped[int]
    captured_at: Mapped[datetime] = mapped_column(UtcTime)
    file: Mapped[str] = mapped_column(String(200), comment="WARC, relative to the evidence folder")
    offset: Mapped[int] = mapped_column(Key, comment="bytes")
    length: Mapped[int] = mapped_column(Key, comment="bytes, response and request record together")
    record_id: Mapped[str] = mapped_column(String(60))
    record_sha256: Mapped[str] = mapped_column(String(64), comment="of the compressed bytes in the WARC")
    payload_sha256: Mapped[str] = mapped_column(String(64))
    complete: Mapped[bool]
    note: Mapped[str] = mapped_column(Text, default="", comment="blocked reason or reader's warnings")


class Artifact(Base):
    """A file kept for a captured page, named by its content: the same picture seen again is one file, two rows."""

    __tablename__ = "artifact"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    page_id: Mapped[int] = mapped_column(ForeignKey("page_capture.id"), index=True)
    kind: Mapped[ArtifactKind] = mapped_column(Word(ArtifactKind))
    url: Mapped[str] = mapped_column(Text, comment="where it comes from")
    media_type: Mapped[str] = mapped_column(String(40))
    path: Mapped[str] = mapped_column(String(100), index=True, comment="relative to the evidence folder")
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(Key, comment="bytes")
    captured_at: Mapped[datetime] = mapped_column(UtcTime)

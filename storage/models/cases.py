"""Cases: listings under investigation, their exhibits (sealed captures), notes, tasks and events."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Date, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, Key, UtcTime, Word, utcnow


class CaseStatus(StrEnum):
    """Where a case stands."""

    OPEN = "open"
    PAUSED = "paused"
    HANDED_OVER = "handed_over"
    CLOSED = "closed"


class EntryKind(StrEnum):
    """What an entry of a case file is."""

    NOTE = "note"
    TASK = "task"
    EVENT = "event"


class CaseRow(Base):
    """One investigation. While ``hold`` is on, nothing of it may be erased, whatever its retention date says."""

    __tablename__ = "case_file"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True, comment="e.g. WT-2026-0007; stands on every exhibit")
    title: Mapped[str] = mapped_column(String(200))
    status: Mapped[CaseStatus] = mapped_column(Word(CaseStatus), default=CaseStatus.OPEN)
    summary: Mapped[str] = mapped_column(Text, default="")
    legal_basis: Mapped[str] = mapped_column(Text, default="")
    country: Mapped[str] = mapped_column(String(2), default="", comment="ISO 3166; whose certificate the report has")
    classification: Mapped[str] = mapped_column(String(60), default="", comment="printed on the report")
    retention_until: Mapped[date | None] = mapped_column(Date)
    hold: Mapped[bool] = mapped_column(default=False, comment="legal hold")
    hold_reason: Mapped[str] = mapped_column(Text, default="")
    opened_by: Mapped[str] = mapped_column(String(80))
    opened_at: Mapped[datetime] = mapped_column(UtcTime, default=utcnow)
    closed_at: Mapped[datetime | None] = mapped_column(UtcTime)


class CaseMember(Base):
    """Somebody works on a case."""

    __tablename__ = "case_member"

    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    added_at: Mapped[datetime] = mapped_column(UtcTime, default=utcnow)


class CaseListing(Base):
    """A listing belongs to a case; one listing may belong to several."""

    __tablename__ = "case_listing"

    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), primary_key=True)
    listing_id: Mapped[int] = mapped_column(ForeignKey("listing.id"), primary_key=True, index=True)
    why: Mapped[str] = mapped_column(Text, default="")
    added_by: Mapped[str] = mapped_column(String(80))
    added_at: Mapped[datetime] = mapped_column(UtcTime, default=utcnow)


class Exhibit(Base):
    """A sealed capture in a case: a copy of its WARC records that is never changed. Append-only."""

    __tablename__ = "exhibit"
    __table_args__ = (UniqueConstraint("case_id", "number"), UniqueConstraint("case_id", "page_id", "listing_id"))

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"))
    number: Mapped[int] = mapped_column(comment="1, 2, ... within the case")
    listing_id: Mapped[int] = mapped_column(ForeignKey("listing.id"), index=True)
    page_id: Mapped[int] = mapped_column(ForeignKey("page_capture.id"), index=True)
    revision_id: Mapped[int | None] = mapped_column(Key, comment="what the listing said in this capture")
    record_sha256: Mapped[str] = mapped_column(String(64), comment="of the copy and of the original bytes")
    length: Mapped[int] = mapped_column(Key, comment="bytes")
    path: Mapped[str] = mapped_column(String(100), comment="of the copy, relative to the evidence folder")
    shows: Mapped[str] = mapped_column(Text, default="", comment="what it shows, in words, for the report")
    sealed_by: Mapped[str] = mapped_column(String(80))
    sealed_at: Mapped[datetime] = mapped_column(UtcTime, default=utcnow)
    custody_seq: Mapped[int] = mapped_column(Key, comment="entry of the custody log that tells of it")


class CaseEntry(Base):
    """A note, a task, or an event of the chronology."""

    __tablename__ = "case_entry"
    __table_args__ = (CheckConstraint("(kind = 'event') = (happened_at IS NOT NULL)", name="event_has_time"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), index=True)
    kind: Mapped[EntryKind] = mapped_column(Word(EntryKind))
    text: Mapped[str] = mapped_column(Text)
    actor: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(UtcTime, default=utcnow)
    happened_at: Mapped[datetime | None] = mapped_column(UtcTime, comment="of an event")
    assigned_to: Mapped[str] = mapped_column(String(80), default="", comment="of a task")
    due_on: Mapped[date | None] = mapped_column(Date, comment="of a task")
    done_by: Mapped[str] = mapped_column(String(80), default="", comment="of a task")
    done_at: Mapped[datetime | None] = mapped_column(UtcTime)

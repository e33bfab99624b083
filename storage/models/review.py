"""Flags that wait for a person, and what people decided. The machine's and the person's opinion share no column."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, Json, Key, UtcTime, Word, utcnow
from wildtrade.records import DecisionLabel, Label


class FlagState(StrEnum):
    """Whether a flag still waits."""

    OPEN = "open"
    DECIDED = "decided"


class DecisionAction(StrEnum):
    """A decision is taken or undone; both are rows."""

    DECIDE = "decide"
    UNDO = "undo"


class FlagRow(Base):
    """A listing waiting in the review queue; one per listing, whatever is found again."""

    __tablename__ = "flag"
    __table_args__ = (
        # Holds all that a filtered page of the queue asks for, so that a rare filter reads no other row.
        Index("ix_flag_queue", "state", "priority", "source", "language", "appendix", "label"),
        Index("ix_flag_state_created_at", "state", "created_at"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    listing_id: Mapped[int] = mapped_column(ForeignKey("listing.id"), unique=True)
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"), comment="the latest that flagged it")
    state: Mapped[FlagState] = mapped_column(Word(FlagState), default=FlagState.OPEN)
    source: Mapped[str] = mapped_column(String(42), comment="of the listing; this and the next three for the filters")
    language: Mapped[str | None] = mapped_column(comment="of the assessment")
    appendix: Mapped[str | None] = mapped_column(comment="of the assessment")
    label: Mapped[Label] = mapped_column(Word(Label), comment="of the assessment")
    priority: Mapped[float]
    priority_parts: Mapped[dict[str, Any]] = mapped_column(Json, default=dict, comment="shown as 'why here'")
    computed_at: Mapped[datetime] = mapped_column(UtcTime, default=utcnow)
    created_at: Mapped[datetime] = mapped_column(UtcTime, default=utcnow)


class DecisionRow(Base):
    """A person's opinion of a listing, or the undoing of one. Append-only."""

    __tablename__ = "decision"
    __table_args__ = (
        CheckConstraint("(action = 'undo') = (undoes_id IS NOT NULL)", name="undo_names_what"),
        CheckConstraint("(action = 'decide') = (label IS NOT NULL)", name="decide_has_label"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    listing_id: Mapped[int] = mapped_column(ForeignKey("listing.id"), index=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("revision.id"), index=True, comment="the text the person saw")
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"))
    action: Mapped[DecisionAction] = mapped_column(Word(DecisionAction))
    label: Mapped[DecisionLabel | None] = mapped_column(Word(DecisionLabel))
    reason: Mapped[str | None] = mapped_column(String(40), comment="reason code, e.g. colour_name")
    note: Mapped[str | None] = mapped_column(Text)
    actor: Mapped[str] = mapped_column(String(80), index=True)
    decided_at: Mapped[datetime] = mapped_column(UtcTime, default=utcnow)
    undoes_id: Mapped[int | None] = mapped_column(ForeignKey("decision.id"), unique=True)
    inclusion_probability: Mapped[float | None] = mapped_column(comment="of a randomly drawn item")

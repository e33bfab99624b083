"""Flags that wait for a person, and what people decided. The machine's and the person's opinion share no column."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, Json, Key, UtcTime, Word, utcnow
from wildtrade.records import DecisionLabel, Label


class FlagState(StrEnum):
    """What a flag waits for. Whether it is held is told by ``holder`` and ``lease_until``."""

    OPEN = "open"  # for a first decision
    SAMPLED = "sampled"  # the same; the machine found it clear and a lot was drawn
    SECOND = "second"  # for a second person, who does not know the first decision
    CONFLICT = "conflict"  # two people differ: for a third who sees both
    ESCALATED = "escalated"  # somebody asks a senior
    DECIDED = "decided"  # for nothing: closed


class Settled(StrEnum):
    """How a closed flag was closed."""

    ONE = "one"  # by one decision
    AGREEMENT = "agreement"  # by two that agree
    ADJUDICATION = "adjudication"  # by a third person


class Stage(StrEnum):
    """Which decision about an item this is."""

    FIRST = "first"
    SECOND = "second"
    ADJUDICATION = "adjudication"


class DecisionAction(StrEnum):
    """What a person did with an item; all are rows, nothing is changed over."""

    DECIDE = "decide"
    UNDO = "undo"
    ESCALATE = "escalate"
    SKIP = "skip"


class FlagRow(Base):
    """A listing waiting in the review queue; one per listing, whatever is found again."""

    __tablename__ = "flag"
    __table_args__ = (
        # Holds all that a filtered page of the queue asks for, so that a rare filter reads no other row.
        Index("ix_flag_queue", "state", "priority", "source", "language", "appendix", "label"),
        Index("ix_flag_state_created_at", "state", "created_at"),
        Index("ix_flag_state_computed_at", "state", "computed_at"),
        Index("ix_flag_state_score", "state", "score"),
        Index("ix_flag_state_shuffle", "state", "shuffle"),
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
    score: Mapped[float] = mapped_column(default=0.0, comment="of the assessment, to order by doubt")
    shuffle: Mapped[int] = mapped_column(Key, default=0, comment="orders flags at random, always in the same way")
    cluster_id: Mapped[int | None] = mapped_column(Key, index=True, comment="smallest listing id of near-duplicates")
    holder: Mapped[str | None] = mapped_column(String(80), index=True, comment="who holds it, while the lease runs")
    held_at: Mapped[datetime | None] = mapped_column(UtcTime)
    lease_until: Mapped[datetime | None] = mapped_column(UtcTime)
    hold: Mapped[int] = mapped_column(default=0, server_default=text("0"), comment="counts holds; names this one")
    queue_id: Mapped[int | None] = mapped_column(Key, comment="the named queue its holder took it from")
    first_by: Mapped[str | None] = mapped_column(String(80), comment="who decided first, and may not decide again")
    second_because: Mapped[str | None] = mapped_column(String(24), comment="rule that asks for a second person")
    settled: Mapped[Settled | None] = mapped_column(Word(Settled))
    inclusion_probability: Mapped[float | None] = mapped_column(comment="of one that was drawn at random")


class DecisionRow(Base):
    """A person's opinion of a listing, or the undoing of one. Append-only."""

    __tablename__ = "decision"
    __table_args__ = (
        CheckConstraint("(action = 'undo') = (undoes_id IS NOT NULL)", name="undo_names_what"),
        CheckConstraint("(action = 'decide') = (label IS NOT NULL)", name="decide_has_label"),
        Index("ix_decision_decided_at", "decided_at"),
        Index("ix_decision_queue_id", "queue_id", "id"),
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
    stage: Mapped[Stage] = mapped_column(Word(Stage), default=Stage.FIRST, server_default="first")
    state_before: Mapped[FlagState | None] = mapped_column(Word(FlagState), comment="of the flag; undo goes back to it")
    redoes_id: Mapped[int | None] = mapped_column(Key, comment="the undo that this takes back")
    batch_id: Mapped[int | None] = mapped_column(Key, index=True, comment="decision_batch.id")
    queue_id: Mapped[int | None] = mapped_column(Key, comment="the named queue the item was taken from")
    seconds: Mapped[float | None] = mapped_column(comment="from the hold to the decision")
    pack_id: Mapped[int | None] = mapped_column(Key, comment="review_pack.id, of one taken without a network")
    stated_at: Mapped[datetime | None] = mapped_column(UtcTime, comment="of such a one: when, by that machine's clock")
    taxon: Mapped[str | None] = mapped_column(String(200), comment="scientific name, any rank")
    appendix: Mapped[str | None] = mapped_column(comment="of that taxon on the day of the decision")
    appendix_date: Mapped[str | None] = mapped_column(comment="ISO date of the list that says so")
    product_form: Mapped[str | None] = mapped_column(String(40))
    specimen: Mapped[str | None] = mapped_column(String(24), comment="live, part, derivative")
    quantity: Mapped[str | None] = mapped_column(String(80), comment="as the person writes it")
    origin: Mapped[str | None] = mapped_column(String(24), comment="as the seller claims: wild, captive, antique")
    legality: Mapped[str | None] = mapped_column(String(24))
    confidence: Mapped[str | None] = mapped_column(String(24))
    sensitivity: Mapped[str | None] = mapped_column(String(24))
    tags: Mapped[list[str] | None] = mapped_column(Json)
    place: Mapped[str | None] = mapped_column(String(200), comment="where it is, as the person corrects it")
    expert: Mapped[str | None] = mapped_column(String(24), comment="whose eyes it needs: a group of review.fields")

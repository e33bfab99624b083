"""What reviewing needs besides flags and decisions: drafts, batches, proposals, likeness of texts."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, Json, Key, UtcTime, Word, utcnow
from wildtrade.records import DecisionLabel


class ReviewerPlace(Base):
    """Where a person is in their work: how many items they were given, and which one last."""

    __tablename__ = "reviewer_place"

    actor: Mapped[str] = mapped_column(String(80), primary_key=True)
    turns: Mapped[int] = mapped_column(default=0)
    flag_id: Mapped[int | None] = mapped_column(Key)


class DraftRow(Base):
    """What a person has entered for an item and not yet stored as a decision."""

    __tablename__ = "draft"

    actor: Mapped[str] = mapped_column(String(80), primary_key=True)
    flag_id: Mapped[int] = mapped_column(ForeignKey("flag.id"), primary_key=True)
    fields: Mapped[dict[str, Any]] = mapped_column(Json)
    saved_at: Mapped[datetime] = mapped_column(UtcTime, default=utcnow)


class BatchRow(Base):
    """One decision about many items: proposed with its exact counts, then done, undone as a whole within a day."""

    __tablename__ = "decision_batch"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    actor: Mapped[str] = mapped_column(String(80), index=True)
    label: Mapped[DecisionLabel] = mapped_column(Word(DecisionLabel))
    reason: Mapped[str | None] = mapped_column(String(40))
    note: Mapped[str | None] = mapped_column(Text)
    flag_ids: Mapped[list[int]] = mapped_column(Json, comment="what was chosen; once done, what was decided")
    created_at: Mapped[datetime] = mapped_column(UtcTime, default=utcnow)
    done_at: Mapped[datetime | None] = mapped_column(UtcTime)
    undone_at: Mapped[datetime | None] = mapped_column(UtcTime)


class ProposalState(StrEnum):
    """What became of a proposal."""

    PROPOSED = "proposed"
    TAKEN = "taken"
    DECLINED = "declined"


class GuardProposal(Base):
    """A reviewer's proposal that these words speak against wildlife: a row for the draft of the lexicon."""

    __tablename__ = "guard_proposal"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    text: Mapped[str] = mapped_column(String(200))
    language: Mapped[str | None] = mapped_column(String(35), comment="BCP 47")
    reason: Mapped[str] = mapped_column(String(40), comment="reason code of the decision")
    listing_id: Mapped[int] = mapped_column(ForeignKey("listing.id"))
    actor: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(UtcTime, default=utcnow)
    state: Mapped[ProposalState] = mapped_column(Word(ProposalState), default=ProposalState.PROPOSED, index=True)
    settled_by: Mapped[str | None] = mapped_column(String(80))


class TextPrint(Base):
    """The MinHash of a listing's text: two prints tell how much of their words two texts share."""

    __tablename__ = "text_print"

    listing_id: Mapped[int] = mapped_column(ForeignKey("listing.id"), primary_key=True)
    assessment_id: Mapped[int] = mapped_column(Key, comment="whose text it is")
    values: Mapped[bytes] = mapped_column(LargeBinary)


class LikenessKind(StrEnum):
    """What two listings have in common."""

    TEXT = "text"  # a band of the MinHash
    PHONE = "phone"
    MAIL = "mail"
    HANDLE = "handle"
    LINK = "link"
    IMAGE = "image"  # the address of a picture


class Likeness(Base):
    """Something a listing may share with others, as a number to look it up by."""

    __tablename__ = "likeness"

    kind: Mapped[LikenessKind] = mapped_column(Word(LikenessKind), primary_key=True)
    value: Mapped[int] = mapped_column(Key, primary_key=True)
    listing_id: Mapped[int] = mapped_column(ForeignKey("listing.id"), primary_key=True, index=True)

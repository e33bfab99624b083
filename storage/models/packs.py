"""Review packs: items that one person decides without a network, and what came of each."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, Json, Key, UtcTime, Word, utcnow
from wildtrade.records import DecisionLabel


class PackOutcome(StrEnum):
    """What came of an item when the person's file was taken back."""

    TAKEN = "taken"  # stored as they said
    CONFLICT = "conflict"  # somebody holds it, the listing has changed, or a file taken before says otherwise
    DECIDED = "decided"  # somebody else had decided it already
    NOT_ALLOWED = "not_allowed"  # the person may not, or no longer, take this decision


class ReviewPack(Base):
    """A pack. Never taken away, only withdrawn: decisions name it."""

    __tablename__ = "review_pack"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    token: Mapped[str] = mapped_column(String(32), unique=True, comment="names the pack in its files, in any workspace")
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True, comment="whom it is for")
    queue: Mapped[str] = mapped_column(String(24), comment="empty, second, or the id of a named queue")
    identities: Mapped[bool] = mapped_column(default=False, comment="sellers are named in it")
    language: Mapped[str] = mapped_column(String(8), comment="of its page")
    manifest: Mapped[str] = mapped_column(Text, default="", comment="what is signed: whose, until when, which items")
    signature: Mapped[str] = mapped_column(String(128), default="", comment="Ed25519 of the manifest, hex")
    key: Mapped[str] = mapped_column(String(16), default="", comment="id of the key that signed")
    made_by: Mapped[str] = mapped_column(String(80))
    made_at: Mapped[datetime] = mapped_column(UtcTime, default=utcnow)
    until: Mapped[datetime] = mapped_column(UtcTime, comment="so long its items are held for the person")
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcTime)
    withdrawn_by: Mapped[str | None] = mapped_column(String(80))
    last: Mapped[dict[str, Any] | None] = mapped_column(Json, comment="of the last file: at, by, sha256, counts, clock")


class PackItem(Base):
    """An item of a pack, in its order. ``label`` and ``action`` are what the file said; its note is a draft or with the
    decision."""

    __tablename__ = "review_pack_item"
    __table_args__ = (Index("ix_review_pack_item_flag_id", "flag_id"),)

    pack_id: Mapped[int] = mapped_column(ForeignKey("review_pack.id"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True, comment="from 1 on")
    flag_id: Mapped[int] = mapped_column(ForeignKey("flag.id"))
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"), comment="whose text the person reads")
    outcome: Mapped[PackOutcome | None] = mapped_column(Word(PackOutcome))
    kind: Mapped[str | None] = mapped_column(
        String(16), comment="why not: missing, changed, decided, held, own, differs"
    )
    who: Mapped[str | None] = mapped_column(String(80), comment="who was quicker")
    at: Mapped[datetime | None] = mapped_column(UtcTime, comment="when they were")
    action: Mapped[str | None] = mapped_column(String(12), comment="decide, escalate, skip")
    label: Mapped[DecisionLabel | None] = mapped_column(Word(DecisionLabel))
    said: Mapped[str | None] = mapped_column(String(64), comment="SHA-256 of all that the file said of the item")
    stated_at: Mapped[datetime | None] = mapped_column(
        UtcTime, comment="when they decided, by the clock of that machine"
    )
    decision_id: Mapped[int | None] = mapped_column(ForeignKey("decision.id"))

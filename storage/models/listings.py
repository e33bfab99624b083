"""Listings, what each visit found, and what the machine thinks. Rows are added, never changed over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from storage.models.base import Amount, Base, Json, Key, UtcTime, Word, utcnow
from wildtrade.records import Change, Intent, Label, ListingStatus


class ListingRow(Base):
    """One offer or post: its identity and the pointers to its latest state."""

    __tablename__ = "listing"
    __table_args__ = (UniqueConstraint("source", "key"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    source: Mapped[str] = mapped_column(String(42))
    key: Mapped[str] = mapped_column(String(500), comment="the site's own id, else the canonical URL")
    url: Mapped[str] = mapped_column(Text)
    first_seen_at: Mapped[datetime] = mapped_column(UtcTime)
    last_seen_at: Mapped[datetime] = mapped_column(UtcTime, index=True)
    gone_at: Mapped[datetime | None] = mapped_column(UtcTime, comment="since when the site no longer shows it")
    revision_id: Mapped[int | None] = mapped_column(Key, comment="latest revision")

    revisions: Mapped[list[Revision]] = relationship(back_populates="listing", order_by="Revision.id")


class Revision(Base):
    """What a listing said, from one change to the next. A price that went A, B, A has three."""

    __tablename__ = "revision"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    listing_id: Mapped[int] = mapped_column(ForeignKey("listing.id"), index=True)
    content_hash: Mapped[str] = mapped_column(String(64))
    title: Mapped[str | None] = mapped_column(Text)
    description: Mapped[str | None] = mapped_column(Text)
    amount: Mapped[Decimal | None] = mapped_column(Amount)
    currency: Mapped[str | None] = mapped_column(comment="ISO 4217")
    seller: Mapped[str | None] = mapped_column(String(500), index=True)
    seller_url: Mapped[str | None] = mapped_column(Text)
    location: Mapped[str | None] = mapped_column(Text)
    images: Mapped[list[str]] = mapped_column(Json, default=list)
    posted_at: Mapped[date | None] = mapped_column(Date)
    status: Mapped[ListingStatus | None] = mapped_column(Word(ListingStatus))
    language: Mapped[str | None] = mapped_column(comment="BCP 47")
    identifiers: Mapped[dict[str, str]] = mapped_column(Json, default=dict)
    created_at: Mapped[datetime] = mapped_column(UtcTime)

    listing: Mapped[ListingRow] = relationship(back_populates="revisions")


class CaptureRow(Base):
    """One visit to one listing: every visit adds one, also when nothing changed."""

    __tablename__ = "capture"
    __table_args__ = (UniqueConstraint("run_id", "listing_id"), Index("ix_capture_run_id_change", "run_id", "change"))

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    listing_id: Mapped[int] = mapped_column(ForeignKey("listing.id"), index=True)
    page_id: Mapped[int] = mapped_column(ForeignKey("page_capture.id"), index=True)
    revision_id: Mapped[int | None] = mapped_column(ForeignKey("revision.id"), comment="None when the listing is gone")
    change: Mapped[Change] = mapped_column(Word(Change))
    captured_at: Mapped[datetime] = mapped_column(UtcTime)


class AssessmentRow(Base):
    """The machine's opinion of one revision; re-assessing adds another."""

    __tablename__ = "assessment"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    listing_id: Mapped[int] = mapped_column(ForeignKey("listing.id"), index=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("revision.id"), index=True)
    run_id: Mapped[int | None] = mapped_column(ForeignKey("run.id"), index=True)
    label: Mapped[Label] = mapped_column(Word(Label), index=True)
    score: Mapped[float] = mapped_column(comment="probability, 0 to 1")
    bias: Mapped[float] = mapped_column(comment="log-odds; bias + signal weights = logit(score)")
    language: Mapped[str | None] = mapped_column(comment="BCP 47")
    intent: Mapped[Intent] = mapped_column(Word(Intent))
    appendix: Mapped[str | None] = mapped_column(comment="strictest appendix among the taxa: I, II, III")
    taxa: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    product_forms: Mapped[list[str]] = mapped_column(Json, default=list)
    signals: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    lexicon_version: Mapped[str]
    model_version: Mapped[str]
    assessed_at: Mapped[datetime] = mapped_column(UtcTime, default=utcnow)

    @property
    def appendix_date(self) -> str | None:
        """The ISO date of the list that ``appendix`` comes from."""
        return list_date(self.appendix, self.taxa)


def list_date(appendix: str | None, taxa: Iterable[Mapping[str, Any]]) -> str | None:
    """The ISO date of the list behind the strictest ``appendix`` of stored taxa: that of the first taxon in it."""
    listed = (one for one in taxa if appendix and appendix in (one["appendix"] or "").split("/"))
    return next((one["appendix_date"] for one in listed), None)

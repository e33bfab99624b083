"""What search needs: one document per listing, sellers as accounts, saved searches, what people asked."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    func,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, Json, Key, UtcTime, Word, utcnow
from wildtrade.records import Label


class Alert(StrEnum):
    """How often a saved search tells of new hits."""

    OFF = "off"
    INSTANT = "instant"
    DAILY = "daily"
    WEEKLY = "weekly"


class SellerRow(Base):
    """An account on a source, by the name it shows. The id is its pseudonym for those who may not see the name."""

    __tablename__ = "seller"
    __table_args__ = (UniqueConstraint("source", "name"), Index("ix_seller_listings", "listings", "id"))

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    source: Mapped[str] = mapped_column(String(42))
    name: Mapped[str] = mapped_column(String(500), index=True, comment="as the site shows it")
    first_seen_at: Mapped[datetime] = mapped_column(UtcTime, default=utcnow)
    head_id: Mapped[int | None] = mapped_column(Key, index=True, comment="smallest id of those that are one seller")
    listings: Mapped[int] = mapped_column(
        default=0, server_default=text("0"), comment="of the whole seller, kept with the smallest id; 0 with the others"
    )

    @hybrid_property
    def number(self) -> int:
        """The number of the seller that stands for this account: that of its smallest account, see storage.sellers."""
        return self.head_id or self.id

    @number.inplace.expression
    @classmethod
    def _number(cls) -> ColumnElement[int]:
        return func.coalesce(cls.head_id, cls.id)


class SellerMerge(Base):
    """A person says that two accounts are one seller, or that they are two, or takes that back. Append-only."""

    __tablename__ = "seller_merge"
    __table_args__ = (CheckConstraint("one_id < other_id", name="in_order"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    one_id: Mapped[int] = mapped_column(ForeignKey("seller.id"), index=True)
    other_id: Mapped[int] = mapped_column(ForeignKey("seller.id"), index=True)
    same: Mapped[bool] = mapped_column(default=True, server_default=true(), comment="one seller; false: two")
    reason: Mapped[str] = mapped_column(Text)
    evidence: Mapped[list[Any]] = mapped_column(Json, comment="what spoke for it: [kind, listings]")
    actor: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(UtcTime, default=utcnow)
    undoes_id: Mapped[int | None] = mapped_column(ForeignKey("seller_merge.id"), unique=True)


class SearchDocument(Base):
    """The latest revision of a listing as search sees it. A change makes a new one, so ids are in order of change.

    The words are in ``words`` on PostgreSQL and in the FTS5 table ``search_words`` (rowid = id) on SQLite.
    """

    __tablename__ = "search_document"
    __table_args__ = (
        Index("ix_search_document_seller_id", "seller_id", "id"),
        Index("ix_search_document_words", "words", postgresql_using="gin").ddl_if(dialect="postgresql"),
        {"sqlite_autoincrement": True},  # an id is never used again: the words of its first owner are still there
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    listing_id: Mapped[int] = mapped_column(ForeignKey("listing.id"), unique=True)
    revision_id: Mapped[int] = mapped_column(Key)
    assessment_id: Mapped[int | None] = mapped_column(Key, comment="latest opinion of that revision")
    seller_id: Mapped[int | None] = mapped_column(ForeignKey("seller.id"))
    source: Mapped[str] = mapped_column(String(42))
    language: Mapped[str | None] = mapped_column(comment="of the assessment, else as stated")
    appendix: Mapped[str | None]
    label: Mapped[Label | None] = mapped_column(Word(Label))
    price: Mapped[float | None] = mapped_column(comment="as stated, in its own currency; for comparing only")
    posted_on: Mapped[date | None]
    words: Mapped[str | None] = mapped_column(Text().with_variant(TSVECTOR, "postgresql"), deferred=True)


class SearchPending(Base):
    """A listing that has changed since it was indexed. Written in the transaction of the change."""

    __tablename__ = "search_pending"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    listing_id: Mapped[int] = mapped_column(Key)


class SavedSearch(Base):
    """A query somebody keeps: to ask again, as a queue, as an alert, as a feed."""

    __tablename__ = "saved_search"
    __table_args__ = (UniqueConstraint("owner_id", "name"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    name: Mapped[str] = mapped_column(String(120))
    query: Mapped[str] = mapped_column(Text)
    shared: Mapped[bool] = mapped_column(default=False)
    alert: Mapped[Alert] = mapped_column(Word(Alert), default=Alert.OFF)
    alerted_at: Mapped[datetime] = mapped_column(UtcTime, default=utcnow)
    seen_document_id: Mapped[int] = mapped_column(Key, default=0, comment="newest document the owner has seen")
    feed_hash: Mapped[str | None] = mapped_column(String(64), unique=True, comment="of the feed's secret")
    created_at: Mapped[datetime] = mapped_column(UtcTime, default=utcnow)


class SavedCount(Base):
    """How many hits a saved search had; at most one row a day."""

    __tablename__ = "saved_search_count"

    saved_search_id: Mapped[int] = mapped_column(ForeignKey("saved_search.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    hits: Mapped[int] = mapped_column(comment="10001 stands for more than 10,000")


class SearchAsked(Base):
    """A query a person asked, for their own history."""

    __tablename__ = "search_asked"
    __table_args__ = (UniqueConstraint("user_id", "query"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    query: Mapped[str] = mapped_column(String(500))
    asked_at: Mapped[datetime] = mapped_column(UtcTime, default=utcnow)

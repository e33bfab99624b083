"""Queues that people make: a rule that selects and orders what waits, and which flags it selects."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, Json, Key, UtcTime, utcnow


class NamedQueue(Base):
    """A queue. Never taken away, only closed: decisions name it."""

    __tablename__ = "named_queue"
    __table_args__ = (CheckConstraint("overlap IN (1, 2)", name="one_or_two"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    query: Mapped[str] = mapped_column(Text, comment="its rule, in the words of search; empty: everything")
    mode: Mapped[str] = mapped_column(String(24), comment="its order, a word of storage.leases.Mode")
    overlap: Mapped[int] = mapped_column(default=1, comment="how many people decide each item, 1 or 2")
    roles: Mapped[list[str]] = mapped_column(Json, comment="whose holders may work it; with no people either: all")
    people: Mapped[list[str]] = mapped_column(Json, comment="who may work it besides")
    hides_decisions: Mapped[bool] = mapped_column(default=False, comment="earlier decisions of others are not shown")
    lease_minutes: Mapped[int] = mapped_column(default=10, comment="how long an item is held")
    created_by: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(UtcTime, default=utcnow)
    changed_at: Mapped[datetime] = mapped_column(UtcTime, default=utcnow)
    filled_at: Mapped[datetime | None] = mapped_column(UtcTime, comment="when its members were last found; None: never")
    closed_at: Mapped[datetime | None] = mapped_column(UtcTime)


class QueueMember(Base):
    """A flag that a queue's rule selects, and its place in the queue's order: the smallest first."""

    __tablename__ = "queue_member"
    __table_args__ = (
        Index("ix_queue_member_place", "queue_id", "place", "flag_id"),
        Index("ix_queue_member_waiting_since", "queue_id", "waiting_since", "flag_id"),
    )

    queue_id: Mapped[int] = mapped_column(ForeignKey("named_queue.id"), primary_key=True)
    flag_id: Mapped[int] = mapped_column(ForeignKey("flag.id"), primary_key=True, index=True)
    place: Mapped[float]
    waiting_since: Mapped[datetime] = mapped_column(UtcTime, comment="when the flag was raised")

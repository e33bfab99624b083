"""The review queue: what waits, and one item with all that a person needs. What people do with it is next door, in
``storage.decisions``, ``storage.undoing``, ``storage.leases`` and ``storage.batches``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from storage.decisions import ConflictError, decide, history, is_standing, standing
from storage.leases import Wanted, narrowed, waits_for
from storage.models import (
    AssessmentRow,
    CaptureRow,
    DecisionRow,
    FlagRow,
    FlagState,
    ListingRow,
    QueueMember,
    Revision,
    utcnow,
)
from storage.undoing import UNDO_DEPTH
from storage.undoing import undo as _undo
from wildtrade.records import Label

__all__ = (
    "UNDO_DEPTH",
    "ConflictError",
    "Place",
    "QueueCounts",
    "QueueItem",
    "choices",
    "counts",
    "decide",
    "history",
    "item",
    "page",
    "place_of",
    "standing",
    "undo",
)
COUNTED = 10_000  # items are counted up to here, so that a long queue costs no more than a short one


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueItem:
    """One flag with its listing as a reviewer sees it. ``captures`` counts visits. In a list, ``description`` is cut
    to its beginning and ``signals`` are left out."""

    flag_id: int
    listing_id: int
    assessment_id: int
    state: FlagState
    priority: float
    priority_parts: dict[str, Any]
    source: str
    url: str
    title: str | None
    description: str | None
    amount: Decimal | None
    currency: str | None
    seller: str | None
    location: str | None
    images: list[str]
    posted_at: date | None
    language: str | None
    first_seen_at: datetime
    last_seen_at: datetime
    gone_at: datetime | None
    label: str
    score: float
    bias: float
    taxa: list[dict[str, Any]]
    product_forms: list[str]
    intent: str
    lexicon_version: str
    model_version: str
    first_by: str | None = None
    second_because: str | None = None
    settled: str | None = None
    cluster_id: int | None = None
    inclusion_probability: float | None = None
    holder: str | None = None
    lease_until: datetime | None = None
    signals: list[dict[str, Any]] = field(default_factory=list)
    captures: int = 0

    @property
    def price_text(self) -> str:
        """The price in words, e.g. ``1,250.50 USD``; empty where none is stated."""
        if self.amount is None:
            return ""
        return f"{self.amount:,f} {self.currency or ''}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an item stands among the waiting ones: ``position`` counts from 1 of ``total``, both up to ``COUNTED``;
    neighbours are flag ids."""

    position: int
    total: int
    previous: int | None
    next: int | None

    @property
    def words(self) -> dict[str, str]:
        """Position and total as shown, e.g. ``13`` and ``10,000+``."""
        both = {"n": self.position, "total": self.total}
        return {name: f"{min(n, COUNTED):,}{'+' if n > COUNTED else ''}" for name, n in both.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueCounts:
    """How much waits, since when, and how much was decided today (UTC)."""

    open: int
    oldest: datetime | None
    decided_today: int


_LIST_COLUMNS = (
    FlagRow.id.label("flag_id"),
    FlagRow.listing_id,
    FlagRow.assessment_id,
    FlagRow.state,
    FlagRow.priority,
    FlagRow.priority_parts,
    FlagRow.first_by,
    FlagRow.second_because,
    FlagRow.settled,
    FlagRow.cluster_id,
    FlagRow.inclusion_probability,
    FlagRow.holder,
    FlagRow.lease_until,
    ListingRow.source,
    ListingRow.url,
    ListingRow.first_seen_at,
    ListingRow.last_seen_at,
    ListingRow.gone_at,
    Revision.title,
    Revision.amount,
    Revision.currency,
    Revision.seller,
    Revision.location,
    Revision.images,
    Revision.posted_at,
    AssessmentRow.language,
    AssessmentRow.label,
    AssessmentRow.score,
    AssessmentRow.bias,
    AssessmentRow.taxa,
    AssessmentRow.product_forms,
    AssessmentRow.intent,
    AssessmentRow.lexicon_version,
    AssessmentRow.model_version,
)


def _order(queue: int) -> tuple[Any, Any]:
    """Most urgent first, or as the named queue says."""
    return (QueueMember.place, QueueMember.flag_id) if queue else (FlagRow.priority.desc(), FlagRow.id)


def page(
    session: Session,
    *,
    limit: int,
    offset: int = 0,
    states: Sequence[FlagState] = (FlagState.OPEN,),
    source: str = "",
    language: str = "",
    appendix: str = "",
    label: Label | None = None,
    queue: int = 0,
    calm: bool = False,
) -> list[QueueItem]:
    """A page of the queue, most urgent first, or of a named ``queue`` in its own order. ``appendix``: I, II, III, or
    "other" for what is in none; ``calm``: nothing that is known to be graphic."""
    start = func.substr(Revision.description, 1, 200).label("description")
    query = select(*_LIST_COLUMNS, start).where(FlagRow.state.in_(states))
    query = narrowed(query, source, language, appendix, queue, calm)
    if label:
        query = query.where(FlagRow.label == label)
    rows = session.execute(_joined(query).order_by(*_order(queue)).limit(limit).offset(offset))
    return [_item(row) for row in rows]


def place_of(session: Session, flag_id: int, wanted: Wanted, actor: str = "") -> Place:
    """The place of a flag among what a person wants, most urgent first or in a named queue's order. After the last
    one ``next`` is the first that still waits."""
    key: Any = QueueMember.place if wanted.queue else FlagRow.priority
    here = (
        session.scalar(narrowed(select(key).select_from(FlagRow).where(FlagRow.id == flag_id), queue=wanted.queue))
        or 0.0
    )
    # The first half of each is what an index can go by.
    higher = and_(key >= here, or_(key > here, FlagRow.id > flag_id if wanted.queue else FlagRow.id < flag_id))
    lower = and_(key <= here, or_(key < here, FlagRow.id < flag_id if wanted.queue else FlagRow.id > flag_id))
    earlier, later = (lower, higher) if wanted.queue else (higher, lower)
    order, upwards = _order(wanted.queue), (key.desc() if wanted.queue else key, FlagRow.id.desc())
    waiting = narrowed(select(FlagRow.id).where(waits_for(wanted, actor)), **wanted.criteria)

    def first(where: ColumnElement[bool], *order: Any) -> int | None:
        found: int | None = session.scalar(waiting.where(where).order_by(*order).limit(1))
        return found

    def count(query: Select[Any]) -> int:
        return session.scalar(select(func.count()).select_from(query.limit(COUNTED + 1).subquery())) or 0

    return Place(
        position=min(count(waiting.where(earlier)), COUNTED) + 1,
        total=count(waiting),
        previous=first(earlier, *upwards),
        next=first(later, *order) or first(FlagRow.id != flag_id, *order),
    )


def item(session: Session, flag_id: int) -> QueueItem | None:
    """One item with its whole text and signals; None where there is no such flag."""
    captures = (
        select(func.count()).where(CaptureRow.listing_id == FlagRow.listing_id).scalar_subquery().label("captures")
    )
    query = _joined(select(*_LIST_COLUMNS, Revision.description, AssessmentRow.signals, captures))
    row = session.execute(query.where(FlagRow.id == flag_id)).first()
    return None if row is None else _item(row)


def _joined(query: Select[Any]) -> Select[Any]:
    """The text shown is the one the machine judged, so that spans fit."""
    return (
        query.join(ListingRow, ListingRow.id == FlagRow.listing_id)
        .join(AssessmentRow, AssessmentRow.id == FlagRow.assessment_id)
        .join(Revision, Revision.id == AssessmentRow.revision_id)
    )


def _item(row: Row[Any]) -> QueueItem:
    return QueueItem(**row._mapping)


def counts(session: Session) -> QueueCounts:
    """The size of the queue."""
    here = FlagRow.state == FlagState.OPEN
    waiting = session.scalar(select(func.count()).select_from(FlagRow).where(here))
    oldest = session.scalar(select(func.min(FlagRow.created_at)).where(here))
    midnight = datetime.combine(utcnow().date(), time(), utcnow().tzinfo)
    decided = session.scalar(
        select(func.count()).select_from(DecisionRow).where(DecisionRow.decided_at >= midnight, *is_standing())
    )
    return QueueCounts(open=waiting or 0, oldest=oldest, decided_today=decided or 0)


def choices(session: Session) -> dict[str, list[str]]:
    """The values each filter can take among all flags: source, language, appendix."""
    rows = session.execute(select(FlagRow.source, FlagRow.language, FlagRow.appendix).distinct()).all()
    names = ("source", "language", "appendix")
    return {name: sorted({str(row[at]) for row in rows if row[at]}) for at, name in enumerate(names)}


def undo(session: Session, actor: str) -> QueueItem | None:
    """Take back the actor's last decision (see ``storage.undoing``); the item, which waits again."""
    flag_id = _undo(session, actor)
    return None if flag_id is None else item(session, flag_id)

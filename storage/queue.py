"""The review queue: what waits, one item with all that a person needs, decisions and undo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, TypeVar

from sqlalchemy import Row, Select, and_, exists, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from storage.models import (
    AssessmentRow,
    CaptureRow,
    DecisionAction,
    DecisionRow,
    FlagRow,
    FlagState,
    ListingRow,
    Revision,
    utcnow,
)
from wildtrade.errors import Exit, WildtradeError
from wildtrade.records import DecisionLabel, Label

SelectT = TypeVar("SelectT", bound=Select[*tuple[Any, ...]])
UNDO_DEPTH = 20  # how many of a person's last decisions can be taken back, one after the other


class ConflictError(WildtradeError):
    """Somebody, or a new capture, was quicker; nothing was stored."""

    code = "conflict"
    exit_code = Exit.PROBLEM


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
    signals: list[dict[str, Any]] = field(default_factory=list)
    captures: int = 0

    @property
    def price_text(self) -> str:
        """The price in words, e.g. ``1,250.50 USD``; empty where none is stated."""
        if self.amount is None:
            return ""
        return f"{self.amount:,f} {self.currency or ''}".strip()


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
_ORDER = (FlagRow.priority.desc(), FlagRow.id)


def page(
    session: Session,
    *,
    limit: int,
    offset: int = 0,
    states: Sequence[FlagState] = (FlagState.OPEN,),
    source: str | None = None,
    language: str | None = None,
    appendix: str | None = None,
    label: Label | None = None,
) -> list[QueueItem]:
    """A page of the queue, most urgent first. ``appendix``: I, II, III, or "other" for what is in none."""
    start = func.substr(Revision.description, 1, 200).label("description")
    query = _joined(select(*_LIST_COLUMNS, start)).where(FlagRow.state.in_(states))
    if source:
        query = query.where(FlagRow.source == source)
    if language:
        query = query.where(FlagRow.language == language)
    if appendix:
        query = query.where(FlagRow.appendix == (None if appendix == "other" else appendix))
    if label:
        query = query.where(FlagRow.label == label)
    rows = session.execute(query.order_by(*_ORDER).limit(limit).offset(offset))
    return [_item(row) for row in rows]


def item(session: Session, flag_id: int) -> QueueItem | None:
    """One item with its whole text and signals; None where there is no such flag."""
    captures = (
        select(func.count()).where(CaptureRow.listing_id == FlagRow.listing_id).scalar_subquery().label("captures")
    )
    query = _joined(select(*_LIST_COLUMNS, Revision.description, AssessmentRow.signals, captures))
    row = session.execute(query.where(FlagRow.id == flag_id)).first()
    return None if row is None else _item(row)


def _joined(query: SelectT) -> SelectT:
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
        select(func.count()).select_from(DecisionRow).where(DecisionRow.decided_at >= midnight, *_standing())
    )
    return QueueCounts(open=waiting or 0, oldest=oldest, decided_today=decided or 0)


def choices(session: Session) -> dict[str, list[str]]:
    """The values each filter can take among all flags: source, language, appendix."""
    rows = session.execute(select(FlagRow.source, FlagRow.language, FlagRow.appendix).distinct()).all()
    names = ("source", "language", "appendix")
    return {name: sorted({str(row[at]) for row in rows if row[at]}) for at, name in enumerate(names)}


def next_after(session: Session, flag_id: int) -> int | None:
    """The open flag that follows ``flag_id`` in the order of the queue; the first one after the last."""
    here = session.execute(select(FlagRow.priority, FlagRow.id).where(FlagRow.id == flag_id)).first()
    query = select(FlagRow.id).where(FlagRow.state == FlagState.OPEN, FlagRow.id != flag_id).order_by(*_ORDER)
    if here is not None:
        later = or_(FlagRow.priority < here[0], and_(FlagRow.priority == here[0], FlagRow.id > here[1]))
        if (following := session.scalar(query.where(later).limit(1))) is not None:
            return following
    return session.scalar(query.limit(1))


def decide(
    session: Session,
    flag_id: int,
    label: DecisionLabel,
    actor: str,
    *,
    assessment_id: int,
    reason: str | None = None,
    note: str | None = None,
) -> int:
    """Store a decision and take the flag out of the queue; returns the decision's id.

    ``assessment_id`` is the opinion the person saw. Raises ConflictError where the flag is decided already or its
    listing has changed since.
    """
    taken = session.execute(
        update(FlagRow)
        .where(FlagRow.id == flag_id, FlagRow.state == FlagState.OPEN, FlagRow.assessment_id == assessment_id)
        .values(state=FlagState.DECIDED)
    )
    if not taken.rowcount:  # type: ignore[attr-defined]
        raise _conflict(session, flag_id)
    listing_id = session.scalar(select(FlagRow.listing_id).where(FlagRow.id == flag_id))
    revision_id = session.scalar(select(AssessmentRow.revision_id).where(AssessmentRow.id == assessment_id))
    decision = DecisionRow(
        listing_id=listing_id,
        revision_id=revision_id,
        assessment_id=assessment_id,
        action=DecisionAction.DECIDE,
        label=label,
        reason=reason,
        note=note,
        actor=actor,
    )
    session.add(decision)
    session.flush()
    return decision.id


def _conflict(session: Session, flag_id: int) -> ConflictError:
    flag = session.get(FlagRow, flag_id)
    if flag is None:
        return ConflictError("there is no such item in the queue", fix="go back to the queue")
    if flag.state is FlagState.OPEN:
        return ConflictError("the listing has changed since you opened it", fix="look at it again, then decide")
    last = session.scalars(
        select(DecisionRow)
        .where(DecisionRow.listing_id == flag.listing_id, *_standing())
        .order_by(DecisionRow.id.desc())
    ).first()
    who = f"{last.actor} decided this item at {last.decided_at:%H:%M} UTC" if last else "this item is decided"
    return ConflictError(who, fix="go on with the next item; your note was not stored")


def undo(session: Session, actor: str) -> QueueItem | None:
    """Take back the actor's last standing decision, one of their last 20; returns the item, which waits again.

    None where there is nothing to take back. A decision on which somebody else has decided since stays.
    """
    mine = select(DecisionRow).where(DecisionRow.actor == actor, DecisionRow.action == DecisionAction.DECIDE)
    # Locked, so that a double click takes back one decision and not two.
    recent = session.scalars(mine.order_by(DecisionRow.id.desc()).limit(UNDO_DEPTH).with_for_update()).all()
    undone = set(
        session.scalars(select(DecisionRow.undoes_id).where(DecisionRow.undoes_id.in_([d.id for d in recent])))
    )
    for decision in recent:
        if decision.id not in undone and _is_last(session, decision):
            return _take_back(session, decision, actor)
    return None


def _is_last(session: Session, decision: DecisionRow) -> bool:
    later = select(DecisionRow.id).where(
        DecisionRow.listing_id == decision.listing_id, DecisionRow.id > decision.id, *_standing()
    )
    return session.scalar(later.limit(1)) is None


def _take_back(session: Session, decision: DecisionRow, actor: str) -> QueueItem | None:
    session.add(
        DecisionRow(
            listing_id=decision.listing_id,
            revision_id=decision.revision_id,
            assessment_id=decision.assessment_id,
            action=DecisionAction.UNDO,
            actor=actor,
            undoes_id=decision.id,
        )
    )
    session.execute(update(FlagRow).where(FlagRow.listing_id == decision.listing_id).values(state=FlagState.OPEN))
    session.flush()
    flag_id = session.scalar(select(FlagRow.id).where(FlagRow.listing_id == decision.listing_id))
    return None if flag_id is None else item(session, flag_id)


def history(session: Session, listing_id: int) -> list[DecisionRow]:
    """Everything people decided and took back, oldest first."""
    return list(
        session.scalars(select(DecisionRow).where(DecisionRow.listing_id == listing_id).order_by(DecisionRow.id))
    )


def _standing() -> tuple[Any, Any]:
    """Decisions that nobody has taken back."""
    later = aliased(DecisionRow)
    return DecisionRow.action == DecisionAction.DECIDE, ~exists().where(later.undoes_id == DecisionRow.id)


def standing(query: SelectT) -> SelectT:
    """Narrow a query over decisions to those that nobody has taken back."""
    return query.where(*_standing())

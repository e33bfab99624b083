"""Who works at which item: a hold that lasts ten minutes, so that two people never decide the same one.

Taking the next item is one statement on either database: SQLite has one writer anyway, PostgreSQL skips the rows that
others have locked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, Update, and_, func, or_, select, update
from sqlalchemy.orm import Session

from storage.graphic import not_graphic
from storage.models import (
    AssessmentRow,
    DecisionAction,
    DecisionRow,
    FlagRow,
    FlagState,
    ListingRow,
    NamedQueue,
    QueueMember,
    ReviewerPlace,
    Revision,
    table_of,
    utcnow,
)
from storage.sellers import accounts_by_name

LEASE = timedelta(minutes=10)
SKIPPED_FOR = timedelta(hours=12)  # so long an item that somebody skipped is not offered to them again
WAITING = (FlagState.OPEN, FlagState.SAMPLED, FlagState.SECOND, FlagState.CONFLICT, FlagState.ESCALATED)
SelectT = TypeVar("SelectT", bound=Select[*tuple[Any, ...]])
_FLAG, _DECISION, _MEMBER = table_of(FlagRow), table_of(DecisionRow), table_of(QueueMember)


class Mode(StrEnum):
    """In which order a person is given items."""

    PRIORITY = "priority"
    OLDEST = "oldest"
    UNCERTAINTY = "uncertainty"
    RANDOM = "random"
    SELLER = "seller"
    CLUSTER = "cluster"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which items a person wants. ``threshold``: the score that mode "uncertainty" goes by; ``queue``: the id of a
    named queue, in whose own order items come; only the modes by seller and by cluster change that. ``twice``: of what
    somebody else has decided first, the second decisions too. ``calm``: nothing that is known to be graphic."""

    state: FlagState = FlagState.OPEN
    mode: Mode = Mode.PRIORITY
    source: str = ""
    language: str = ""
    appendix: str = ""
    threshold: float = 0.5
    queue: int = 0
    twice: bool = False
    calm: bool = False

    @property
    def criteria(self) -> dict[str, Any]:
        """What narrows a query, whatever the items wait for: for ``narrowed``."""
        return {name: getattr(self, name) for name in ("source", "language", "appendix", "queue", "calm")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A hold: ``number`` names it, so that one that is over cannot end a later one."""

    flag_id: int
    holder: str
    held_at: datetime
    until: datetime
    number: int


def claim(session: Session, actor: str, wanted: Wanted) -> int | None:
    """Hold the next item and return its flag id; None where nothing is left. The person's other holds end.

    Nobody is offered what they have skipped lately or, for a second review, decided themselves.
    """
    now = utcnow()
    lease = lease_of(session, wanted.queue)
    values = {"queue_id": wanted.queue or None, "lease_until": now + lease}
    tried = (_take(session, actor, order, now, values) for order in _orders(session, actor, wanted))
    found = next((flag_id for flag_id in tried if flag_id is not None), None)
    _let_go_others(session, actor, found, now)
    return found


def claim_many(session: Session, actor: str, wanted: Wanted, count: int, holder: str, until: datetime) -> list[int]:
    """Hold so many next items for a person who is away, under a ``holder`` of its own, so that nothing the person does
    here ends it; their flag ids in the order of the queue. What anybody holds, they too, is left out."""
    now, lease = utcnow(), _FLAG.c.lease_until
    order = _orders(session, actor, wanted)[-1].where(or_(lease.is_(None), lease <= now)).limit(count)
    found = list(session.scalars(order.with_for_update(of=_FLAG, skip_locked=True)))
    values = {"queue_id": wanted.queue or None, "lease_until": until}
    session.execute(_held(update(_FLAG).where(_FLAG.c.id.in_(found)), holder, now, values))
    return found


def free(actor: str, now: datetime) -> ColumnElement[bool]:
    """Nobody else holds it."""
    held = _FLAG.c
    return or_(held.lease_until.is_(None), held.lease_until <= now, held.holder == actor)


def lease_of(session: Session, queue_id: int | None) -> timedelta:
    """How long an item is held that was taken from a named queue, or from none."""
    minutes = session.scalar(select(NamedQueue.lease_minutes).where(NamedQueue.id == queue_id)) if queue_id else None
    return timedelta(minutes=minutes) if minutes else LEASE


def _take(session: Session, actor: str, order: Select[Any], now: datetime, values: dict[str, Any]) -> int | None:
    one = order.limit(1).with_for_update(of=_FLAG, skip_locked=True).scalar_subquery()
    statement = _held(update(_FLAG).where(_FLAG.c.id == one), actor, now, values).returning(_FLAG.c.id)
    found: int | None = session.scalar(statement)
    return found


def _held(statement: Update, actor: str, now: datetime, values: dict[str, Any]) -> Update:
    return statement.values(holder=actor, held_at=now, hold=_FLAG.c.hold + 1, **values)


def _orders(session: Session, actor: str, wanted: Wanted) -> Sequence[Select[Any]]:
    """What to try, one after the other."""
    now, flag = utcnow(), _FLAG.c
    skipped = select(_DECISION.c.id).where(
        _DECISION.c.listing_id == flag.listing_id,
        _DECISION.c.actor == actor,
        _DECISION.c.action == DecisionAction.SKIP,
        _DECISION.c.decided_at > now - SKIPPED_FOR,
    )
    base = select(flag.id).where(waits_for(wanted, actor), free(actor, now), ~skipped.exists())
    base = narrowed(base, **wanted.criteria)
    urgent = base.order_by(flag.priority.desc(), flag.id)
    if wanted.queue:
        urgent = base.order_by(_MEMBER.c.place, _MEMBER.c.flag_id)
    match wanted.mode:
        case Mode.SELLER | Mode.CLUSTER:
            return [*_continued(session, actor, base, wanted.mode), urgent]
        case _ if wanted.queue:
            return [urgent]
        case Mode.OLDEST:
            return [base.order_by(flag.created_at, flag.id)]
        case Mode.RANDOM:
            return [base.order_by(flag.shuffle, flag.id)]
        case Mode.UNCERTAINTY:
            return _nearest(session, base, wanted.threshold)
    return [urgent]


def waits_for(wanted: Wanted, actor: str) -> ColumnElement[bool]:
    """A condition on flags: they wait for the decision that is wanted, and this person may take it."""
    first, second = _FLAG.c.state == wanted.state, and_(_FLAG.c.state == FlagState.SECOND, _FLAG.c.first_by != actor)
    if wanted.state is FlagState.SECOND:
        return second
    return or_(first, second) if wanted.twice else first


def narrowed(
    query: SelectT, source: str = "", language: str = "", appendix: str = "", queue: int = 0, calm: bool = False
) -> SelectT:
    """Narrow a query over flags; empty means any. ``appendix``: I, II, III, or "other" for what is in none; ``queue``:
    the id of a named queue, whose members are joined; ``calm``: nothing that is known to be graphic."""
    if queue:
        query = query.join(_MEMBER, and_(_MEMBER.c.flag_id == _FLAG.c.id, _MEMBER.c.queue_id == queue))
    if source:
        query = query.where(_FLAG.c.source == source)
    if language:
        query = query.where(_FLAG.c.language == language)
    if appendix:
        query = query.where(_FLAG.c.appendix == (None if appendix == "other" else appendix))
    return query.where(*not_graphic()) if calm else query


def _nearest(session: Session, base: Select[Any], threshold: float) -> list[Select[Any]]:
    """The nearest above and the nearest below the threshold, the nearer first: two looks into an index."""
    score = _FLAG.c.score
    above = base.where(score >= threshold).order_by(score, _FLAG.c.id)
    below = base.where(score < threshold).order_by(score.desc(), _FLAG.c.id)

    def distance(query: Select[Any]) -> float:
        found = session.scalar(query.with_only_columns(score).limit(1))
        return abs(found - threshold) if found is not None else 2.0

    return sorted((above, below), key=distance)


def _continued(session: Session, actor: str, base: Select[Any], mode: Mode) -> list[Select[Any]]:
    """What belongs to the seller, or to the cluster, of the person's last item."""
    place = session.get(ReviewerPlace, actor)
    last = session.get(FlagRow, place.flag_id) if place and place.flag_id else None
    if last is None:
        return []
    if mode is Mode.CLUSTER:
        same = base.where(_FLAG.c.cluster_id == last.cluster_id)
        return [same.order_by(_FLAG.c.priority.desc(), _FLAG.c.id)] if last.cluster_id else []
    text_of = (AssessmentRow.revision_id == Revision.id, AssessmentRow.id == _FLAG.c.assessment_id)
    seller = session.scalar(
        select(Revision.seller).join(AssessmentRow, text_of[0]).where(AssessmentRow.id == last.assessment_id)
    )
    if not seller:
        return []
    own = (last.source, seller)
    accounts = accounts_by_name(session.connection(), [own])[own]
    listings = (
        select(Revision.listing_id)
        .join(ListingRow, ListingRow.id == Revision.listing_id)
        .where(or_(*(and_(Revision.seller == name, ListingRow.source == source) for source, name in accounts)))
    )
    same = base.where(_FLAG.c.listing_id.in_(listings))
    return [same.order_by(_FLAG.c.priority.desc(), _FLAG.c.id)]


def hold(session: Session, flag_id: int, actor: str, queue: int = 0) -> Hold | None:
    """Hold this item, if it waits and is free for this person, and let go of their others; the hold in force, whoever
    has it. None where the item waits for nothing or nobody holds it. ``queue``: the named queue it is taken from, which
    counts where the item belongs to it."""
    now = utcnow()
    mine = (_FLAG.c.id == flag_id, _FLAG.c.holder == actor, _FLAG.c.lease_until > now)
    renewed = update(_FLAG).where(*mine).values(lease_until=now + _lease(session, flag_id)).returning(_FLAG.c.id)
    if session.scalar(renewed) is None:
        member = select(_MEMBER.c.queue_id).where(_MEMBER.c.queue_id == queue, _MEMBER.c.flag_id == flag_id)
        taken_from = session.scalar(member) if queue else None
        values = {"queue_id": taken_from, "lease_until": now + lease_of(session, taken_from)}
        # What a person has decided first is not theirs to decide a second time.
        theirs = and_(_FLAG.c.state == FlagState.SECOND, _FLAG.c.first_by == actor)
        wanted = (_FLAG.c.id == flag_id, _FLAG.c.state.in_(WAITING), free(actor, now), ~func.coalesce(theirs, False))
        session.execute(_held(update(_FLAG).where(*wanted), actor, now, values))
    _let_go_others(session, actor, flag_id, now)
    return hold_of(session, flag_id)


def hold_of(session: Session, flag_id: int) -> Hold | None:
    """The hold in force on an item."""
    flag = _FLAG.c
    query = select(flag.holder, flag.held_at, flag.lease_until, flag.hold)
    row = session.execute(query.where(flag.id == flag_id, flag.lease_until > utcnow())).first()
    if row is None:
        return None
    return Hold(flag_id=flag_id, holder=row.holder, held_at=row.held_at, until=row.lease_until, number=row.hold)


def renew(session: Session, flag_id: int, actor: str) -> Hold | None:
    """Extend the hold of a person who is still at work, also one that ran out when nobody has taken the item since.
    Returns the hold in force, which may be another's."""
    now = utcnow()
    wanted = (_FLAG.c.id == flag_id, _FLAG.c.holder == actor, _FLAG.c.state.in_(WAITING))
    session.execute(update(_FLAG).where(*wanted).values(lease_until=now + _lease(session, flag_id)))
    return hold_of(session, flag_id)


def _lease(session: Session, flag_id: int) -> timedelta:
    return lease_of(session, session.scalar(select(_FLAG.c.queue_id).where(_FLAG.c.id == flag_id)))


def release(session: Session, flag_id: int, actor: str, number: int) -> None:
    """End a hold; nothing where it is over already."""
    wanted = (_FLAG.c.id == flag_id, _FLAG.c.holder == actor, _FLAG.c.hold == number)
    session.execute(update(_FLAG).where(*wanted).values(holder=None, lease_until=None))


def release_all(session: Session, actor: str) -> None:
    """End all holds of a person, who leaves, or of a pack."""
    _let_go_others(session, actor, None, utcnow())


def _let_go_others(session: Session, actor: str, but: int | None, now: datetime) -> None:
    others = (_FLAG.c.holder == actor, _FLAG.c.lease_until > now, _FLAG.c.id != (but or 0))
    session.execute(update(_FLAG).where(*others).values(holder=None, lease_until=None))


def held_by(session: Session, actor: str) -> list[int]:
    """The items a person holds."""
    query = select(_FLAG.c.id).where(_FLAG.c.holder == actor, _FLAG.c.lease_until > utcnow())
    return list(session.scalars(query.order_by(_FLAG.c.id)))

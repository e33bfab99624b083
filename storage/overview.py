"""All queues at a glance: what waits where, how much of it is held, since when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from storage.leases import WAITING, Wanted, narrowed, waits_for
from storage.models import DecisionRow, FlagRow, FlagState, NamedQueue, QueueMember, table_of, utcnow
from storage.queue import COUNTED
from storage.queues import open_queues, states_of

_FLAG = table_of(FlagRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueLine:
    """One queue. ``people`` are those who hold something of it now; ``source`` is empty for all sources together."""

    state: FlagState
    source: str = ""
    pending: int = 0
    appendix_i: int = 0
    held: int = 0
    oldest: datetime | None = None
    people: tuple[str, ...] = ()


def overview(session: Session) -> list[QueueLine]:
    """A line for each state that waits, then one for each source of the first queue, the longest first."""
    flag = _FLAG.c
    listed = func.count().filter(flag.appendix == "I")
    query = select(flag.state, flag.source, func.count(), listed).where(flag.state.in_(WAITING))
    counted = [tuple(row) for row in session.execute(query.group_by(flag.state, flag.source))]
    held: dict[tuple[FlagState, str], list[str]] = {}
    holding = select(flag.state, flag.source, flag.holder).where(flag.holder.is_not(None), flag.lease_until > utcnow())
    for state, source, holder in session.execute(holding):
        held.setdefault((state, source), []).append(holder)
    states = [_line(session, state, counted, held) for state in WAITING]
    sources = [
        QueueLine(
            state=state, source=source, pending=number, appendix_i=strict, held=len(held.get((state, source), ()))
        )
        for state, source, number, strict in sorted(counted, key=lambda row: -row[2])
        if state is FlagState.OPEN
    ]
    return [*states, *sources]


def _line(
    session: Session,
    state: FlagState,
    counted: Sequence[tuple[FlagState, str, int, int]],
    held: dict[tuple[FlagState, str], list[str]],
) -> QueueLine:
    own = [row for row in counted if row[0] is state]
    people = [name for (of, _), names in held.items() if of is state for name in names]
    return QueueLine(
        state=state,
        pending=sum(row[2] for row in own),
        appendix_i=sum(row[3] for row in own),
        held=len(people),
        oldest=session.scalar(select(func.min(_FLAG.c.created_at)).where(_FLAG.c.state == state)),
        people=tuple(sorted(set(people))),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedLine:
    """One named queue. ``pending`` counts what it would hand out, up to ``COUNTED`` + 1, held items too; ``second``:
    how many of these wait for their second decision, which is not for whoever took the first."""

    queue: NamedQueue
    pending: int
    second: int
    held: int
    oldest: datetime | None
    people: tuple[str, ...]


def named_overview(session: Session) -> list[NamedLine]:
    """A line for each queue that people made, by name."""
    return [_named_line(session, queue) for queue in open_queues(session)]


def _named_line(session: Session, queue: NamedQueue) -> NamedLine:
    flag = _FLAG.c
    waits = flag.state.in_(states_of(queue))
    holding = narrowed(select(flag.holder).where(waits), queue=queue.id)
    holders = session.scalars(holding.where(flag.holder.is_not(None), flag.lease_until > utcnow())).all()
    since = narrowed(select(flag.created_at).where(waits), queue=queue.id)
    return NamedLine(
        queue=queue,
        pending=_count(session, queue, waits),
        second=_count(session, queue, flag.state == FlagState.SECOND) if queue.overlap == 2 else 0,
        held=len(holders),
        oldest=session.scalar(since.order_by(QueueMember.waiting_since, QueueMember.flag_id).limit(1)),
        people=tuple(sorted({name for name in holders if name})),
    )


def _count(session: Session, queue: NamedQueue, where: ColumnElement[bool]) -> int:
    members = narrowed(select(_FLAG.c.id).where(where), queue=queue.id).limit(COUNTED + 1)
    return session.scalar(select(func.count()).select_from(members.subquery())) or 0


def second_for(session: Session, queue: NamedQueue, actor: str) -> int:
    """How many items of a queue wait for their second decision by this person, among others."""
    return _count(session, queue, waits_for(Wanted(state=FlagState.SECOND), actor)) if queue.overlap == 2 else 0


def handling_seconds(session: Session, most: int = 2000) -> dict[int | FlagState | str, float]:
    """Median seconds from hold to decision among the last ``most`` decisions that were timed, by named queue (its id),
    by what the item waited for (its state) and, of first decisions, by source."""
    decision = table_of(DecisionRow).c
    query = select(decision.queue_id, decision.state_before, decision.seconds, _FLAG.c.source)
    query = query.join(_FLAG, _FLAG.c.listing_id == decision.listing_id).where(decision.seconds.is_not(None))
    found: dict[int | FlagState | str, list[float]] = {}
    for row in session.execute(query.order_by(decision.id.desc()).limit(most)):
        found.setdefault(row.state_before, []).append(row.seconds)
        if row.queue_id is not None:
            found.setdefault(row.queue_id, []).append(row.seconds)
        if row.state_before is FlagState.OPEN:
            found.setdefault(row.source, []).append(row.seconds)
    return {key: median(seconds) for key, seconds in found.items()}

"""All queues at a glance: what waits where, how much of it is held, since when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from storage.leases import WAITING
from storage.models import FlagRow, FlagState, table_of, utcnow

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

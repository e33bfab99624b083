"""Queues that people make: a rule in the words of search, an order, who works it. What a rule selects is kept as rows,
found anew every ten minutes, so that handing out an item and counting the queue are looks into an index."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, and_, delete, func, insert, or_, select, update
from sqlalchemy.orm import Session, aliased

from storage.database import Database
from storage.leases import Mode
from storage.models import FlagRow, FlagState, NamedQueue, QueueMember, SearchDocument, table_of, utcnow
from storage.search.finding import MOST, documents, limited
from storage.search.query import Query, parse
from wildtrade.errors import UsageError

REFILL_AFTER = timedelta(minutes=10)
LEASE_MINUTES = (2, 120)
_LONGEST_NAME = 120
_NEAR = 0.5  # of a priority; a member that moved less keeps its place, so that ten minutes of ageing write little
_GROUP = 200  # members of one transaction: a reviewer never waits long for it
_MEMBER = table_of(QueueMember)


def open_queues(session: Session) -> Sequence[NamedQueue]:
    """The queues that are not closed, by name."""
    query = select(NamedQueue).where(NamedQueue.closed_at.is_(None))
    return session.scalars(query.order_by(func.lower(NamedQueue.name), NamedQueue.id)).all()


def open_queue(session: Session, queue_id: int) -> NamedQueue | None:
    """One queue; None where there is none or it is closed."""
    found = session.get(NamedQueue, queue_id)
    return found if found is not None and found.closed_at is None else None


def keep(session: Session, queue: NamedQueue) -> NamedQueue:
    """Store a queue that was made or changed; its members are found anew. Raises UsageError, QueryError."""
    queue.name, rule = " ".join(queue.name.split()), parse(queue.query)
    if not queue.name or len(queue.name) > _LONGEST_NAME:
        raise UsageError("a queue needs a name", field="name", fix=f"use 1 to {_LONGEST_NAME} characters")
    if rule.tells_identity:
        fix = "leave out names, numbers and addresses; seller:#17 is allowed"
        raise UsageError("a queue's rule tells no identities", field="query", fix=fix)
    if not LEASE_MINUTES[0] <= queue.lease_minutes <= LEASE_MINUTES[1]:
        fix = f"use {LEASE_MINUTES[0]} to {LEASE_MINUTES[1]}"
        raise UsageError("an item cannot be held so long", field="lease_minutes", fix=fix)
    queue.query, queue.mode, queue.changed_at, queue.filled_at = rule.text, Mode(queue.mode), utcnow(), None
    session.add(queue)
    session.flush()
    return queue


def close(session: Session, queue: NamedQueue) -> None:
    """Hand out nothing of it any more. What was decided stays, and so does what it was."""
    queue.closed_at = utcnow()
    session.execute(delete(QueueMember).where(QueueMember.queue_id == queue.id))


def may_work(queue: NamedQueue, name: str, roles: Iterable[str]) -> bool:
    """Whether the queue's rule lets a person work it; the rights of their roles are asked elsewhere."""
    anybody = not queue.roles and not queue.people
    return anybody or name in queue.people or bool(set(queue.roles) & set(roles))


def hides_decisions(session: Session, flag_id: int) -> bool:
    """Whether a flag is in a queue in which nobody sees what others decided before."""
    query = select(_MEMBER.c.queue_id).join(NamedQueue, NamedQueue.id == _MEMBER.c.queue_id)
    return session.scalar(query.where(_MEMBER.c.flag_id == flag_id, NamedQueue.hides_decisions).limit(1)) is not None


def states_of(queue: NamedQueue) -> tuple[FlagState, ...]:
    """What the items of a queue wait for: a first decision; where two people decide, a second one as well."""
    return (FlagState.OPEN, FlagState.SECOND) if queue.overlap == 2 else (FlagState.OPEN,)


def matching(
    session: Session, query: Query, mode: Mode, threshold: float, states: Sequence[FlagState] = (FlagState.OPEN,)
) -> Select[Any]:
    """Flags in these states that a rule selects: (flag_id, place, waiting_since). In order of age the place is that of
    ``waiting_since``."""
    flag = aliased(FlagRow)
    places = {Mode.RANDOM: flag.shuffle * 1.0, Mode.UNCERTAINTY: func.abs(flag.score - threshold)}
    place = places.get(mode, -flag.priority).label("place")
    statement = documents(session, query).order_by(None)
    statement = statement.join(flag, and_(flag.listing_id == SearchDocument.listing_id, flag.state.in_(states)))
    return statement.with_only_columns(flag.id.label("flag_id"), place, flag.created_at.label("waiting_since"))


def count_matching(session: Session, query: Query) -> int:
    """How many items a rule would select; MOST + 1 stands for more than MOST. Raises QueryError as ``find`` does."""
    inner = matching(session, query, Mode.PRIORITY, 0.5).limit(MOST + 1).subquery()
    with limited(session):
        return session.scalar(select(func.count()).select_from(inner)) or 0


def newest_matching(session: Session, query: Query, most: int) -> list[int]:
    """Documents (of search) of the newest items a rule would select. Raises QueryError as ``find`` does."""
    waits = select(FlagRow.id).where(FlagRow.listing_id == SearchDocument.listing_id, FlagRow.state == FlagState.OPEN)
    with limited(session):
        return list(
            session.scalars(documents(session, query).where(waits.correlate(SearchDocument).exists()).limit(most))
        )


def due(session: Session) -> list[int]:
    """Queues whose members were not found for ten minutes, or never."""
    old = or_(NamedQueue.filled_at.is_(None), NamedQueue.filled_at < utcnow() - REFILL_AFTER)
    return list(session.scalars(select(NamedQueue.id).where(NamedQueue.closed_at.is_(None), old)))


def fill(database: Database, queue_id: int, threshold: float) -> None:
    """Find the members of a queue anew and write what differs, a group to a transaction."""
    with database.session(read_only=True) as session:
        queue = open_queue(session, queue_id)
        if queue is None:
            return
        changed_at, mode = queue.changed_at, Mode(queue.mode)
        rule = matching(session, parse(queue.query), mode, threshold, states_of(queue))
        wanted = [dict(row._mapping) for row in session.execute(rule)]
        members = select(_MEMBER.c.flag_id, _MEMBER.c.place).where(_MEMBER.c.queue_id == queue_id)
        present = dict(session.execute(members).all())
    for row in wanted if mode is Mode.OLDEST else ():
        row["place"] = row["waiting_since"].timestamp()
    near = _NEAR if mode in (Mode.PRIORITY, Mode.SELLER, Mode.CLUSTER) else 0.0
    for group in _groups(sorted(present.keys() - {row["flag_id"] for row in wanted})):
        with database.aside() as session:
            _take_out(session, queue_id, group)
    for rows in _groups([row for row in wanted if _moved(present.get(row["flag_id"]), row["place"], near)]):
        with database.aside() as session:
            if open_queue(session, queue_id) is None:
                return
            _take_out(session, queue_id, [row["flag_id"] for row in rows])
            session.execute(insert(_MEMBER), [{"queue_id": queue_id, **row} for row in rows])
    with database.session() as session:  # a queue changed meanwhile is filled once more
        same = (NamedQueue.id == queue_id, NamedQueue.changed_at == changed_at)
        session.execute(update(NamedQueue).where(*same).values(filled_at=utcnow()))


def _moved(before: float | None, now: float, near: float) -> bool:
    return before is None or abs(before - now) > near


def _take_out(session: Session, queue_id: int, flags: Sequence[int]) -> None:
    session.execute(delete(_MEMBER).where(_MEMBER.c.queue_id == queue_id, _MEMBER.c.flag_id.in_(flags)))


def _groups(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (rows[at : at + _GROUP] for at in range(0, len(rows), _GROUP))

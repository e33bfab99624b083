"""Walking through the queue: what is wanted of it, where in it an item stands, what comes before and after."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from storage.leases import Mode, Wanted
from storage.models import FlagRow, FlagState

COUNTED = 10_000  # items are counted up to here, so that a long queue costs no more than a short one
QUEUES = {"": FlagState.OPEN, "second": FlagState.SECOND}


@dataclass(frozen=True, slots=True)
class Filters:
    """What a reviewer narrowed the queue to, in which order and which queue; empty means everything, most urgent first
    of the first decisions."""

    source: str = ""
    language: str = ""
    appendix: str = ""
    mode: str = ""
    queue: str = ""

    @property
    def chosen(self) -> dict[str, str]:
        """What is on, as it stands in addresses."""
        return {name: value for name, value in asdict(self).items() if value}

    @property
    def narrowed(self) -> dict[str, str]:
        """The filters that are on."""
        return {name: value for name, value in self.chosen.items() if name not in ("mode", "queue")}

    def address(self, path: str, **more: object) -> str:
        """A path of this app with the filters kept, e.g. ``/review/7?language=th``."""
        query = urlencode({**self.chosen, **more})
        return f"{path}?{query}" if query else path

    def wanted(self, threshold: float = 0.5) -> Wanted:
        """What to ask the queue for; a mode or queue that does not exist is the usual one."""
        mode = Mode(self.mode) if self.mode in set(Mode) else Mode.PRIORITY
        state = QUEUES.get(self.queue, FlagState.OPEN)
        return Wanted(state=state, mode=mode, threshold=threshold, **self.narrowed)


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


def place_of(session: Session, flag_id: int, filters: Filters) -> Place:
    """The place of a flag in the narrowed queue. After the last one ``next`` is the first that still waits."""
    priority = session.scalar(select(FlagRow.priority).where(FlagRow.id == flag_id)) or 0.0
    # The first half of each is what an index can go by.
    earlier = and_(FlagRow.priority >= priority, or_(FlagRow.priority > priority, FlagRow.id < flag_id))
    later = and_(FlagRow.priority <= priority, or_(FlagRow.priority < priority, FlagRow.id > flag_id))
    downwards = (FlagRow.priority.desc(), FlagRow.id)
    upwards = (FlagRow.priority, FlagRow.id.desc())

    def first(where: ColumnElement[bool], *order: Any) -> int | None:
        found: int | None = session.scalar(_waiting(filters, FlagRow.id).where(where).order_by(*order).limit(1))
        return found

    def count(query: Select[Any]) -> int:
        return session.scalar(select(func.count()).select_from(query.limit(COUNTED + 1).subquery())) or 0

    waiting = _waiting(filters, FlagRow.id)
    return Place(
        position=min(count(waiting.where(earlier)), COUNTED) + 1,
        total=count(waiting),
        previous=first(earlier, *upwards),
        next=first(later, *downwards) or first(FlagRow.id != flag_id, *downwards),
    )


def _waiting(filters: Filters, *what: Any) -> Select[Any]:
    state = QUEUES.get(filters.queue, FlagState.OPEN)
    query = select(*what).select_from(FlagRow).where(FlagRow.state == state)
    if filters.source:
        query = query.where(FlagRow.source == filters.source)
    if filters.language:
        query = query.where(FlagRow.language == filters.language)
    if filters.appendix:
        query = query.where(FlagRow.appendix == (None if filters.appendix == "other" else filters.appendix))
    return query

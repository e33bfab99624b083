"""Reading the audit trail: filtered, newest first, page by page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from storage.models import AuditRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which events; empty means all. ``since`` and ``until`` are days in UTC, both included."""

    actor: str = ""
    action: str = ""
    object_kind: str = ""
    object_id: str = ""
    since: date | None = None
    until: date | None = None

    @property
    def chosen(self) -> dict[str, str]:
        """What is narrowed."""
        return {name: str(value) for name, value in asdict(self).items() if value}


def events(session: Session, wanted: Wanted, *, limit: int, before: int | None = None) -> Sequence[AuditRow]:
    """A page of events; ``before`` is the number of the last one already shown."""
    query = _narrowed(wanted).order_by(AuditRow.seq.desc()).limit(limit)
    return session.scalars(query if before is None else query.where(AuditRow.seq < before)).all()


def all_events(session: Session, wanted: Wanted) -> Iterator[AuditRow]:
    """All events, oldest first, as a stream."""
    yield from session.scalars(_narrowed(wanted).order_by(AuditRow.seq).execution_options(yield_per=1000))


def _narrowed(wanted: Wanted) -> Select[AuditRow]:
    query = select(AuditRow)
    for name in ("actor", "action", "object_kind", "object_id"):
        if value := getattr(wanted, name):
            query = query.where(getattr(AuditRow, name) == value)
    if wanted.since:
        query = query.where(AuditRow.utc >= datetime.combine(wanted.since, time(), UTC))
    if wanted.until:
        query = query.where(AuditRow.utc < datetime.combine(wanted.until, time(), UTC) + timedelta(days=1))
    return query


def actions(session: Session) -> list[str]:
    """The actions that occur, by name."""
    return sorted(session.scalars(select(AuditRow.action).distinct()))

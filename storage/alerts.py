"""Alerts for operators: raised once per occasion from what runs left behind, and marked as seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from storage.dialects import insert_or_ignore
from storage.models import AlertKind, OperationAlert, PageCapture, Run, RunState, Schedule, table_of, utcnow
from storage.summary import summary

LOOK_BACK = timedelta(days=3)  # runs that ended earlier are old news
SILENCE = timedelta(days=1)
DISK_FLOOR = 0.10  # share of the disk that is free
DROP = 0.15  # of field coverage against the median of the runs before
_BEFORE = 7  # runs
_ALERT = table_of(OperationAlert)


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """One thing to tell. ``name`` makes it the same the next time."""

    kind: AlertKind
    name: str
    detail: str
    source: str = ""
    run_id: int | None = None
    at: datetime = field(default_factory=utcnow)


def raise_alerts(session: Session, disk_free: float | None = None) -> int:
    """Look at what happened since and raise what is new; ``disk_free`` is a share. Returns how many are new."""
    found = [*_of_runs(session), *_of_silence(session), *_of_disk(disk_free)]
    return sum(raise_alert(session, one) for one in found)


def raise_alert(session: Session, one: Occasion) -> bool:
    """Raise one alert; False where this occasion has been told already."""
    values = {
        "kind": one.kind, "occasion": one.name[:120], "source": one.source, "run_id": one.run_id,
        "detail": one.detail[:2000], "raised_at": one.at,
    }  # fmt: skip
    statement = insert_or_ignore(session.connection(), _ALERT, "kind", "occasion").returning(_ALERT.c.id)
    return session.execute(statement, values).first() is not None


def _of_runs(session: Session) -> Iterator[Occasion]:
    told = select(OperationAlert.run_id).where(OperationAlert.run_id == Run.id)
    query = select(Run).where(Run.ended_at > utcnow() - LOOK_BACK, ~told.exists()).order_by(Run.id)
    for run in session.scalars(query.limit(200)).all():
        blocked = select(func.count()).where(PageCapture.run_id == run.id, PageCapture.kind == "blocked")
        pages = session.scalar(blocked)
        details = {
            AlertKind.RUN_FAILED: run.reason if run.state is RunState.FAILED else "",
            AlertKind.SOURCE_BLOCKED: f"{pages} pages" if pages else "",
            AlertKind.COVERAGE_DROPPED: _dropped(session, run),
        }
        for kind, detail in details.items():
            if detail:
                at = run.ended_at or utcnow()
                yield Occasion(kind=kind, name=f"run {run.id}", detail=detail, source=run.source, run_id=run.id, at=at)


def _dropped(session: Session, run: Run) -> str:
    """Which fields the site gives less often than before, e.g. ``price 96 % to 40 %``."""
    earlier = session.scalars(
        select(Run.id).where(Run.source == run.source, Run.id < run.id, Run.ended_at.is_not(None))
        .order_by(Run.id.desc()).limit(_BEFORE)
    ).all()  # fmt: skip
    now = coverage(session, run.id)
    before = [one for one in (coverage(session, run_id) for run_id in earlier) if one]
    if not now or len(before) < 2:
        return ""
    usual = {name: median(one[name] for one in before) for name in now}
    return ", ".join(f"{name} {usual[name]:.0%} → {now[name]:.0%}" for name in now if usual[name] - now[name] > DROP)


def coverage(session: Session, run_id: int) -> dict[str, float]:
    """In which share of a run's listings each field was found."""
    found: dict[str, float] = summary(session, [run_id])["coverage"]
    return found


def _of_silence(session: Session) -> Iterator[Occasion]:
    now = utcnow()
    since = session.scalar(select(func.min(Schedule.created_at)).where(~Schedule.paused, Schedule.removed_at.is_(None)))
    last = session.scalar(select(func.max(Run.started_at)))
    if since is not None and max(since, last or since) < now - SILENCE:
        yield Occasion(kind=AlertKind.NO_CRAWL, name=f"{now:%Y-%m-%d}", detail=f"{last:%Y-%m-%d %H:%M}" if last else "")


def _of_disk(free: float | None) -> Iterator[Occasion]:
    if free is not None and free < DISK_FLOOR:
        yield Occasion(kind=AlertKind.DISK, name=f"{utcnow():%Y-%m-%d}", detail=f"{free:.0%}")


def inbox(session: Session, *, limit: int = 100) -> list[OperationAlert]:
    """Alerts, those nobody has seen first, then the newest."""
    order = (OperationAlert.seen_at.is_not(None), OperationAlert.id.desc())
    return list(session.scalars(select(OperationAlert).order_by(*order).limit(limit)))


def unseen(session: Session) -> int:
    """How many alerts nobody has seen."""
    return session.scalar(select(func.count()).select_from(_ALERT).where(_ALERT.c.seen_at.is_(None))) or 0


def see(session: Session, actor: str, alert_id: int | None = None) -> int:
    """Mark one alert as seen, or all; returns how many were not before."""
    query = update(OperationAlert).where(OperationAlert.seen_at.is_(None))
    query = query if alert_id is None else query.where(OperationAlert.id == alert_id)
    result: Any = session.execute(query.values(seen_at=utcnow(), seen_by=actor))
    return int(result.rowcount)

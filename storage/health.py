"""How the sources and runs are doing, from rows alone."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from storage.models import CaptureRow, PageCapture, Run, RunState, Unit, UnitState
from storage.runs import STALE_AFTER

STRIP = 30  # runs
_GOOD = {RunState.FINISHED}
_BAD = {RunState.FAILED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """One run in the strip of a source. ``health``: good, poor, bad, or going."""

    run_id: int
    state: RunState
    health: str
    started_at: datetime


def strips(session: Session) -> dict[str, list[Beat]]:
    """The last runs of each source, oldest first."""
    rank = func.row_number().over(partition_by=Run.source, order_by=Run.id.desc()).label("rank")
    newest = select(Run.id, rank).subquery()
    query = select(Run).join(newest, newest.c.id == Run.id).where(newest.c.rank <= STRIP).order_by(Run.id)
    found: dict[str, list[Beat]] = defaultdict(list)
    for run in session.scalars(query):
        beat = Beat(run_id=run.id, state=run.state, health=_health(run.state), started_at=run.started_at)
        found[run.source].append(beat)
    return dict(found)


def _health(state: RunState) -> str:
    if state.open:
        return "going"
    return "good" if state in _GOOD else "bad" if state in _BAD else "poor"


def runs(session: Session, *, limit: int, before: int | None = None, source: str = "") -> list[Run]:
    """Runs, newest first; ``before`` is the id of the last one already shown."""
    query = select(Run).order_by(Run.id.desc()).limit(limit)
    query = query if before is None else query.where(Run.id < before)
    return list(session.scalars(query.where(Run.source == source) if source else query))


def progress(session: Session, run_id: int) -> dict[str, Any] | None:
    """Where a run stands, in numbers; None where there is no such run. ``quiet``: it gives no sign of life."""
    run = session.get(Run, run_id, populate_existing=True)
    if run is None:
        return None
    states = select(Unit.state, func.count()).where(Unit.run_id == run_id).group_by(Unit.state)
    units: dict[UnitState, int] = {row[0]: row[1] for row in session.execute(states)}
    changes = session.execute(
        select(CaptureRow.change, func.count()).where(CaptureRow.run_id == run_id).group_by(CaptureRow.change)
    )
    listings = {change.value: number for change, number in changes}
    moment = session.scalar(select(func.max(PageCapture.captured_at)).where(PageCapture.run_id == run_id))
    done = units.get(UnitState.DONE, 0) + units.get(UnitState.FAILED, 0)
    seconds = ((run.ended_at or run.updated_at) - run.started_at).total_seconds()
    return {
        "run_id": run.id,
        "source": run.source,
        "state": run.state.value,
        "reason": run.reason,
        "pages": done,
        "failed": units.get(UnitState.FAILED, 0),
        "waiting": units.get(UnitState.PENDING, 0) + units.get(UnitState.CLAIMED, 0),
        "new": listings.get("new", 0),
        "changed": listings.get("changed", 0),
        "same": listings.get("same", 0),
        "gone": listings.get("gone", 0),
        "pages_per_second": round(done / seconds, 2) if seconds > 0 else 0.0,
        "last_page": f"{moment:%Y-%m-%d %H:%M:%S}" if moment else "",
        "quiet": run.state.open and (datetime.now(run.updated_at.tzinfo) - run.updated_at) > STALE_AFTER,
    }


def failed_pages(session: Session, run_id: int, most: int = 20) -> list[Unit]:
    """The last pages of a run that gave nothing, with the reason."""
    query = select(Unit).where(Unit.run_id == run_id, Unit.state == UnitState.FAILED)
    return list(session.scalars(query.order_by(Unit.id.desc()).limit(most)))

"""Runs and their units of work: opened, claimed, resumed after a crash, finished, counted."""

from __future__ import annotations

import contextlib
import hashlib
import os
import socket
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import psutil
from sqlalchemy import Connection, func, select, update
from sqlalchemy.orm import Session

from storage.database import clean_text
from storage.dialects import insert_or_ignore, lock_name
from storage.models import CaptureRow, ListingRow, Run, RunState, Unit, UnitKind, UnitState, table_of, utcnow
from wildtrade.errors import RefusedError
from wildtrade.urls import canonical_url

STALE_AFTER = timedelta(seconds=120)
_UNIT = table_of(Unit)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUnit:
    """A page to fetch in a run; the same canonical URL is fetched once per run."""

    kind: UnitKind
    url: str
    query: str = ""
    page: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedRun:
    """A run to work on; ``resumed`` where it was begun by a process that ended too early."""

    id: int
    resumed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One claimed unit."""

    id: int
    kind: UnitKind
    url: str
    query: str
    page: int


def open_run(
    session: Session, source: str, units: Iterable[NewUnit], options: Mapping[str, Any], *, fresh: bool = False
) -> OpenedRun:
    """Resume the source's unfinished run, or begin one. ``units`` are where it starts.

    What a dead process had claimed is pending again. ``fresh`` closes the unfinished run first. Raises RefusedError
    where another process is still at it.
    """
    lock_name(session.connection(), f"open a run of {source}")
    run = session.scalars(
        select(Run).where(Run.source == source, Run.state == RunState.RUNNING).order_by(Run.id.desc()).with_for_update()
    ).first()
    if run is not None:
        _refuse_if_alive(run)
    if run is not None and fresh:
        finish_run(session, run.id, RunState.STOPPED, "closed by a fresh start")
        run = None
    resumed = run is not None
    if run is None:
        run = Run(source=source, state=RunState.RUNNING, options=dict(options))
        session.add(run)
    run.pid, run.host, run.updated_at = os.getpid(), socket.gethostname()[:120], utcnow()
    session.flush()
    if resumed:
        session.execute(_release(run.id))
    add_units(session.connection(), run.id, units)
    return OpenedRun(id=run.id, resumed=resumed)


def claim(session: Session, run_id: int, limit: int) -> list[Task]:
    """Take up to ``limit`` pending units, oldest first; those tried before come last. Two processes never get the
    same unit."""
    waiting = session.scalars(
        select(Unit.id)
        .where(Unit.run_id == run_id, Unit.state == UnitState.PENDING)
        .order_by(Unit.attempts, Unit.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    taken = session.execute(
        update(_UNIT)
        .where(_UNIT.c.id.in_(waiting))
        .values(state=UnitState.CLAIMED, attempts=_UNIT.c.attempts + 1)
        .returning(_UNIT.c.id, _UNIT.c.kind, _UNIT.c.url, _UNIT.c.query, _UNIT.c.page)
    )
    return sorted((Task(**row) for row in taken.mappings()), key=lambda task: task.id)


def add_units(connection: Connection, run_id: int, units: Iterable[NewUnit]) -> int:
    """Queue pages of a run; those it already has are left as they are. Returns how many were new."""
    rows = {key: _unit_row(run_id, key, unit) for unit in units for key in [url_key(unit.url)]}
    if not rows:
        return 0
    insert = insert_or_ignore(connection, _UNIT, "run_id", "url_key").returning(_UNIT.c.id)
    return len(connection.execute(insert, list(rows.values())).all())


def add_rechecks(session: Session, run_id: int, limit: int) -> int:
    """Queue up to ``limit`` known listings of the run's source that it has not seen and that are not gone, those not
    seen for longest first. Returns how many were queued."""
    source = session.get_one(Run, run_id).source
    seen = select(CaptureRow.id).where(CaptureRow.run_id == run_id, CaptureRow.listing_id == ListingRow.id)
    known = session.scalars(
        select(ListingRow.url)
        .where(ListingRow.source == source, ListingRow.gone_at.is_(None), ~seen.exists())
        .order_by(ListingRow.last_seen_at, ListingRow.id)
    ).all()
    planned = set(session.scalars(select(Unit.url_key).where(Unit.run_id == run_id)))
    fresh = [url for url in known if url_key(url) not in planned][:limit]
    return add_units(session.connection(), run_id, [NewUnit(kind=UnitKind.RECHECK, url=url) for url in fresh])


def finish_run(session: Session, run_id: int, state: RunState, reason: str) -> None:
    """Close a run; ``reason`` says in words why it stopped. A closed run stays as it was closed."""
    now = utcnow()
    session.execute(
        update(Run)
        .where(Run.id == run_id, Run.state == RunState.RUNNING)
        .values(state=state, reason=reason, ended_at=now, updated_at=now)
    )


def url_key(url: str) -> str:
    """What makes two units of a run the same page: sha256 of the canonical URL, 64 hex digits."""
    with contextlib.suppress(ValueError):  # whatever cannot be spelled otherwise stands for itself
        url = canonical_url(url)
    return hashlib.sha256(url.encode("utf-8", "surrogatepass")).hexdigest()


def pending(session: Session, run_id: int) -> int:
    """How many units still wait or are being fetched."""
    states = (UnitState.PENDING, UnitState.CLAIMED)
    query = select(func.count()).select_from(Unit).where(Unit.run_id == run_id, Unit.state.in_(states))
    return session.scalar(query) or 0


def _release(run_id: int) -> Any:
    claimed = (Unit.run_id == run_id, Unit.state == UnitState.CLAIMED)
    return update(Unit).where(*claimed).values(state=UnitState.PENDING)


def _unit_row(run_id: int, key: str, unit: NewUnit) -> dict[str, Any]:
    own = {"kind": unit.kind, "url": clean_text(unit.url), "query": clean_text(unit.query), "page": unit.page}
    return {"run_id": run_id, "url_key": key, "state": UnitState.PENDING, "attempts": 0, **own}


def _refuse_if_alive(run: Run) -> None:
    if run.updated_at < utcnow() - STALE_AFTER or run.pid == os.getpid():
        return
    here = run.host in ("", socket.gethostname()[:120])
    if here and not _process_alive(run.pid):
        return
    place = f"pid {run.pid}" if here else f"pid {run.pid} on {run.host}"
    raise RefusedError(
        f"run {run.id} of {run.source} is still running, {place}",
        field=run.source,
        fix="wait for it to end, or stop that process",
    )


def _process_alive(pid: int | None) -> bool:
    try:
        return pid is not None and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def unfinished(session: Session, sources: Sequence[str] = ()) -> list[Run]:
    """Runs that can be resumed, oldest first."""
    query = select(Run).where(Run.state == RunState.RUNNING).order_by(Run.id)
    return list(session.scalars(query.where(Run.source.in_(sources)) if sources else query))

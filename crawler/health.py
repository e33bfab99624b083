"""The state of a workspace on one screen."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from storage.database import open_database
from storage.models import CaptureRow, FlagRow, FlagState, ListingRow, Run, RunState, Schedule
from wildtrade.settings import Workspace

_LAST_RUNS = 8


def overview(workspace: Workspace) -> dict[str, Any]:
    """What runs, what is next, queue, problems. Raises ConfigError or StorageError where the database is not usable."""
    database = open_database(workspace.database_url)
    try:
        with database.session(read_only=True) as session:
            view = _counts(session) | {"next": _next(session)}
    finally:
        database.close()
    free = shutil.disk_usage(workspace.root).free // 2**20
    floor = workspace.settings.storage.free_space_floor_mb
    view["disk"] = f"{free:,} MB free"
    view["last backup"] = _last_backup(workspace)
    if free < 5 * floor:
        view["problems"].append(f"disk: {free} MB left, crawls stop at {floor} MB")
    return view


def _counts(session: Session) -> dict[str, Any]:
    runs = list(session.scalars(select(Run).order_by(Run.id.desc()).limit(_LAST_RUNS)))
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    waiting, oldest = session.execute(
        select(func.count(), func.min(FlagRow.created_at)).where(FlagRow.state == FlagState.OPEN)
    ).one()
    flags_today = session.scalar(select(func.count()).select_from(FlagRow).where(FlagRow.created_at >= midnight))
    bad = {RunState.FAILED, RunState.FINISHED_WITH_PROBLEMS}
    return {
        "running": ", ".join(f"{r.source} (run {r.id})" for r in runs if r.state is RunState.RUNNING) or "nothing",
        "queue": f"{waiting} waiting" + (f", oldest since {oldest:%Y-%m-%d %H:%M} UTC" if oldest else ""),
        "flags today": flags_today,
        "listings": session.scalar(select(func.count()).select_from(ListingRow)),
        "captures": session.scalar(select(func.count()).select_from(CaptureRow)),
        "problems": [f"run {r.id} of {r.source}: {r.reason}" for r in runs if r.state in bad],
        "last runs": [
            {
                "id": r.id,
                "source": r.source,
                "state": r.state.value,
                "started": f"{r.started_at:%Y-%m-%d %H:%M:%S}",
                "reason": r.reason,
            }
            for r in runs
        ],
    }


def _next(session: Session) -> str:
    from wildtrade.timetable import next_time

    due = []
    for schedule in session.scalars(select(Schedule).where(~Schedule.paused, Schedule.removed_at.is_(None))):
        if moment := next_time(schedule.cron, schedule.timezone, datetime.now(UTC)):
            due.append((moment, schedule.name))
    return ", ".join(f"{name} {moment:%Y-%m-%d %H:%M} UTC" for moment, name in sorted(due)[:3]) or "nothing scheduled"


def _last_backup(workspace: Workspace) -> str:
    folder = workspace.root / "data" / "backups"
    files = sorted(folder.glob("*"), key=lambda path: path.stat().st_mtime) if folder.is_dir() else []
    if not files:
        return "none yet"
    moment = datetime.fromtimestamp(files[-1].stat().st_mtime, UTC)
    return f"{files[-1].name}, {moment:%Y-%m-%d %H:%M} UTC"

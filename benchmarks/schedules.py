"""Schedulers that race, die and see their clock jump: is any due time lost, or taken twice?

    python -m benchmarks.schedules [--slots 500] [--databases sqlite,postgresql]

Two processes of the real scheduler work on one database, minutes passing in a fraction of a second. Three times: with
the lease, the leader killed again and again; without a lease, both leading at once; and with a clock that is set back a
day and forward again, and forward a day and back again. A slot that was missed is folded into the next one, which says
so: every due time must be a slot, or counted in exactly one. What a slot starts is a program that writes down its name.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing, redirect_stdout, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from benchmarks.report import finish
from storage import schedules
from storage.database import Database, open_database
from storage.migrate import upgrade
from storage.models import Overlap, Schedule, Slot
from tests.support.postgres import postgres_server
from wildtrade.cli import run as command
from wildtrade.settings import open_workspace
from wildtrade.timetable import due_times

_START = datetime(2026, 3, 1, 7, tzinfo=UTC)
_SPEED = 240.0  # seconds that pass in one
_ZONES = (
    "UTC", "Africa/Lagos", "Asia/Bangkok", "America/Bogota", "Asia/Kathmandu", "America/Caracas", "Africa/Monrovia",
    "Asia/Kolkata", "Australia/Eucla", "Pacific/Chatham",
)  # fmt: skip
_DAY = 86_400.0
_LIMIT = 600.0  # seconds of waiting for the slots
_SETTLING = 60.0  # seconds of waiting for their ends


@dataclass(frozen=True, kw_only=True)
class Clock:
    """A clock that runs fast and is set now and then: ``jumps`` are (seconds of ours since ``began``, by how much)."""

    began: float
    jumps: Sequence[tuple[float, float]] = ()
    skew: float = 0.0  # seconds this process is ahead of the others

    def __call__(self) -> datetime:
        passed = time.time() - self.began
        jumped = sum(by for at, by in self.jumps if passed >= at)
        return _START + timedelta(seconds=passed * _SPEED + jumped + self.skew)


@dataclass(frozen=True, kw_only=True)
class Way:
    """One race. ``lease`` in seconds; 0: everybody leads. ``kill_every``: seconds between two kills of the leader."""

    name: str
    lease: float = 1.0
    kill_every: float = 0.0
    jumps: Sequence[tuple[float, float]] = ()


WAYS = (
    Way(name="leader killed", kill_every=4.0),
    Way(name="both lead", lease=0.0),
    Way(name="clock set", jumps=((6.0, -_DAY), (8.0, _DAY), (12.0, _DAY), (14.0, -_DAY), (16.0, _DAY))),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--slots", type=int, default=500)
    parser.add_argument("--databases", default="sqlite,postgresql")
    arguments = parser.parse_args()
    figures: dict[str, Any] = {}
    for name in arguments.databases.split(","):
        with tempfile.TemporaryDirectory(prefix="wildtrade-schedules-") as folder:
            if name == "sqlite":
                figures[name] = race_all(Path(folder), "", arguments.slots)
            else:
                with postgres_server() as server:
                    figures[name] = race_all(Path(folder), server.get_uri(), arguments.slots)
    whole = [one for ways in figures.values() for one in ways.values()]
    bars = {
        f"{arguments.slots} slots in each race": all(one["slots"] >= arguments.slots for one in whole),
        "0 taken twice": all(one["double"] == 0 for one in whole),
        "0 lost": all(one["lost"] == 0 for one in whole),
        "each slot started, but for those whose leader was killed that moment": all(
            one["not_started"] <= one["kills"] for one in whole
        ),
    }
    finish("schedules", figures, bars)


def race_all(folder: Path, url: str, slots: int, ways: Sequence[Way] = WAYS) -> dict[str, dict[str, Any]]:
    """Every race, one after the other, each with schedules of its own; ``url`` of an empty database, or SQLite."""
    home = folder / "workspace"
    with redirect_stdout(StringIO()):
        command(["init", str(home)])
    url = url or open_workspace(home).database_url
    upgrade(url, folder / "backups")
    return {way.name: race(home, url, way, slots, folder / way.name.replace(" ", "-")) for way in ways}


def race(home: Path, url: str, way: Way, slots: int, started: Path) -> dict[str, Any]:
    """Two schedulers until ``slots`` slots are taken; what came of every due time. ``started`` is written to by what
    the slots start."""
    with closing(open_database(url)) as database:
        ids = _prepare(database, way.name)
        clock = Clock(began=time.time() + 1.0, jumps=way.jumps)
        racers = [_racer(home, url, clock, way, number, started) for number in range(2)]
        kills = _watch(database, racers, ids, slots, way, lambda number: _racer(home, url, clock, way, number, started))
        _settle(database)
        for one in racers:
            os.kill(one.pid or 0, signal.SIGTERM)
        for one in racers:
            one.join(60)
        return {**_count(database, ids, started), "kills": kills}


def _prepare(database: Database, name: str) -> list[int]:
    with database.session() as session:
        made = [
            schedules.add(session, f"{name} {zone}", ["bench"], "* * * * *", zone, {}, overlap=Overlap.QUEUE)
            for zone in _ZONES
        ]
        for one in made:
            one.created_at = _START
        session.flush()
        return [one.id for one in made]


def _racer(home: Path, url: str, clock: Clock, way: Way, number: int, started: Path) -> Any:
    own = Clock(began=clock.began, jumps=clock.jumps, skew=5.0 * number)
    process = multiprocessing.get_context("spawn").Process(target=_schedule, args=(home, url, own, way.lease, started))
    process.start()
    return process


def _schedule(home: Path, url: str, clock: Clock, lease: float, started: Path) -> None:
    """The real scheduler, with this clock, a short lease, and little to start."""
    from crawler import scheduler

    class Quick(scheduler.Scheduler):
        def _command(self, due: Any) -> list[str]:
            return ["sh", "-c", 'echo "$0" >> "$1"', str(due.slot_id), str(started)]

    scheduler.utcnow = clock
    scheduler.LEASE_SECONDS = lease  # type: ignore[assignment]
    scheduler.TICK_SECONDS = 0.02
    with closing(open_database(url)) as database:
        one = Quick(open_workspace(home), database)
        if not lease:  # a name for both: neither ever finds the lease taken
            schedules.acquire_lease = lambda *_: True
        signal.signal(signal.SIGTERM, lambda *_: one.stop())
        one.run()


def _watch(database: Database, racers: list[Any], ids: list[int], slots: int, way: Way, again: Any) -> int:
    """Wait until enough slots are taken; kill the leader now and then, and start another in its place."""
    began = last = time.monotonic()
    kills, at_least = 0, max((at for at, _ in way.jumps), default=0.0) + 3.0
    while time.monotonic() < began + _LIMIT:
        if time.monotonic() > began + at_least and _taken(database, ids) >= slots:
            break
        time.sleep(0.05)
        if way.kill_every and time.monotonic() - last > way.kill_every:
            number = _leader(database, racers)
            racers[number].kill()
            racers[number].join()
            racers[number] = again(number)
            kills, last = kills + 1, time.monotonic()
    return kills


def _settle(database: Database) -> None:
    """Let no further slot fall due, and wait until what was taken has been started and has ended."""
    with database.session() as session:
        for one in schedules.all_schedules(session):
            schedules.set_paused(session, one.name, True)
    until, quiet = time.monotonic() + _SETTLING, 0
    while time.monotonic() < until and quiet < 20:  # who was taking slots that moment may take them yet
        with database.session(read_only=True) as session:
            quiet = 0 if schedules.running_slots(session) else quiet + 1
        time.sleep(0.1)


def _taken(database: Database, ids: list[int]) -> int:
    with database.session(read_only=True) as session:
        return session.scalar(select(func.count()).select_from(Slot).where(Slot.schedule_id.in_(ids))) or 0


def _leader(database: Database, racers: list[Any]) -> int:
    from storage.models import Lease

    with database.session(read_only=True) as session:
        holder = session.scalar(select(Lease.holder)) or ""
    return next((at for at, one in enumerate(racers) if holder.endswith(f":{one.pid}")), 0)


def _count(database: Database, ids: list[int], started: Path) -> dict[str, Any]:
    """Every due time up to the last slot of its schedule, against the slots that stand for it."""
    began: Counter[str] = Counter()
    with suppress(FileNotFoundError):
        began = Counter(started.read_text().split())
    double = lost = folded = slots = 0
    with database.session(read_only=True) as session:
        for one in session.scalars(select(Schedule).where(Schedule.id.in_(ids))):
            after = _START
            query = select(Slot).where(Slot.schedule_id == one.id).order_by(Slot.due_at)
            for slot in session.scalars(query):
                owed = len(due_times(one.cron, one.timezone, after, slot.due_at))
                double += max(slot.coalesced + 1 - owed, 0) + max(began[str(slot.id)] - 1, 0)
                lost += max(owed - slot.coalesced - 1, 0)
                folded, slots, after = folded + slot.coalesced, slots + 1, slot.due_at
    return {"slots": slots, "folded": folded, "double": double, "lost": lost, "not_started": slots - len(began)}


if __name__ == "__main__":
    main()

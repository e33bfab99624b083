"""The scheduler process: one leader mirrors the schedules into APScheduler and takes each due slot once.

The tables are the truth. APScheduler only wakes us up in time; which slots are due is computed from the last slot
taken, so that a late start, a restart or a clock that jumps neither loses nor doubles one.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psutil
from apscheduler.schedulers.background import BackgroundScheduler

from crawler.timetable import due_times, trigger_for
from storage import schedules
from storage.database import Database
from storage.flags import keep_in_order
from storage.models import Overlap, Schedule, SlotState, utcnow
from storage.priority import load_severity
from wildtrade.errors import Exit, StorageError
from wildtrade.settings import Workspace

LEASE = "scheduler"
LEASE_SECONDS = 30
TICK_SECONDS = 5.0

_RESULTS = {
    Exit.OK: (SlotState.DONE, "finished"),
    Exit.NOTHING: (SlotState.DONE, "nothing to do"),
    Exit.PARTIAL: (SlotState.DONE, "finished in part"),
    Exit.REFUSED: (SlotState.SKIPPED, "refused by policy"),
}


@dataclass(frozen=True, slots=True)
class _Due:
    schedule_id: int
    name: str
    sources: Sequence[str]
    options: dict[str, Any]
    slot_id: int


class Scheduler:
    """Runs until ``stop``; acts only while it holds the lease."""

    def __init__(self, workspace: Workspace, database: Database) -> None:
        self._workspace = workspace
        self._database = database
        self.holder = f"{socket.gethostname()}:{os.getpid()}"
        self._timer = BackgroundScheduler(timezone="UTC")
        self._mirrored: dict[int, tuple[str, str]] = {}
        self._stopping = threading.Event()
        self._wake = threading.Event()
        self._threads: list[threading.Thread] = []
        self.leads = False

    def run(self, once: bool = False) -> None:
        """Keep the time until ``stop`` is called. ``once``: take what is due now, wait for it, end.

        A crawl that is going on when the scheduler ends goes on by itself, and is resumed by the next run if it dies.
        """
        self._timer.start()
        try:
            while not self._stopping.is_set():
                self._tick()
                if once:
                    break
                self._wake.wait(TICK_SECONDS)
                self._wake.clear()
            for thread in self._threads if once else ():
                thread.join()
        finally:
            self._timer.shutdown(wait=False)
            with self._database.session() as session:
                schedules.release_lease(session, LEASE, self.holder)

    def stop(self) -> None:
        """End ``run`` soon."""
        self._stopping.set()
        self._wake.set()

    def _tick(self) -> None:
        try:
            with self._database.session() as session:
                self.leads = schedules.acquire_lease(session, LEASE, self.holder, LEASE_SECONDS)
        except StorageError as error:
            self.leads = False
            sys.stderr.write(f"scheduler: {error}\n")
        if self.leads:
            self._reap()
            keep_in_order(self._database, load_severity(self._workspace.policy))
            for due in self._take_due():
                thread = threading.Thread(target=self._crawl, args=(due,), name=f"crawl {due.name}", daemon=True)
                thread.start()
                self._threads = [*(one for one in self._threads if one.is_alive()), thread]

    def _reap(self) -> None:
        """Close slots whose crawl died with an earlier scheduler; their runs are resumed by the next slot."""
        reason = "its process died; the next run goes on where it stopped"
        with self._database.session() as session:
            for slot in schedules.running_slots(session):
                here = slot.holder.rpartition(":")[0] == self.holder.rpartition(":")[0]
                if here and slot.holder != self.holder and not (slot.pid and psutil.pid_exists(slot.pid)):
                    schedules.finish_slot(session, slot.id, SlotState.FAILED, reason, None)

    def _take_due(self) -> list[_Due]:
        """All slots and requests that are due now, each taken by a row of its own."""
        now, taken = utcnow(), []
        with self._database.session() as session:
            active = [one for one in schedules.all_schedules(session) if not one.paused]
            self._mirror(active)
            for schedule in active:
                if due := self._take_slot(session, schedule, now):
                    taken.append(due)
            for request in schedules.take_requests(session):
                schedule = session.get_one(Schedule, request.schedule_id)
                slot_id = schedules.claim_slot(session, schedule.id, request.requested_at, self.holder, asked_for=True)
                if slot_id is not None:
                    request.slot_id = slot_id
                    taken.append(_Due(schedule.id, schedule.name, schedule.sources, schedule.options, slot_id))
        return taken

    def _mirror(self, active: Sequence[Schedule]) -> None:
        """APScheduler wakes us at the right moment; its jobs hold nothing but that."""
        wanted = {one.id: (one.cron, one.timezone) for one in active}
        for schedule_id in set(self._mirrored) - set(wanted):
            self._timer.remove_job(str(schedule_id))
        for schedule_id, (cron, zone) in wanted.items():
            if self._mirrored.get(schedule_id) != (cron, zone):
                self._timer.add_job(
                    self._wake.set,
                    trigger_for(cron, zone),
                    id=str(schedule_id),
                    replace_existing=True,
                    misfire_grace_time=None,
                    coalesce=True,
                )
        self._mirrored = wanted

    def _take_slot(self, session: Any, schedule: Schedule, now: datetime) -> _Due | None:
        after = schedules.settled_until(session, schedule)
        missed = due_times(schedule.cron, schedule.timezone, after, now)
        if not missed:
            return None
        busy = schedules.running_slots(session, schedule.id)
        if busy and schedule.overlap is Overlap.QUEUE:
            return None  # taken when the running one has ended, folded into one
        slot_id = schedules.claim_slot(session, schedule.id, missed[-1], self.holder, coalesced=len(missed) - 1)
        if slot_id is None:
            return None
        if busy:
            reason = f"the run of {busy[0].due_at:%Y-%m-%d %H:%M} UTC is still going"
            schedules.finish_slot(session, slot_id, SlotState.SKIPPED, reason, None)
            return None
        return _Due(schedule.id, schedule.name, schedule.sources, schedule.options, slot_id)

    def _crawl(self, due: _Due) -> None:
        """One crawl as a process of its own, so that nothing it does can harm the scheduler."""
        process = subprocess.Popen(
            [*self._command(due)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True
        )
        with self._database.session() as session:
            schedules.start_slot(session, due.slot_id, process.pid)
        _, errors = process.communicate()
        state, reason = _result(process.returncode, errors)
        with self._database.session() as session:
            schedules.finish_slot(session, due.slot_id, state, reason, process.returncode)
        self._wake.set()

    def _command(self, due: _Due) -> list[str]:
        words = [sys.executable, "-m", "wildtrade", "--home", str(self._workspace.root), "crawl", *due.sources]
        for query in due.options.get("queries", ()):
            words += ["--query", query]
        if limit := due.options.get("limit"):
            words += ["--limit", str(limit)]
        if since := due.options.get("since"):
            words += ["--since", since]
        return [*words, "--quiet", "--json"]


def _result(code: int, errors: str) -> tuple[SlotState, str]:
    """A slot's end from the exit code of its crawl, with the last line of what it complained about."""
    if code in set(Exit) and Exit(code) in _RESULTS:
        return _RESULTS[Exit(code)]
    last = (errors.strip().splitlines() or [f"ended with code {code}"])[-1]
    return SlotState.FAILED, last[:500]

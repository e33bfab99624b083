"""The scheduler process: one leader mirrors the schedules into APScheduler and takes each due slot once.

The tables are the truth. APScheduler only wakes us up in time; which slots are due is computed from the last slot
taken, so that a late start, a restart or a clock that jumps neither loses nor doubles one.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import psutil
from apscheduler.schedulers.background import BackgroundScheduler

from storage import schedules
from storage.alerts import raise_alerts
from storage.database import Database
from storage.flags import keep_in_order
from storage.imports import files
from storage.models import ImportState, Overlap, RunRequest, Schedule, Slot, SlotState, utcnow
from storage.priority import load_severity
from storage.requests import end_request
from storage.sending import tell_webhooks
from wildtrade.errors import Exit, StorageError, WildtradeError
from wildtrade.settings import Workspace
from wildtrade.timetable import due_times, trigger_for

LEASE = "scheduler"
LEASE_SECONDS = 30
TICK_SECONDS = 5.0
_ERRANDS = "errands"
_T = TypeVar("_T")

_RESULTS = {
    Exit.OK: (SlotState.DONE, "finished"),
    Exit.NOTHING: (SlotState.DONE, "nothing to do"),
    Exit.PARTIAL: (SlotState.DONE, "finished in part"),
    Exit.REFUSED: (SlotState.SKIPPED, "refused by policy"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Due:
    """A crawl to start: for a slot of a schedule, or for a request of its own."""

    name: str
    sources: Sequence[str]
    options: dict[str, Any]
    slot_id: int | None = None
    request_id: int | None = None


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
            for thread in (one for one in self._threads if one.name == _ERRANDS):
                thread.join(LEASE_SECONDS)
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
            if self.leads:
                self._lead()
        except StorageError as error:  # busy or away: the next tick asks again
            self.leads = False
            sys.stderr.write(f"scheduler: {error}\n")

    def _lead(self) -> None:
        orphans = self._reap()
        keep_in_order(self._database, load_severity(self._workspace.policy))
        self._errand(_ERRANDS, self._run_errands)
        for due in [*orphans, *self._take_due()]:
            thread = threading.Thread(target=self._crawl, args=(due,), name=f"crawl {due.name}", daemon=True)
            thread.start()
            self._threads = [*(one for one in self._threads if one.is_alive()), thread]

    def _errand(self, name: str, work: Callable[[], None]) -> None:
        """Do what takes its time beside the clock, one at a time."""
        if any(thread.name == name and thread.is_alive() for thread in self._threads):
            return
        thread = threading.Thread(target=work, name=name, daemon=True)
        thread.start()
        self._threads = [*(one for one in self._threads if one.is_alive()), thread]

    def _run_errands(self) -> None:
        """Files that wait to be brought in, alerts, webhooks. One that fails is told of; the others go on."""
        for work in (self._bring_in, self._raise_alerts, lambda: tell_webhooks(self._database)):
            try:
                work()
            except WildtradeError as error:
                sys.stderr.write(f"scheduler: {error}\n")

    def _bring_in(self) -> None:
        with self._database.session(read_only=True) as session:
            waiting = any(file.state is ImportState.WAITING for file in files(session))
        if waiting:  # the lexicon and the model are loaded for a file only
            from crawler.importing import bring_in_waiting

            bring_in_waiting(self._workspace, self._database)

    def _raise_alerts(self) -> None:
        usage = shutil.disk_usage(self._workspace.root)
        with self._database.session() as session:
            raise_alerts(session, usage.free / usage.total)

    def _reap(self) -> list[_Due]:
        """Of schedulers that died: take over what they had not started, and close what died after its start; such runs
        are resumed by the next slot."""
        reason = "its process died; the next run goes on where it stopped"
        orphans = []
        with self._database.session() as session:
            for slot in schedules.running_slots(session):
                if slot.holder == self.holder or self._at_work(session, slot):
                    continue
                if slot.state is SlotState.RUNNING:
                    schedules.finish_slot(session, slot.id, SlotState.FAILED, reason, None)
                elif schedules.take_over(session, slot.id, slot.holder, self.holder):
                    orphans.append(_due(session.get_one(Schedule, slot.schedule_id), slot.id))
        return orphans

    def _at_work(self, session: Any, slot: Slot) -> bool:
        """Whether another scheduler's slot may still be going on, or be started."""
        host, _, pid = slot.holder.rpartition(":")
        if host == self.holder.rpartition(":")[0]:
            if slot.pid is not None and _crawls(slot.pid):
                return True
            if not psutil.pid_exists(int(pid)):
                return False
        return not schedules.gives_no_sign(session, slot)  # a process of that number may be somebody else's by now

    def _take_due(self) -> list[_Due]:
        """All slots and requests that are due now, each taken by a row of its own."""
        now, taken = utcnow(), []
        with self._database.session(read_only=True) as session:  # a long absence is counted while others may write
            active = [one for one in schedules.all_schedules(session) if not one.paused]
            settled = {one.id: schedules.settled_until(session, one) for one in active}
        self._mirror(active)
        missed = {one.id: due_times(one.cron, one.timezone, settled[one.id], now) for one in active}
        with self._database.session() as session:
            for schedule in (one for one in active if missed[one.id]):
                schedules.hold(session, schedule.id)
                if schedules.settled_until(session, schedule) != settled[schedule.id]:
                    continue  # somebody has taken some meanwhile
                if due := self._take_slot(session, schedule, missed[schedule.id]):
                    taken.append(due)
            taken += [due for request in schedules.take_requests(session) if (due := self._asked(session, request))]
        return taken

    def _asked(self, session: Any, request: RunRequest) -> _Due | None:
        if request.schedule_id is None:
            name = f"request {request.id}"
            return _Due(name=name, sources=request.sources, options=request.options, request_id=request.id)
        schedule = session.get_one(Schedule, request.schedule_id)
        slot_id = schedules.claim_slot(session, schedule.id, request.requested_at, self.holder, asked_for=True)
        if slot_id is None:
            return None
        request.slot_id = slot_id
        return _due(schedule, slot_id)

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

    def _take_slot(self, session: Any, schedule: Schedule, missed: Sequence[datetime]) -> _Due | None:
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
        return _due(schedule, slot_id)

    def _crawl(self, due: _Due) -> None:
        """One crawl as a process of its own, so that nothing it does can harm the scheduler."""
        slot_id, request_id = due.slot_id, due.request_id
        if slot_id is not None and not self._note(lambda session: schedules.start_slot(session, slot_id, self.holder)):
            return  # another scheduler has taken it over, or this one ends
        process = subprocess.Popen(
            [*self._command(due)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True
        )
        if slot_id is not None:
            self._note(lambda session: schedules.note_process(session, slot_id, process.pid))
        _, errors = process.communicate()
        code = process.returncode
        state, reason = _result(code, errors)
        if slot_id is not None:
            self._note(lambda session: schedules.finish_slot(session, slot_id, state, reason, code))
        elif request_id is not None:
            self._note(lambda session: end_request(session, request_id, code, reason))
        self._wake.set()

    def _note(self, what: Callable[[Any], _T]) -> _T | None:
        """Write down what became of a crawl; a database that is busy or away is asked again, else the slot would count
        as going on for ever. None where the scheduler ends first: the next one finds the slot as it was left."""
        while True:
            try:
                with self._database.session() as session:
                    return what(session)
            except StorageError as error:
                sys.stderr.write(f"scheduler: {error}\n")
                if self._stopping.wait(TICK_SECONDS):
                    return None

    def _command(self, due: _Due) -> list[str]:
        words = [sys.executable, "-m", "wildtrade", "--home", str(self._workspace.root), "crawl", *due.sources]
        for query in due.options.get("queries", ()):
            words += ["--query", query]
        if limit := due.options.get("limit"):
            words += ["--limit", str(limit)]
        if since := due.options.get("since"):
            words += ["--since", since]
        if urls := due.options.get("urls"):
            words += ["--urls", str(self._list_of(due, urls))]
        return [*words, "--quiet", "--json"]

    def _list_of(self, due: _Due, urls: Sequence[str]) -> Path:
        """A file with addresses: there may be more than a command line takes."""
        path = self._workspace.root / "data" / "requests" / f"{due.request_id}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(urls) + "\n", encoding="utf-8")
        return path


def _due(schedule: Schedule, slot_id: int) -> _Due:
    return _Due(name=schedule.name, sources=schedule.sources, options=schedule.options, slot_id=slot_id)


def _crawls(pid: int) -> bool:
    """Whether process ``pid`` is a crawl: after a restart of the machine its number may be another's."""
    try:
        return "crawl" in psutil.Process(pid).cmdline()
    except psutil.Error:
        return False


def _result(code: int, errors: str) -> tuple[SlotState, str]:
    """A slot's end from the exit code of its crawl, with the last line of what it complained about."""
    if code in set(Exit) and Exit(code) in _RESULTS:
        return _RESULTS[Exit(code)]
    last = (errors.strip().splitlines() or [f"ended with code {code}"])[-1]
    return SlotState.FAILED, last[:500]

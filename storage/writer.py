"""The writer: one thread that commits visits in groups.

What arrives within a fifth of a second forms a group: WARC bytes appended, each file synced once, one signed entry
of the custody log for each file, then one transaction. The price of a sync is shared; the guarantee stays per visit,
since its future resolves only after the commit (docs/decisions/0002 and 0009).
"""

from __future__ import annotations

import logging
import queue
import shutil
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import update
from sqlalchemy.exc import DBAPIError

from storage.custody.artifacts import attach
from storage.custody.audit import mirror
from storage.custody.checkpoints import checkpoint
from storage.custody.events import PROGRAM, Event
from storage.custody.log import CustodyLog
from storage.custody.stamps import Authority
from storage.database import Database
from storage.door import Recorded, Visit, record_all
from storage.errors import is_conflict
from storage.evidence import Sealed, WarcFile
from storage.models import Run, utcnow
from storage.priority import Severity
from storage.segments import Segments
from wildtrade.errors import StorageError, WildtradeError
from wildtrade.personal import AllowList

_GROUP = 200  # most visits in one transaction
_GATHER_SECONDS = 0.2  # how long the first visit of a group waits for others
_DISK_CHECK_SECONDS = 1.0
_PATIENCE = 3  # how often a group that got into another transaction's way is tried again
Entry = dict[str, int | str]
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Waiting:
    visit: Visit
    sealed: Sealed | None
    done: Future[Recorded]


class Writer:
    """Writes visits to evidence and database. Threads may share it. What ``kept`` does not name is not stored."""

    def __init__(
        self,
        database: Database,
        evidence: Path,
        free_space_floor_mb: int = 200,
        policy: Severity | None = None,
        *,
        log: CustodyLog | None = None,
        authority: Authority | None = None,
        kept: AllowList | None = None,
    ) -> None:
        self._database = database
        self._evidence = evidence
        self._log = log or CustodyLog(evidence)
        self._authority = authority
        self._floor = free_space_floor_mb * 2**20
        self._policy = policy
        self._kept = kept or AllowList()
        self._disk_checked = 0.0
        self._segments = Segments(database, self._log)
        self._waiting: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="storage writer", daemon=True)
        self._thread.start()

    def submit(self, visit: Visit, sealed: Sealed | None = None) -> Future[Recorded]:
        """Queue a visit; where its evidence will lie is filled in here.

        The future resolves once the visit is on the disk. It fails with a StorageError where disk or database refuse
        everything; a visit that cannot be stored for what it says itself resolves with ``Recorded.problem``.
        """
        if self._closed:
            raise StorageError("the writer is closed", fix="open another one")
        if visit.found:
            found = (replace(one, listing=self._kept.only(one.listing)) for one in visit.found)
            visit = replace(visit, found=tuple(found))
        done: Future[Recorded] = Future()
        self._waiting.put(_Waiting(visit, sealed, done))
        return done

    def close(self) -> None:
        """Write what waits and end the thread; a checkpoint seals what was written."""
        self._closed = True
        self._waiting.put(None)
        self._thread.join()
        self._segments.close()
        if self._segments.used:
            try:
                mirror(self._log, self._database)
                checkpoint(self._log, self._authority)
            except (WildtradeError, DBAPIError) as error:  # what was captured is safe; the next checkpoint covers it
                _log.error("no checkpoint was made: %s", error)

    def _run(self) -> None:
        while (group := self._next_group()) is not None:
            # Whoever gave up waiting meanwhile does so before the visit is written, or not at all.
            self._write([one for one in group if one.done.set_running_or_notify_cancel()])

    def _next_group(self) -> list[_Waiting] | None:
        first = self._waiting.get()
        if first is None:
            return None
        group = [first]
        end = time.monotonic() + _GATHER_SECONDS
        while len(group) < _GROUP and (left := end - time.monotonic()) > 0:
            try:
                one = self._waiting.get(timeout=left)
            except queue.Empty:
                break
            if one is None:
                self._waiting.put(None)  # the end comes after what was queued before it
                break
            group.append(one)
        return group

    def _write(self, group: Sequence[_Waiting]) -> None:
        try:
            results = self._commit_patiently(group)
        except WildtradeError as error:
            for one in group:
                one.done.set_exception(error)
        except Exception as error:  # noqa: BLE001 - the thread's boundary: whatever it is must reach those who wait
            if len(group) > 1:
                for one in group:  # one of them is at fault: the others must not suffer for it
                    self._write([one])
            else:
                self._give_up(group[0], error)
        else:
            for one, result in zip(group, results, strict=True):
                one.done.set_result(result)

    def _give_up(self, one: _Waiting, error: Exception) -> None:
        """Keep the page as evidence and end its unit as failed: fetching it again would bring the same."""
        _log.error("unit %d cannot be stored", one.visit.unit_id, exc_info=error)
        reason = f"what was read off this page cannot be stored: {type(error).__name__}: {error}"[:500]
        bare = replace(one.visit, found=(), units=(), gone_key=None, failed=reason)
        try:
            self._commit([replace(one, visit=bare)])
        except Exception as again:  # noqa: BLE001 - see _write
            one.done.set_exception(again if isinstance(again, WildtradeError) else StorageError(reason))
        else:
            one.done.set_result(Recorded(problem=reason))

    def _commit_patiently(self, group: Sequence[_Waiting]) -> list[Recorded]:
        for _ in range(_PATIENCE):
            try:
                return self._commit(group)
            except DBAPIError as error:
                if not is_conflict(error):
                    raise
        return self._commit(group)

    def _commit(self, group: Sequence[_Waiting]) -> list[Recorded]:
        """Evidence first, then the custody log, then the rows. Where one fails, the files are opened anew, as after a
        crash."""
        self._check_disk()
        touched: dict[WarcFile, list[Entry]] = {}
        try:
            visits = [self._append(one, touched) for one in group]
            for file in touched:
                file.sync()
            self._tell(visits, touched)
            with self._database.session() as session:
                results = record_all(session, visits, self._policy)
                runs = {visit.run_id for visit in visits}
                session.execute(update(Run).where(Run.id.in_(runs)).values(updated_at=utcnow()))
        except BaseException:
            self._segments.forget(touched)
            raise
        return results

    def _tell(self, visits: Sequence[Visit], touched: Mapping[WarcFile, list[Entry]]) -> None:
        """Put what is kept beside the WARCs in its place, then log all of it."""
        events = [Event("capture", PROGRAM, {"file": file.name, "records": new}) for file, new in touched.items()]
        with ExitStack() as held:
            for visit in visits:
                if visit.attachments and visit.capture is not None:
                    held.enter_context(self._log.held())  # nobody takes a file for a leftover before its entry
                    events += attach(self._log, visit.capture.file, visit.capture.record_sha256, visit.attachments)
            self._log.append_all(events)

    def _append(self, one: _Waiting, touched: dict[WarcFile, list[Entry]]) -> Visit:
        if one.sealed is None:
            return one.visit
        file = self._segments.of(one.visit.run_id, one.visit.source)
        if (new := touched.get(file)) is None:
            new = touched[file] = [] if file.begun is None else [entry_of(file.begun, 0, "warcinfo")]
            file.begun = None
        (offset,) = file.append([one.sealed.data])
        new.append(entry_of(one.sealed, offset, "page"))
        return replace(one.visit, capture=one.sealed.capture(file.name, offset))

    def _check_disk(self) -> None:
        if time.monotonic() - self._disk_checked < _DISK_CHECK_SECONDS:
            return
        free = shutil.disk_usage(_existing(self._evidence)).free
        if free < self._floor:
            raise StorageError(
                f"the disk is nearly full: {free // 2**20} MB left, the floor is {self._floor // 2**20} MB",
                file=str(self._evidence),
                fix="free some space and run the same command again: it goes on where it stopped",
            )
        self._disk_checked = time.monotonic()


def entry_of(sealed: Sealed, offset: int, kind: str) -> Entry:
    """What the custody log says of a record."""
    length, sha256 = len(sealed.data), sealed.record_sha256
    return {"offset": offset, "length": length, "sha256": sha256, "id": sealed.record_id, "kind": kind}


def _existing(folder: Path) -> Path:
    return next(one for one in (folder, *folder.absolute().parents) if one.is_dir())

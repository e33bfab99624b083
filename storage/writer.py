"""The writer: one thread that commits visits in groups.

What arrives within a twentieth of a second forms a group: WARC bytes appended, each file synced
once, then one transaction. The price of a sync is shared; the guarantee stays per visit, since its future resolves only
after the commit (docs/decisions/0002).
"""

from __future__ import annotations

import queue
import shutil
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import func, select, update
from sqlalchemy.exc import SQLAlchemyError

from storage.database import Database
from storage.door import Recorded, Visit, record_all
from storage.evidence import Sealed, WarcFile
from storage.models import PageCapture, Run, utcnow
from wildtrade.errors import StorageError, WildtradeError

_GROUP = 200  # most visits in one transaction
_ROTATE = 2**30  # bytes, then a run's next WARC begins
_GATHER_SECONDS = 0.05  # how long the first visit of a group waits for others
_DISK_CHECK_SECONDS = 1.0


@dataclass(slots=True)
class _Waiting:
    visit: Visit
    sealed: Sealed | None
    done: Future[Recorded]


class Writer:
    """Writes visits to evidence and database. Threads may share it."""

    def __init__(self, database: Database, evidence: Path, free_space_floor_mb: int = 200) -> None:
        self._database = database
        self._evidence = evidence
        self._floor = free_space_floor_mb * 2**20
        self._disk_checked = 0.0
        self._files: dict[int, WarcFile] = {}
        self._waiting: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="storage writer", daemon=True)
        self._thread.start()

    def submit(self, visit: Visit, sealed: Sealed | None) -> Future[Recorded]:
        """Queue a visit; the future resolves once it is on the disk, or fails with a StorageError."""
        done: Future[Recorded] = Future()
        self._waiting.put(_Waiting(visit, sealed, done))
        return done

    def close(self) -> None:
        """Write what waits and end the thread."""
        self._waiting.put(None)
        self._thread.join()
        for file in self._files.values():
            file.close()
        self._files.clear()

    def _run(self) -> None:
        while (group := self._next_group()) is not None:
            if group:
                self._write(group)

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

    def _write(self, group: list[_Waiting]) -> None:
        try:
            results = self._commit(group)
        except WildtradeError as error:
            for one in group:
                one.done.set_exception(error)
        except SQLAlchemyError as error:
            if len(group) == 1:
                group[0].done.set_exception(StorageError(f"this visit cannot be stored: {error}"))
                return
            for one in group:  # one of them is at fault: the others must not suffer for it
                self._write([one])
        else:
            for one, result in zip(group, results, strict=True):
                one.done.set_result(result)

    def _commit(self, group: list[_Waiting]) -> list[Recorded]:
        """Evidence first, then the rows. Where the rows fail, the evidence is cut back, as after a crash."""
        self._check_disk()
        before: dict[WarcFile, int] = {}
        try:
            visits = [self._append(one, before) for one in group]
            for file in before:
                file.sync()
            with self._database.session() as session:
                results = record_all(session, visits)
                runs = {visit.run_id for visit in visits}
                session.execute(update(Run).where(Run.id.in_(runs)).values(updated_at=utcnow()))
        except (WildtradeError, SQLAlchemyError):
            for file, size in before.items():
                file.cut(size)
            raise
        return results

    def _append(self, one: _Waiting, before: dict[WarcFile, int]) -> Visit:
        if one.sealed is None:
            return one.visit
        file = self._file_for(one.visit)
        before.setdefault(file, file.size)
        (offset,) = file.append([one.sealed.data])
        return replace(one.visit, capture=one.sealed.capture(file.name, offset))

    def _file_for(self, visit: Visit) -> WarcFile:
        file = self._files.get(visit.run_id)
        if file is not None and file.size < _ROTATE:
            return file
        if file is not None:
            file.close()
            number, end = int(file.name.split("-")[-1].partition(".")[0]) + 1, 0
        else:
            number, end = self._last_file(visit)
        name = f"{visit.source}-{visit.run_id:06d}-{number:03d}.warc.gz"
        self._files[visit.run_id] = WarcFile(self._evidence, name, end)
        return self._files[visit.run_id]

    def _last_file(self, visit: Visit) -> tuple[int, int]:
        """Number and committed end (bytes) of the run's last WARC; (1, 0) for a run without one."""
        query = (
            select(PageCapture.file, func.max(PageCapture.offset + PageCapture.length))
            .where(PageCapture.run_id == visit.run_id)
            .group_by(PageCapture.file)
            .order_by(PageCapture.file.desc())
        )
        with self._database.session(read_only=True) as session:
            row = session.execute(query).first()
        if row is None:
            return 1, 0
        return int(row[0].split("-")[-1].partition(".")[0]), int(row[1])

    def _check_disk(self) -> None:
        if time.monotonic() - self._disk_checked < _DISK_CHECK_SECONDS:
            return
        self._evidence.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(self._evidence).free
        if free < self._floor:
            raise StorageError(
                f"the disk is nearly full: {free // 2**20} MB left, the floor is {self._floor // 2**20} MB",
                file=str(self._evidence),
                fix="free some space and run the same command again: it goes on where it stopped",
            )
        self._disk_checked = time.monotonic()

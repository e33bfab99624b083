"""Which WARC a run writes to: one at a time, a next one when it is full, the last one again after a crash."""

from __future__ import annotations

import re
from collections.abc import Iterable

from storage.custody.log import CustodyLog
from storage.custody.recovery import recover, settle_rows
from storage.custody.state import FileState
from storage.database import Database
from storage.evidence import WarcFile

FULL = 2**30  # bytes, then a run's next WARC begins
_NAME = re.compile(r"-(\d+)(?:\.r\d+)?\.warc\.gz$")


class Segments:
    """The open WARC of each run. Used by one thread."""

    def __init__(self, database: Database, log: CustodyLog) -> None:
        self._database = database
        self._log = log
        self._open: dict[int, WarcFile] = {}
        self.used = False  # whether anything was to be written

    def of(self, run_id: int, source: str) -> WarcFile:
        """The file to append to, cut back to what the log knows where a crash left more. Raises StorageError."""
        file = self._open.get(run_id)
        if file is None:
            self._open[run_id] = self._last(f"{source}-{run_id:06d}")
        elif file.size >= FULL:
            file.close()
            self._open[run_id] = WarcFile(self._log.evidence, following(file.name), 0, self._log.tell_of)
        return self._open[run_id]

    def forget(self, files: Iterable[WarcFile]) -> None:
        """Close files after a failure. Whether the rows were committed, only the database can tell: the next ``of``
        asks it, as after a crash."""
        for file in files:
            file.close()
        self._open = {run_id: file for run_id, file in self._open.items() if not file.closed}

    def close(self) -> None:
        """Close all files."""
        self.forget(list(self._open.values()))

    def _last(self, stem: str) -> WarcFile:
        if not self.used:
            recover(self._log, self._database)
            self.used = True
        names = [name for name in self._log.state().files if name.startswith(f"{stem}-")]
        name = max(names, key=_number, default=f"{stem}-001.warc.gz")
        known = self._log.file(name)
        if known.end >= FULL or ".r" in name:
            name, known = following(name), FileState()
        settle_rows(self._log, self._database, name, known)
        return WarcFile(self._log.evidence, name, known.end, self._log.tell_of)


def following(name: str) -> str:
    """The name of a run's next WARC. One that was rewritten (``.r1``) is followed by the next number."""
    return f"{_NAME.sub('', name)}-{_number(name) + 1:03d}.warc.gz"


def _number(name: str) -> int:
    match = _NAME.search(name)
    if match is None:
        raise ValueError(f"{name} is not a run's WARC")
    return int(match[1])

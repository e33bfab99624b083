"""Which WARC a run writes to: one at a time, a next one when it is full, the last one again after a crash."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import func, select

from storage.database import Database
from storage.evidence import WarcFile
from storage.models import PageCapture

FULL = 2**30  # bytes, then a run's next WARC begins


class Segments:
    """The open WARC of each run. Used by one thread."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self._folder = folder
        self._open: dict[int, WarcFile] = {}

    def of(self, run_id: int, source: str) -> WarcFile:
        """The file to append to, cut back to what the database knows where a crash left more. Raises StorageError."""
        file = self._open.get(run_id)
        if file is None:
            number, end = self._committed(run_id)
        elif file.size >= FULL:
            file.close()
            number, end = _number(file.name) + 1, 0
        else:
            return file
        self._open[run_id] = WarcFile(self._folder, f"{source}-{run_id:06d}-{number:03d}.warc.gz", end)
        return self.of(run_id, source)

    def forget(self, files: Iterable[WarcFile]) -> None:
        """Close files after a failure. Whether the rows were committed, only the database can tell: the next ``of``
        asks it, as after a crash."""
        for file in files:
            file.close()
        self._open = {run_id: file for run_id, file in self._open.items() if not file.closed}

    def close(self) -> None:
        """Close all files."""
        self.forget(list(self._open.values()))

    def _committed(self, run_id: int) -> tuple[int, int]:
        """Number and committed end (bytes) of the run's last WARC; (1, 0) for a run without one."""
        query = (
            select(PageCapture.file, func.max(PageCapture.offset + PageCapture.length))
            .where(PageCapture.run_id == run_id)
            .group_by(PageCapture.file)
        )
        with self._database.session(read_only=True) as session:
            ends = {_number(file): int(end) for file, end in session.execute(query)}
        return max(ends.items(), default=(1, 0))


def _number(name: str) -> int:
    return int(name.removesuffix(".warc.gz").rpartition("-")[2])

"""One WARC being written."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from io import FileIO
from pathlib import Path

from storage.evidence.exchange import Sealed
from storage.evidence.sealing import seal_warcinfo
from storage.evidence.torn import Tail, missing, set_aside_tail, sync_folder, tail_of
from storage.locks import try_lock
from wildtrade.errors import StorageError

_PATIENCE_SECONDS = 5.0  # another process's recovery looks at each file for a moment
_FIX = "free some space, or name another evidence folder in wildtrade.toml; nothing stored so far is lost"


class WarcFile:
    """One WARC being written by one process, which holds a lock on it until ``close``.

    ``recorded_end`` is where the last record known to the custody log ends, in bytes; what lies behind it was left by
    a crash and is set aside, after ``on_tail`` was told. A new file starts with a warcinfo record (``begun``). Raises
    StorageError.
    """

    def __init__(
        self, folder: Path, name: str, recorded_end: int = 0, on_tail: Callable[[Tail], None] | None = None
    ) -> None:
        self.name = name
        self.size = recorded_end
        self.begun: Sealed | None = None
        self._path = folder / name
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if recorded_end and not self._path.exists():
                raise missing(self._path, 0, recorded_end)
            self._file = _open_alone(self._path)
            self._set_aside(on_tail)
            if not self.size:
                self.begun = seal_warcinfo(name)
                self.append([self.begun.data])
                self.sync()
            sync_folder(folder)
        except OSError as error:
            raise _refused(self._path, error) from error

    def _set_aside(self, on_tail: Callable[[Tail], None] | None) -> None:
        try:
            tail = tail_of(self._path, self.size)
            if tail is not None and on_tail is not None:
                on_tail(tail)
            set_aside_tail(self._path, self.size)
        except BaseException:
            self._file.close()
            raise

    @property
    def closed(self) -> bool:
        """True after ``close``."""
        return self._file.closed

    def append(self, blocks: Sequence[bytes]) -> list[int]:
        """Append sealed records; returns the offset of each, in bytes. On StorageError the file is as before."""
        offsets, end = [], self.size
        for block in blocks:
            offsets.append(end)
            end += len(block)
        try:
            write_all(self._file.fileno(), b"".join(blocks))
        except OSError as error:
            self._file.truncate(self.size)
            raise _refused(self._path, error) from error
        self.size = end
        return offsets

    def sync(self) -> None:
        """Return only when everything appended is on the disk."""
        try:
            os.fsync(self._file.fileno())
        except OSError as error:
            raise _refused(self._path, error) from error

    def close(self) -> None:
        """Close the file; nothing is lost without it."""
        self._file.close()


def _open_alone(path: Path) -> FileIO:
    """Open for appending under a lock. Raises StorageError where another process holds it."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        file = path.open("ab", buffering=0)
        # Recovery may have taken an empty file away between opening and locking.
        if try_lock(file.fileno()) and path.exists() and os.path.samestat(os.fstat(file.fileno()), path.stat()):
            return file
        file.close()
        time.sleep(0.05)
    raise _in_use(path)


def write_all(handle: int, data: bytes) -> None:
    """Write all of it: the system may take a part at a time."""
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]


def _refused(path: Path, error: OSError) -> StorageError:
    return StorageError(f"the evidence file cannot be written: {error.strerror}", file=str(path), fix=_FIX)


def _in_use(path: Path) -> StorageError:
    return StorageError(
        "another process writes to this evidence file", file=str(path), fix="wait until that crawl has ended"
    )

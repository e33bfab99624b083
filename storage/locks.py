"""Locks on files: one writer at a time, and who still writes. The system frees them when a process ends, however."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def _take(handle: int, wait: bool) -> None:
        try:
            msvcrt.locking(handle, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
        except PermissionError as error:
            raise BlockingIOError(error.errno, error.strerror) from error
else:
    import fcntl

    def _take(handle: int, wait: bool) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock that ``path`` (an empty file, made where it is missing) stands for; waits for it."""
    with path.open("ab") as file:
        _take(file.fileno(), wait=True)
        yield


def try_lock(handle: int) -> bool:
    """Lock an open file until it is closed; False where somebody else holds it. OSError where that cannot be done."""
    try:
        _take(handle, wait=False)
    except BlockingIOError:
        return False
    return True

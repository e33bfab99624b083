"""What a crash left half-written is set aside, never destroyed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from wildtrade.errors import StorageError

PART = ".part"  # ends the name of a file that is not yet whole; before it stands the writing process
FOLDER = "torn"  # beside the file whose tail it keeps


@dataclass(frozen=True, slots=True, kw_only=True)
class Tail:
    """The bytes of a file behind its recorded end. ``kept_as`` is their name in the folder ``torn``, made of their
    place and digest, so that setting the same tail aside twice makes one file."""

    file: str
    offset: int
    length: int
    sha256: str

    @property
    def kept_as(self) -> str:
        return f"{self.file}.{self.offset}.{self.sha256[:16]}"


def tail_of(path: Path, recorded_end: int) -> Tail | None:
    """What lies behind ``recorded_end`` (bytes), or None. Raises StorageError where the file is shorter than that:
    then evidence is missing and nobody may write on."""
    size = path.stat().st_size if path.exists() else 0
    if size < recorded_end:
        raise missing(path, size, recorded_end)
    if size == recorded_end:
        return None
    with path.open("rb") as file:
        file.seek(recorded_end)
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return Tail(file=path.name, offset=recorded_end, length=size - recorded_end, sha256=sha256)


def missing(path: Path, size: int, recorded: int) -> StorageError:
    """Evidence is not there any more (sizes in bytes)."""
    return StorageError(
        f"the evidence file holds {size} bytes, {recorded} are recorded",
        file=str(path),
        fix="restore the file from a backup; `wildtrade evidence verify` names the captures that are touched",
    )


def set_aside_tail(path: Path, recorded_end: int) -> Tail | None:
    """Move what lies behind a file's recorded end into the folder ``torn`` beside it; None where there is nothing.

    A crash leaves at most one group of visits there, whose units are fetched again; but evidence is never destroyed.
    """
    tail = tail_of(path, recorded_end)
    if tail is not None:
        keep(path, tail, path.parent / FOLDER)
        os.truncate(path, recorded_end)
    return tail


def keep(path: Path, tail: Tail, folder: Path) -> None:
    """Copy a tail to a folder; on return it is on the disk."""
    folder.mkdir(exist_ok=True)
    with path.open("rb") as file:
        file.seek(tail.offset)
        write_once(folder / tail.kept_as, file.read(tail.length))


def write_once(path: Path, data: bytes) -> None:
    """Put a file in its place whole or not at all, readable only, and on the disk on return."""
    part = path.with_name(f".{path.name}.{os.getpid()}{PART}")
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.chmod(0o444)
    part.replace(path)
    sync_folder(path.parent)


@contextmanager
def explained(folder: Path) -> Iterator[None]:
    """Turn what the disk refuses into a StorageError that says so."""
    try:
        yield
    except OSError as error:
        fix = "free some space and run the same command again: it goes on where it stopped"
        raise StorageError(
            f"the disk refuses: {error.strerror}", file=error.filename or str(folder), fix=fix
        ) from error


def sweep(folder: Path) -> None:
    """Take away what processes that are gone left unfinished; nothing was ever told of it."""
    for path in folder.glob(f".*{PART}"):
        pid = path.name.removesuffix(PART).rpartition(".")[2]
        if pid.isdecimal() and not psutil.pid_exists(int(pid)):
            path.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make a new file's name survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

"""Lawful erasure: a WARC is written anew without some records, and the log says which, by which rule and by whom.

The rest of retention (which records, holds, rows of the database) is decided elsewhere; this is the only place where
evidence is ever deleted.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple

from storage.custody.chain import Chain
from storage.custody.events import Event
from storage.custody.files import digest_of
from storage.custody.line import digest
from storage.custody.log import FOLDER, NAME, CustodyLog
from storage.custody.report import Report
from storage.custody.table import Place
from storage.evidence.torn import PART, sync_folder
from storage.locks import try_lock
from wildtrade.errors import RefusedError, StorageError

_REVISION = re.compile(r"(?:\.r(\d+))?\.warc\.gz$")


class Erased(NamedTuple):
    """What came of it: the new file, and where each kept record lies now (old offset -> new offset, bytes)."""

    new_file: str
    moved: dict[int, int]


def erase(log: CustodyLog, file: str, offsets: Collection[int], *, rule: str, actor: str, reason: str = "") -> Erased:
    """Erase the records of ``file`` that begin at ``offsets``. On return the new file and the log's entry are on the
    disk; the old file is still there: call ``finish_erasure`` once the database names the new one.

    Raises RefusedError while the file is written to, StorageError where a record to be kept does not hold any more.
    """
    path = log.evidence / file
    with log.held(), path.open("r+b") as old:
        if not try_lock(old.fileno()):
            fix = "wait until that crawl has ended"
            raise RefusedError("a crawl writes to this evidence file", file=str(path), fix=fix)
        places = _places(log, file)
        gone = [place for place in places if place.offset in offsets]
        if len(gone) < len(set(offsets)):
            raise StorageError("no record begins at some of these offsets", file=str(path), fix="ask the log again")
        new = log.evidence / _next_name(file)
        kept = [place for place in places if place not in gone]
        moved = dict(_copied(path, new, kept))
        details = {
            "file": file,
            "sha256": digest_of(path),
            "new_file": new.name,
            "new_size": new.stat().st_size,
            "new_sha256": digest_of(new),
            "erased": [{"offset": p.offset, "length": p.length, "sha256": p.sha256.hex()} for p in gone],
            "rule": rule,
            "reason": reason,
        }
        log.append_all([Event("erased", actor, details)])
    return Erased(new.name, moved)


def finish_erasure(log: CustodyLog, file: str) -> None:
    """Delete the old file. Raises ValueError where the log does not say that it was rewritten."""
    if file in log.state().files:
        raise ValueError(f"{file} is still in force")
    (log.evidence / file).unlink(missing_ok=True)
    sync_folder(log.evidence)


def _places(log: CustodyLog, file: str) -> list[Place]:
    chain = Chain(f"{FOLDER}/{NAME}", Report())
    chain.read(log.path, log.path.stat().st_size)
    return list(chain.tables.get(file, ()))


def _next_name(file: str) -> str:
    match = _REVISION.search(file)
    if match is None:
        raise ValueError(f"{file} is not a WARC")
    return f"{file[: match.start()]}.r{int(match[1] or 0) + 1}.warc.gz"


def _copied(path: Path, new: Path, kept: list[Place]) -> Iterator[tuple[int, int]]:
    """Copy the records, each checked again; yields old and new offset. The new file is whole or not there."""
    part = new.with_name(f".{new.name}.{os.getpid()}{PART}")
    with path.open("rb") as source, part.open("wb") as target:
        for place in kept:
            source.seek(place.offset)
            data = source.read(place.length)
            if digest(data) != place.sha256.hex():
                fix = "run `wildtrade evidence verify` first"
                raise StorageError(f"the record at byte {place.offset} has changed", file=str(path), fix=fix)
            yield place.offset, target.tell()
            target.write(data)
        target.flush()
        os.fsync(target.fileno())
    part.replace(new)
    sync_folder(new.parent)

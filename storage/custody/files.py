"""Reading the evidence files once, in order, against what the log says of them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from storage.custody.report import Kind, Report
from storage.custody.table import Place, Table
from storage.locks import try_lock


class Reader:
    """Reads WARCs. ``bad`` maps (file, offset) to what is wrong with a record there."""

    def __init__(self, folder: Path, report: Report) -> None:
        self._folder = folder
        self._report = report
        self.bad: dict[tuple[str, int], Kind] = {}

    def read(self, name: str, table: Table, prefixes: Mapping[int, str]) -> set[int]:
        """Compare a WARC with its records. ``prefixes`` are digests of its first N bytes, as checkpoints have them;
        returns those N that do not hold."""
        path = self._folder / name
        if not plain_file(self._folder, name):
            self._report.add(Kind.MISSING, name, f"the file with {len(table)} records is not there")
            self.bad |= {(name, place.offset): Kind.MISSING for place in table}
            return set()
        wanted, whole, wrong, end = dict(prefixes), hashlib.sha256(), set(), 0
        with path.open("rb", buffering=2**20) as file:
            for place in table:
                if place.offset != end:
                    self._gap(name, end, place)
                    file.seek(place.offset)
                data = file.read(place.length)
                whole.update(data)
                end = place.end
                self._compare(name, place, data, table)
                if end in wanted and whole.hexdigest() != wanted.pop(end):
                    wrong.add(end)
            self._behind(name, end, os.fstat(file.fileno()).st_size, file.fileno())
        return wrong | {size for size in wanted if size <= end}

    def _gap(self, name: str, end: int, place: Place) -> None:
        if place.offset > end:
            what = "no entry of the log names these bytes"
            self._report.add(Kind.ADDED, name, what, offset=end, length=place.offset - end)
        else:
            what = "the log names these bytes twice"
            self._report.add(Kind.CHANGED, name, what, offset=place.offset, length=place.length, entry=place.entry)

    def _compare(self, name: str, place: Place, data: bytes, table: Table) -> None:
        self._report.records += 1
        self._report.bytes += len(data)
        found = hashlib.sha256(data).digest()
        if found == place.sha256:
            return
        if len(data) < place.length:
            kind, what = Kind.MISSING, f"the record is cut: {len(data)} of {place.length} bytes are there"
        elif found in table:
            kind, what = Kind.REORDERED, "another record of this file stands here"
        else:
            kind, what = Kind.CHANGED, "the record is not the one that was captured"
        self.bad[name, place.offset] = kind
        self._report.add(kind, name, what, offset=place.offset, length=place.length, entry=place.entry)

    def _behind(self, name: str, end: int, size: int, handle: int) -> None:
        if size <= end:
            return
        if _is_locked(handle):
            self._report.notices.append(f"{name} is being written: {size - end} bytes at its end have no entry yet")
            return
        what = "no entry of the log names these bytes: added, or left by a crash (the next crawl sets those aside)"
        self._report.add(Kind.ADDED, name, what, offset=end, length=size - end)


def _is_locked(handle: int) -> bool:
    """Whether a writer holds the file; where files cannot be locked, nobody does."""
    try:
        return not try_lock(handle)
    except OSError:
        return False


def digest_of(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def plain_file(folder: Path, name: str) -> bool:
    """Whether a file lies there itself: no link to one elsewhere, no pipe or device, which may never end."""
    path = folder / name
    return not path.is_symlink() and path.is_file()


def everything(folder: Path) -> Iterator[str]:
    """Every file below a folder, relative, with forward slashes; links are files, not ways."""
    for root, folders, files in os.walk(folder):
        folders.sort()
        links = [name for name in folders if Path(root, name).is_symlink()]
        yield from (Path(root, name).relative_to(folder).as_posix() for name in sorted(files + links))

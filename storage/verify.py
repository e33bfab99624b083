"""Does the evidence still say what the database says it does? Reads every captured record again."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select
from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from storage.database import Database
from storage.models import PageCapture


@dataclass(kw_only=True)
class Verification:
    """How many captures were read and which of them are ``missing`` or ``changed`` (by page_capture id), and how many
    bytes of evidence no capture names (``stray``)."""

    checked: int = 0
    missing: list[int] = field(default_factory=list)
    changed: list[int] = field(default_factory=list)
    stray: int = 0

    @property
    def ok(self) -> bool:
        """True where every capture is there and unchanged."""
        return not self.missing and not self.changed


def verify_captures(database: Database, evidence: Path) -> Verification:
    """Read each captured record from its WARC, compare its hash, and check the digests inside."""
    report = Verification()
    ends: dict[str, int] = {}
    with database.session(read_only=True) as session:
        query = select(PageCapture).order_by(PageCapture.file, PageCapture.offset).execution_options(yield_per=500)
        for capture in session.scalars(query):
            report.checked += 1
            data = _bytes_of(evidence / capture.file, capture.offset, capture.length)
            if len(data) < capture.length:
                report.missing.append(capture.id)
            elif hashlib.sha256(data).hexdigest() != capture.record_sha256 or not all(_digests_hold(data)):
                report.changed.append(capture.id)
            ends[capture.file] = capture.offset + capture.length
    for file, end in ends.items():
        path = evidence / file
        report.stray += max(path.stat().st_size - end, 0) if path.is_file() else 0
    return report


def _bytes_of(path: Path, offset: int, length: int) -> bytes:
    if not path.is_file():
        return b""
    with path.open("rb") as file:
        file.seek(offset)
        return file.read(length)


def _digests_hold(data: bytes) -> Iterator[bool]:
    try:
        for record in ArchiveIterator(io.BytesIO(data), check_digests=True):
            while record.raw_stream.read(65536):
                pass
            yield record.digest_checker.passed is not False
    except ArchiveLoadFailed:
        yield False

"""Does the evidence still say what the database says it does? Every record is read again, every row held against it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select

from storage.custody.audit import compare_audit
from storage.custody.report import Kind, Report
from storage.custody.verify import Trust, Verified, verify_folder
from storage.database import Database
from storage.models import Artifact, PageCapture


@dataclass(kw_only=True)
class Verification:
    """How many captures were looked at and which of them are ``missing`` or ``changed`` (by page_capture id), and how
    many bytes of evidence no entry of the log names (``stray``). ``report`` holds everything else."""

    report: Report
    checked: int = 0
    missing: list[int] = field(default_factory=list)
    changed: list[int] = field(default_factory=list)

    @property
    def stray(self) -> int:
        """Bytes that nothing names."""
        return sum(one.length or 0 for one in self.report.problems if one.kind is Kind.ADDED)

    @property
    def ok(self) -> bool:
        """True where every capture is there and unchanged, and nothing else is wrong."""
        return self.report.ok


def verify_captures(database: Database, evidence: Path, trust: Trust | None = None) -> Verification:
    """Verify the evidence folder, then hold every row against it: rows without records, records without rows, rows
    that say something else. Without any evidence or rows there is nothing to verify."""
    with database.session(read_only=True) as session:
        empty = not evidence.exists() and session.scalar(select(PageCapture.id).limit(1)) is None
    if empty:
        return Verification(report=Report())
    verified = verify_folder(evidence, trust)
    result = Verification(report=verified.report)
    with database.session(read_only=True) as session:
        files = set(session.scalars(select(PageCapture.file).distinct()))
        compare_audit(session, verified.chain.audit, verified.report)
        for one in session.execute(select(Artifact.id, Artifact.path, Artifact.sha256)):
            if verified.chain.named.get(one.path) != one.sha256:
                what = f"row {one.id} of the database names this file, the log does not"
                verified.report.add(Kind.ROW, one.path, what)
    for name in sorted(files | verified.chain.tables.keys()):
        _compare(database, name, verified, result)
    return result


def _compare(database: Database, name: str, verified: Verified, result: Verification) -> None:
    """Walk the rows and the records of one file side by side."""
    table = verified.chain.tables.get(name, ())
    records = {place.offset: place for place in table if place.row}
    whole = max((place.end for place in table if not place.row), default=0)  # adopted from before the log
    query = select(PageCapture.id, PageCapture.offset, PageCapture.length, PageCapture.record_sha256, PageCapture.url)
    last = 0
    with database.session(read_only=True) as session:
        for row in session.execute(query.where(PageCapture.file == name).execution_options(yield_per=1000)):
            result.checked += 1
            place = records.pop(row.offset, None)
            last = max(last, row.offset + row.length)
            bad = verified.reader.bad.get((name, row.offset))
            if place is None and row.offset + row.length <= whole:
                continue
            if place is None or bad is Kind.MISSING:
                result.missing.append(row.id)
            elif bad is not None or (place.length, place.sha256.hex()) != (row.length, row.record_sha256):
                result.changed.append(row.id)
            if place is None:
                what = f"the database has a capture here (row {row.id}, {row.url}), the log has none"
                result.report.add(Kind.ROW, name, what, offset=row.offset, length=row.length)
            elif (place.length, place.sha256.hex()) != (row.length, row.record_sha256):
                what = f"row {row.id} of the database says something else of this record"
                result.report.add(Kind.ROW, name, what, offset=row.offset, length=row.length, entry=place.entry)
    _without_rows([place.offset for place in records.values()], last, name, result.report)


def _without_rows(offsets: list[int], last: int, name: str, report: Report) -> None:
    inner = [offset for offset in offsets if offset < last]
    for offset in inner:
        report.add(Kind.ROW, name, "the database has no row for this record", offset=offset)
    if outer := len(offsets) - len(inner):
        why = "a crawl is writing them, or was killed before the database had them (the next crawl settles that)"
        report.notices.append(f"{outer} records at the end of {name} have no row: {why}, or rows were deleted")

"""Exhibits: captures sealed for a case. The copy is write-once, named by its hash, and the custody log tells of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from storage.audit import Actor, record
from storage.custody import CustodyLog
from storage.custody.artifacts import VERIFY, keep, kept
from storage.custody.line import digest
from storage.database import clean_text
from storage.models import CaptureRow, CaseListing, CaseRow, Exhibit, PageCapture, utcnow
from wildtrade.errors import StorageError, UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """Whether an exhibit still is what was captured: its copy, and the original it was made from."""

    copy: str
    original: str

    @property
    def ok(self) -> bool:
        """True where the copy holds; an original that was lawfully erased or moved does not count against it."""
        return self.copy == "same"


def captures_of(session: Session, listing_id: int) -> Sequence[Row[CaptureRow, PageCapture]]:
    """The captures of a listing with their pages, newest first: what can be sealed."""
    joined = select(CaptureRow, PageCapture).join(PageCapture, PageCapture.id == CaptureRow.page_id)
    return session.execute(joined.where(CaptureRow.listing_id == listing_id).order_by(CaptureRow.id.desc())).all()


def seal_exhibit(
    session: Session, log: CustodyLog, case: CaseRow, capture: CaptureRow, who: Actor, shows: str = ""
) -> Exhibit:
    """Copy the records of a capture for good, tell the custody log, add the exhibit. The same capture is sealed once.

    Raises UsageError where the listing is not in the case, StorageError where the original does not hold any more.
    """
    page = session.get_one(PageCapture, capture.page_id)
    if session.get(CaseListing, (case.id, capture.listing_id)) is None:
        raise UsageError("this listing is not in the case", field="capture_id", fix="add it to the case first")
    there = select(Exhibit).where(
        Exhibit.case_id == case.id, Exhibit.page_id == page.id, Exhibit.listing_id == capture.listing_id
    )
    if (known := session.scalar(there)) is not None:
        return known
    path, seq = _copy(log, page, case, who)
    number = (session.scalar(select(func.max(Exhibit.number)).where(Exhibit.case_id == case.id)) or 0) + 1
    exhibit = Exhibit(
        case_id=case.id,
        number=number,
        listing_id=capture.listing_id,
        page_id=page.id,
        revision_id=capture.revision_id,
        record_sha256=page.record_sha256,
        length=page.length,
        path=path,
        shows=clean_text(shows.strip()),
        sealed_by=who.name,
        sealed_at=utcnow(),
        custody_seq=seq,
    )
    session.add(exhibit)
    session.flush()
    after = {"case": case.number, "number": number, "sha256": page.record_sha256}
    record(session, "exhibit_seal", who, kind="exhibit", id=exhibit.id, after=after)
    return exhibit


def _copy(log: CustodyLog, page: PageCapture, case: CaseRow, who: Actor) -> tuple[str, int]:
    """The copy's path and the log's entry. A copy that another case has is used again: it is named by its hash."""
    data = original(log.evidence, page)
    if digest(data) != page.record_sha256:
        raise StorageError("this capture has changed since it was made", file=str(log.evidence / page.file), fix=VERIFY)
    source = {"file": page.file, "offset": page.offset, "length": page.length}
    line = keep(log, data, ".warc.gz", who.name, {"kind": "exhibit", "case": case.number, "from": source})
    return line.details["path"], line.entry["seq"]


def original(evidence: Path, page: PageCapture) -> bytes:
    """The records of a page as they lie in its WARC. Raises StorageError where they are not there."""
    try:
        with (evidence / page.file).open("rb") as file:
            file.seek(page.offset)
            data = file.read(page.length)
    except OSError as error:
        raise StorageError(
            f"it cannot be read: {error.strerror}", file=str(evidence / page.file), fix=VERIFY
        ) from error
    if len(data) < page.length:
        raise StorageError("the capture is cut short", file=str(evidence / page.file), fix=VERIFY)
    return data


def sealed_bytes(evidence: Path, exhibit: Exhibit) -> bytes:
    """The records of an exhibit. Raises StorageError where the copy is missing or is not what was sealed."""
    return kept(evidence, exhibit.path, exhibit.record_sha256)


def check_exhibit(evidence: Path, exhibit: Exhibit, page: PageCapture) -> Check:
    """Read copy and original again: "same", "changed" or "missing"."""
    return Check(
        copy=_state(evidence / exhibit.path, exhibit.record_sha256),
        original=_state(evidence / page.file, exhibit.record_sha256, page.offset, page.length),
    )


def _state(path: Path, sha256: str, offset: int = 0, length: int = -1) -> str:
    """Of ``length`` bytes from ``offset`` on, or of all."""
    if not path.is_file():
        return "missing"
    with path.open("rb") as file:
        file.seek(offset)
        return "same" if digest(file.read(length)) == sha256 else "changed"

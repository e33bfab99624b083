"""Everything that goes into a package or a report, read once, in one state of database, evidence and log."""

from __future__ import annotations

import hashlib
import io
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import PurePosixPath
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session
from warcio.archiveiterator import ArchiveIterator

from storage.artifacts import artifact_bytes, artifacts_of_pages
from storage.cases import CaseFile, Happening, chronology, read_case
from storage.custody import CustodyLog
from storage.exhibits import sealed_bytes
from storage.exporting.extract import crawls
from storage.exporting.house import House
from storage.exporting.secrets import Clean, address_without_secrets, members, without_secrets
from storage.exporting.secrets import field as field_of
from storage.exporting.wacz import Page, make_wacz
from storage.models import ArtifactKind, AuditRow, CaseRow, Exhibit, FlagRow, PageCapture, Revision, utcnow
from storage.sellers import sellers_of_listings

_MOST = 2**25  # bytes of one unpacked document


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A file that was kept beside the WARC for an exhibit's page."""

    kind: ArtifactKind
    url: str
    media_type: str
    sha256: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One exhibit with what it holds. ``clean`` are its records without secrets, ``derived`` their SHA-256 (that of
    the original where nothing was taken out)."""

    exhibit: Exhibit
    page: PageCapture
    revision: Revision | None
    clean: Clean
    wacz: bytes = field(repr=False)
    files: dict[str, Kept] = field(default_factory=dict)  # by their name in the package

    @property
    def name(self) -> str:
        """EX-001."""
        return f"EX-{self.exhibit.number:03d}"

    @property
    def derived(self) -> str:
        return hashlib.sha256(self.clean.data).hexdigest()

    @property
    def verbatim(self) -> bool:
        """Whether the records hold the answer as it crossed the network; False for what a browser built and for rows
        of an imported file."""
        first = next(iter(members(self.clean.data)), None)
        return first is not None and field_of(first.head, "WARC-Type") == "response"

    @property
    def server_date(self) -> datetime | None:
        """The time that the server put into its answer; None where it gave none, or nobody saw the answer's head."""
        first = next(iter(members(self.clean.data)), None)
        try:
            said = parsedate_to_datetime(field_of(first.block.partition(b"\r\n\r\n")[0], "Date")) if first else None
        except ValueError:
            return None
        return said and (said.astimezone(UTC) if said.tzinfo else said.replace(tzinfo=UTC))

    @property
    def clock_difference(self) -> float | None:
        """Seconds that the server's clock was ahead of ours, to the second: what the page took to come is in it."""
        said = self.server_date
        return None if said is None else round((said - self.page.captured_at).total_seconds())

    @property
    def text(self) -> str:
        """What the listing said, as it was read off the page."""
        one = self.revision
        return "" if one is None else "\n\n".join(part for part in (one.title, one.description) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """A case as it stands at ``at``. ``anchor`` is the head of the custody log, ``key`` names the signing key;
    ``sellers`` are the numbers of the sellers of its listings, ``identities`` says whether the reader may know who they
    are."""

    file: CaseFile
    pieces: list[Piece]
    sellers: dict[int, int]
    chronology: list[Happening]
    audit: Sequence[AuditRow]
    at: datetime
    who: str
    anchor: str
    key: str
    house: House = field(default_factory=House)
    crawls: list[dict[str, Any]] = field(default_factory=list)  # what the log says of the runs that fetched the pages
    identities: bool = True

    @property
    def organisation(self) -> str:
        return self.house.organisation

    @property
    def case(self) -> CaseRow:
        return self.file.case

    @property
    def settings(self) -> list[tuple[str, str]]:
        """(lexicon version, model version) of the opinions on the case's listings."""
        found = {(one.lexicon_version, one.model_version) for _, _, _, one in self.file.listings if one}
        return sorted(found)


def gather(
    session: Session, log: CustodyLog, case: CaseRow, who: str, *, identities: bool = True, house: House | None = None
) -> Material:
    """Read a case. Raises StorageError where an exhibit is not what was sealed."""
    file = read_case(session, case)
    return Material(
        file=file,
        pieces=[_piece(session, log, exhibit, page) for exhibit, page in file.exhibits],
        sellers=sellers_of_listings(session, [listing.id for _, listing, _, _ in file.listings]),
        chronology=chronology(session, file),
        audit=_audit(session, file),
        at=utcnow(),
        who=who,
        anchor=log.anchor,
        key=log.signer.id,
        house=house or House(),
        crawls=crawls(log, {page.run_id for _, page in file.exhibits}),
        identities=identities,
    )


def _piece(session: Session, log: CustodyLog, exhibit: Exhibit, page: PageCapture) -> Piece:
    clean = without_secrets(sealed_bytes(log.evidence, exhibit))
    revision = session.get(Revision, exhibit.revision_id) if exhibit.revision_id else None
    one = Piece(exhibit=exhibit, page=page, revision=revision, clean=clean, wacz=b"")
    url = address_without_secrets(page.url)
    title = (revision.title if revision else "") or url
    first = Page(url=url, captured_at=page.captured_at, title=title, records=clean.data, text=one.text)
    wacz = make_wacz([first], title=f"{one.name}: {title}", created=exhibit.sealed_at)
    files = dict(_kept(session, log, page))
    return Piece(exhibit=exhibit, page=page, revision=revision, clean=clean, wacz=wacz, files=files)


def _kept(session: Session, log: CustodyLog, page: PageCapture) -> Iterator[tuple[str, Kept]]:
    """``screenshot-1.png``, ``dom-1.html``, ``images/1.jpg``, ..."""
    numbers: Counter[str] = Counter()
    for one in artifacts_of_pages(session, [page.id]):
        numbers[one.kind] += 1
        stem = "images/" if one.kind is ArtifactKind.MEDIA else f"{one.kind}-"
        data = artifact_bytes(log.evidence, one)
        kept = Kept(kind=one.kind, url=one.url, media_type=one.media_type, sha256=one.sha256, data=data)
        yield f"{stem}{numbers[one.kind]}{PurePosixPath(one.path).suffix}", kept


def _audit(session: Session, file: CaseFile) -> Sequence[AuditRow]:
    """The audit rows about the case, its exhibits and the flags of its listings."""
    flags = select(FlagRow.id).where(FlagRow.listing_id.in_([listing.id for _, listing, _, _ in file.listings]))
    about = {
        "case": [str(file.case.id)],
        "exhibit": [str(exhibit.id) for exhibit, _ in file.exhibits],
        "flag": [str(one) for one in session.scalars(flags)],
    }
    wanted = [and_(AuditRow.object_kind == kind, AuditRow.object_id.in_(ids)) for kind, ids in about.items()]
    return session.scalars(select(AuditRow).where(or_(*wanted)).order_by(AuditRow.seq)).all()


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One record's content, unpacked (at most 32 MiB of it): the page, its rendered DOM, a screenshot. ``head`` is of
    the HTTP message, ``said`` is what the record says around it: when, from which address, how it was secured."""

    kind: str
    url: str
    media_type: str
    head: list[tuple[str, str]]
    said: dict[str, str]
    body: bytes = field(repr=False)


def documents(records: bytes) -> Iterator[Document]:
    """The records of an exhibit. What a server sent wrongly packed stays packed."""
    for record in ArchiveIterator(io.BytesIO(records)):
        http: Any = record.http_headers
        try:
            body = record.content_stream().read(_MOST)
        except (zlib.error, OSError, ValueError):
            body = b""
        media = http.get_header("Content-Type") if http else record.rec_headers.get_header("Content-Type")
        yield Document(
            kind=record.rec_type,
            url=record.rec_headers.get_header("WARC-Target-URI") or "",
            media_type=(media or "").partition(";")[0].strip(),
            head=[("", f"{http.protocol} {http.statusline}"), *http.headers] if http else [],
            said=dict(record.rec_headers.headers),
            body=body,
        )

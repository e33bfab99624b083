"""Files brought in: a CSV, JSON Lines, or a plain list of addresses becomes rows to review and addresses to capture.

Reading is pure and says for each bad line what is wrong; the rows are stored as listings by ``crawler.importing``.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from storage.database import clean_text
from storage.models import ImportFile, ImportState, utcnow
from wildtrade.errors import UsageError
from wildtrade.records import Listing, Money
from wildtrade.sources import Source, source_of
from wildtrade.urls import canonical_url

SOURCE = "import"
LONGEST = 16 * 2**20  # bytes of a file
MOST = 20_000  # rows of a file
MOST_PROBLEMS = 200
_LONGEST_FIELD = 200_000  # characters
_NAMES = {
    "link": "url", "address": "url", "text": "description", "body": "description", "content": "description",
    "name": "title", "headline": "title", "amount": "price", "username": "seller", "user": "seller", "author": "seller",
    "place": "location", "city": "location", "date": "posted_at", "posted": "posted_at", "id": "key",
    "image": "images", "photos": "images",
}  # fmt: skip
_FIELDS = frozenset(_NAMES.values()) | {"currency", "language"}


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a file: ``number`` is its line, counted from 1."""

    number: int
    listing: Listing

    @property
    def has_text(self) -> bool:
        """Whether there is something to review; else the page has to be captured."""
        return bool(self.listing.title or self.listing.description)


@dataclass(slots=True)
class Parsed:
    """What a file holds. ``problems`` are (line, what is wrong)."""

    lines: list[Line] = field(default_factory=list)
    problems: list[tuple[int, str]] = field(default_factory=list)

    def complain(self, number: int, problem: str) -> None:
        """Note a bad line."""
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append((number, problem))


def parse(name: str, data: bytes) -> Parsed:
    """Read a file. Raises UsageError where it is none of the three kinds, empty, or too large."""
    text = _text(name, data)
    parsed = Parsed()
    for number, row in _rows(name, text):
        if number > MOST + 1:
            raise UsageError(f"more than {MOST:,} rows", file=name, line=number, fix="split the file")
        try:
            parsed.lines.append(Line(number, _listing(row, digest(data), number)))
        except ValueError as problem:
            parsed.complain(number, str(problem))
    if not parsed.lines and not parsed.problems:
        raise UsageError("there are no rows", file=name, fix="see docs/operators.md, Bringing in listings")
    return parsed


def digest(data: bytes) -> str:
    """SHA-256 of a file, 64 hex digits."""
    return hashlib.sha256(data).hexdigest()


def _text(name: str, data: bytes) -> str:
    if len(data) > LONGEST:
        raise UsageError(f"{len(data):,} bytes are too many", file=name, fix=f"at most {LONGEST:,}: split the file")
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise UsageError("this is no UTF-8 text", file=name, line=line, fix="save it as CSV UTF-8") from error


def _rows(name: str, text: str) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    """(line, fields by name, or what is wrong with the line)."""
    first = next((line.strip() for line in text.splitlines() if line.strip()), "")
    if not first:
        return iter(())
    if first.startswith("{"):
        return _json_rows(text)
    if _is_address(first):
        return ((at, {"url": line.strip()}) for at, line in enumerate(text.splitlines(), 1) if line.strip())
    return _csv_rows(name, text)


def _json_rows(text: str) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            row = None
        yield number, row if isinstance(row, dict) else "this is no JSON object"


def _csv_rows(name: str, text: str) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    head = text[:4096].split("\n", 1)[0]
    delimiter = max(",;\t|", key=head.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    csv.field_size_limit(4 * _LONGEST_FIELD)
    try:
        columns = {_NAMES.get(key, key) for key in map(_plain, reader.fieldnames or ())}
    except csv.Error as error:
        fix = "name the columns in the first line"
        raise UsageError(f"not valid CSV: {error}", file=name, line=1, fix=fix) from error
    if not columns & {"url", "title", "description"}:
        fix = "name the columns in the first line: url, title, description, price, currency, seller, location, ..."
        raise UsageError("no column is called url, title or description", file=name, line=1, fix=fix)
    try:
        for row in reader:
            yield reader.line_num, "more cells than columns" if None in row else row
    except csv.Error as error:
        yield reader.line_num, f"not valid CSV: {error}"


def _plain(name: Any) -> str:
    return str(name or "").strip().casefold().replace(" ", "_")


def _listing(row: Mapping[str, Any] | str, sha256: str, number: int) -> Listing:
    """Raises ValueError that says what is wrong with the line."""
    if isinstance(row, str):
        raise ValueError(row)
    plain = ((_NAMES.get(_plain(key), _plain(key)), value) for key, value in row.items())
    given: dict[str, Any] = {name: value for name, value in plain if name in _FIELDS and value not in (None, "", [])}
    said = {name: _words(name, given.get(name)) for name in _FIELDS - {"images", "price"}}
    url = said["url"]
    if url is not None and not _is_address(url):
        raise ValueError(f"url: {url[:80]!r} is no http(s) address")
    if not (url or said["title"] or said["description"]):
        raise ValueError("neither url, title nor description")
    return Listing(
        source=SOURCE,
        key=said["key"] or (canonical_url(url) if url else f"{sha256[:16]}-{number}"),
        url=url or f"urn:sha256:{sha256}#line={number}",
        title=said["title"],
        description=said["description"],
        price=_price(given.get("price"), said["currency"]),
        seller=said["seller"],
        location=said["location"],
        images=_images(given.get("images")),
        posted_at=_day(said["posted_at"]),
        language=said["language"],
        identifiers={"import": sha256[:16], "line": str(number)},
    )


def _words(name: str, value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str | int | float):
        raise ValueError(f"{name}: text is expected")
    text = clean_text(str(value)).strip()
    if len(text) > _LONGEST_FIELD:
        raise ValueError(f"{name}: more than {_LONGEST_FIELD:,} characters")
    return text or None


def _price(value: Any, currency: str | None) -> Money | None:
    if value is None:
        return None
    text, code = str(value).strip(), currency.upper() if currency else None
    with suppress(InvalidOperation):
        amount = Decimal(text.replace(" ", "").replace("\u00a0", ""))
        if amount.is_finite() and 0 <= amount < 10**15 and (code is None or (len(code) == 3 and code.isalpha())):
            return Money(amount=amount, currency=code)
    raise ValueError(
        f"price: {text[:40]!r} is no number, or currency is no code of three letters; write 1250.50 and USD"
    )


def _images(value: Any) -> tuple[str, ...]:
    found = value if isinstance(value, list) else str(value or "").split()
    bad = next((str(one) for one in found if not _is_address(str(one))), None)
    if bad is not None:
        raise ValueError(f"images: {bad[:80]!r} is no http(s) address")
    return tuple(str(one) for one in found)


def _day(value: str | None) -> date | None:
    if value is None:
        return None
    try:
        return date.fromisoformat(value[:10])
    except ValueError as error:
        raise ValueError(f"posted_at: {value[:40]!r} is no date; write 2026-11-24") from error


def _is_address(text: str) -> bool:
    try:
        canonical_url(text)
    except ValueError:
        return False
    return not any(letter.isspace() for letter in text.strip())


def by_source(
    lines: Iterable[Line], sources: Mapping[str, Source]
) -> tuple[dict[str, list[str]], list[tuple[int, str]]]:
    """Addresses without a text, by the source that reads their site, and those that no enabled source reads."""
    found: dict[str, list[str]] = {}
    problems = []
    for line in (line for line in lines if not line.has_text):
        source = source_of(line.listing.url, sources.values())
        if source is None:
            problems.append((line.number, f"url: no source reads {urlsplit(line.listing.url).hostname}"))
        else:
            found.setdefault(source.id, []).append(line.listing.url)
    return found, problems


def keep_file(session: Session, name: str, data: bytes, actor: str, note: str = "") -> ImportFile:
    """Keep a file to be brought in; what is wrong with its lines is noted. Raises UsageError as ``parse`` does."""
    parsed = parse(name, data)
    row = ImportFile(
        name=clean_text(name)[:200],
        note=clean_text(note),
        content=clean_text(_text(name, data)),
        sha256=digest(data),
        actor=actor,
        to_review=sum(line.has_text for line in parsed.lines),
        to_capture=sum(not line.has_text for line in parsed.lines),
        problems=[list(problem) for problem in parsed.problems],
    )
    session.add(row)
    session.flush()
    return row


def files(session: Session, limit: int = 50) -> list[ImportFile]:
    """The files brought in, newest first."""
    return list(session.scalars(select(ImportFile).order_by(ImportFile.id.desc()).limit(limit)))


def next_waiting(session: Session) -> int | None:
    """Take the oldest file that waits; its id, or None."""
    here = select(ImportFile.id).where(ImportFile.state == ImportState.WAITING).order_by(ImportFile.id).limit(1)
    found: int | None = session.scalar(here.with_for_update(skip_locked=True))
    if found is not None:
        take(session, found)
    return found


def take(session: Session, import_id: int) -> None:
    """Say that a file is being brought in now."""
    session.execute(update(ImportFile).where(ImportFile.id == import_id).values(state=ImportState.RUNNING))


def end_import(session: Session, import_id: int, state: ImportState, reason: str, **values: Any) -> None:
    """Say what became of a file."""
    row = session.get_one(ImportFile, import_id)
    row.state, row.reason, row.ended_at = state, reason[:500], utcnow()
    for name, value in values.items():
        setattr(row, name, value)
    session.flush()

"""``wildtrade extract``: saved pages into listings."""

from __future__ import annotations

import json
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import typer

from wildtrade.errors import Exit, ParseError, UsageError
from wildtrade.output import print_json, to_json

if TYPE_CHECKING:
    from spiders.box import ParseBox
    from wildtrade.records import Page, PageReading

extract = typer.Typer(add_completion=False, help="Read saved pages into listings.")

KINDS = ("listing", "search", "social", "api")
_TYPES = {".json": "application/json", ".js": "text/javascript", ".ts": "text/javascript"}
_SITE = re.compile(r"^(?P<site>.+?)(?:_\d+)?(?:\.(?:html?|mhtml?|json|js|ts|xhtml|txt))?(?:\.gz)?$", re.IGNORECASE)


@extract.command()
def main(
    file: Path = typer.Argument(None, help="One saved page: HTML, MHTML or JSON, also gzipped."),
    url: str = typer.Option("", "--url", help="Its address; else https://<site in the file name>/."),
    kind: str = typer.Option("", "--kind", help=f"What to expect: {', '.join(KINDS)}."),
    input_file: Path = typer.Option(
        None, "--input", help="JSON lines {file, url, kind?, fetched_at?}; `file` relative to it."
    ),
    output_file: Path = typer.Option(None, "--output", help="Where the JSON lines go; else to standard output."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON."),
) -> int:
    """Read one page, or every page named by a file of JSON lines (exit code 6 where some could not be read)."""
    if (file is None) == (input_file is None):
        raise UsageError("give one page, or --input with a list of pages", fix="wildtrade extract page.html --json")
    if input_file is not None:
        return _extract_all(input_file, output_file)
    entry = {"file": str(file), "url": url, "kind": kind}
    with _box() as box:
        found = _extract(entry, Path(), box)
    if as_json:
        print_json(found)
    else:
        print(to_json(found, indent=2))
    return Exit.OK


class _box:
    """The parse box for the time of a ``with`` block."""

    def __enter__(self) -> ParseBox:
        from spiders.box import ParseBox

        self.box = ParseBox("spiders.reading:read_page")
        return self.box

    def __exit__(self, *_: object) -> None:
        self.box.close()


def _extract_all(source: Path, target: Path | None) -> int:
    """Line by line, so that any number of pages goes through; a bad line becomes ``{file, error}``."""
    bad = 0
    with _box() as box, _lines_of(source) as lines, _writer(target) as out:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            entry: dict[str, Any] = {"file": None}
            try:
                entry = _entry(line, number)
                found = _extract(entry, source.parent, box)
            except (ParseError, UsageError) as error:
                bad += 1
                found = {"file": entry["file"], "error": error.message, "line": number}
            print(to_json(found), file=out, flush=target is None)
    if bad:
        print(f"{bad} line{'s' if bad > 1 else ''} could not be read: see `error` in the output", file=sys.stderr)
    return Exit.PARTIAL if bad else Exit.OK


class _writer:
    """Standard output, or a file that appears under its name only when it is whole."""

    def __init__(self, target: Path | None) -> None:
        self.target = target

    def __enter__(self) -> IO[str]:
        if self.target is None:
            return sys.stdout
        self.part = self.target.with_name(f".{self.target.name}.part")
        try:
            self.file: IO[str] = self.part.open("w", encoding="utf-8")
        except OSError as error:
            raise UsageError(
                f"cannot write: {error.strerror}", file=str(self.target), fix="choose another --output"
            ) from error
        return self.file

    def __exit__(self, failed: type[BaseException] | None, *_: object) -> None:
        if self.target is None:
            return
        self.file.close()
        if failed is None:
            self.part.replace(self.target)
        else:
            self.part.unlink()


def _lines_of(path: Path) -> IO[str]:
    try:
        return path.open(encoding="utf-8", errors="replace")
    except OSError as error:
        raise UsageError(
            f"cannot read: {error.strerror}", file=str(path), fix="check the path given to --input"
        ) from error


def _entry(line: str, number: int) -> dict[str, Any]:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ParseError(f"line {number} is not JSON: {error}") from error
    if not isinstance(entry, dict) or not isinstance(entry.get("file"), str) or not entry["file"]:
        raise ParseError(f"line {number} names no `file`")
    return entry


def _extract(entry: dict[str, Any], folder: Path, box: ParseBox) -> dict[str, Any]:
    """One page as the command's JSON. Raises ParseError, UsageError."""
    from spiders.box import BoxError
    from spiders.fallback import read_fallback

    page = _page(entry, folder)
    try:
        reading: PageReading = box.call(page)
    except BoxError as error:
        reading = read_fallback(page, reason=str(error))
    return {"file": entry["file"], **to_dict(reading)}


def _page(entry: dict[str, Any], folder: Path) -> Page:
    from spiders.envelopes import MAX_BODY, gunzip
    from wildtrade.records import Page, PageKind

    path = folder / entry["file"]
    try:
        with path.open("rb") as file:
            body = gunzip(file.read(MAX_BODY))
    except (OSError, ValueError) as error:
        raise ParseError(
            f"cannot read {entry['file']}: {getattr(error, 'strerror', None) or error}",
            file=str(path),
            fix="check the path; a relative one starts at the folder of the input file",
        ) from error
    hint = entry.get("kind") or ""
    if hint and hint not in KINDS:
        raise UsageError(f"unknown kind {hint!r}", field="kind", fix=f"one of {', '.join(KINDS)}")
    kinds = [_TYPES[suffix] for suffix in path.suffixes if suffix in _TYPES]
    return Page(
        url=_url(entry.get("url"), path.name),
        body=body,
        content_type=kinds[-1] if kinds else "text/html",
        kind_hint=PageKind(hint) if hint else None,
        fetched_at=_moment(entry.get("fetched_at")),
    )


def _url(url: Any, name: str) -> str:
    if url:
        if not isinstance(url, str) or not re.match(r"https?://[^/\s]+", url):
            raise UsageError(
                f"not an http(s) URL: {str(url)[:200]!r}", field="url", fix="e.g. https://example.com/ad/1"
            )
        return url
    found = _SITE.match(name)
    return f"https://{found['site'] if found else name}/"


def _moment(value: Any) -> datetime | None:
    if not value:
        return None
    try:
        moment = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    except ValueError as error:
        raise ParseError(f"fetched_at is no ISO 8601 time: {value!r}") from error
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def to_dict(reading: PageReading) -> dict[str, Any]:
    """A reading in the command's stable shape."""
    from wildtrade.records import PageKind

    found: dict[str, Any] = {"kind": reading.kind.value}
    if reading.kind is PageKind.BLOCKED:
        found["reason"] = reading.blocked_reason
    elif reading.kind is PageKind.SEARCH:
        found |= {"listing_urls": list(reading.listing_urls), "next_page": reading.next_page}
    elif reading.kind is PageKind.LISTING:
        found |= next((_listing(listing) for listing in reading.listings), _NOTHING)
    else:
        listings = [{"url": listing.url, **_listing(listing)} for listing in reading.listings]
        found |= {"listings": listings, "next_page": reading.next_page}
    if reading.warnings:
        found["warnings"] = list(reading.warnings)
    return found


_NOTHING: dict[str, Any] = dict.fromkeys(
    ("title", "price", "seller", "location", "description", "posted_at", "status")
) | {
    "images": [],
    "identifiers": {},
}


def _listing(listing: Any) -> dict[str, Any]:
    price = listing.price
    return {
        "title": listing.title,
        "price": None if price is None else {"amount": format(price.amount, "f"), "currency": price.currency},
        "seller": listing.seller,
        "location": listing.location,
        "description": listing.description,
        "images": list(listing.images),
        "posted_at": listing.posted_at.isoformat() if listing.posted_at else None,
        "status": listing.status.value if listing.status else None,
        "identifiers": dict(listing.identifiers),
    }

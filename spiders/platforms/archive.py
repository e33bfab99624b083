"""Saved archives as a source: WARC and WACZ files and folders of saved pages become pages like any other."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO, ClassVar

from spiders.envelopes import MAX_BODY, gunzip
from spiders.platforms.marketplace import Marketplace
from wildtrade.errors import ParseError
from wildtrade.records import Page

MAX_PAGES = 1_000_000
_PAGES = (".html", ".htm", ".mhtml", ".mht", ".json", ".xhtml")


class Archive(Marketplace):
    """Reads saved pages as it would read fetched ones; where they lie is the business of ``saved_pages``."""

    engine: ClassVar[str] = "archive"


def saved_pages(path: Path) -> Iterator[Page]:
    """The pages of a WARC (.warc, .warc.gz), a WACZ, or a folder of saved pages, in the order they are kept.

    Raises ParseError for a path that is none of these or cannot be read.
    """
    if path.is_dir():
        yield from _folder(path)
    elif path.suffix == ".wacz":
        yield from _wacz(path)
    elif path.name.endswith((".warc", ".warc.gz")):
        with path.open("rb") as file:
            if not file.read(5).startswith((b"WARC/", b"\x1f\x8b")):
                raise ParseError("not a WARC file", file=str(path), fix="check that the file is whole")
            file.seek(0)
            yield from _warc(file, path.name)
    else:
        raise ParseError(
            "not an archive", file=str(path), fix="give a .warc, .warc.gz or .wacz file, or a folder of pages"
        )


def _folder(folder: Path) -> Iterator[Page]:
    for path in sorted(folder.rglob("*")):
        if path.name.removesuffix(".gz").lower().endswith(_PAGES) and path.is_file():
            with path.open("rb") as file:
                body = gunzip(file.read(MAX_BODY))
            kind = "application/json" if ".json" in path.suffixes else "text/html"
            yield Page(url=path.resolve().as_uri(), body=body, content_type=kind)


def _wacz(path: Path) -> Iterator[Page]:
    try:
        with zipfile.ZipFile(path) as bundle:
            for entry in bundle.infolist():
                if PurePosixPath(entry.filename).parts[:1] == ("archive",) and ".warc" in entry.filename:
                    with bundle.open(entry) as file:
                        yield from _warc(file, entry.filename)
    except zipfile.BadZipFile as error:
        raise ParseError(f"not a WACZ file: {error}", file=str(path), fix="check that the file is whole") from error


def _warc(file: IO[bytes], name: str) -> Iterator[Page]:
    from warcio.archiveiterator import ArchiveIterator
    from warcio.exceptions import ArchiveLoadFailed

    try:
        for count, record in enumerate(ArchiveIterator(file)):
            if count >= MAX_PAGES:
                return
            if record.rec_type != "response" or record.http_headers is None:
                continue
            kind = record.http_headers.get_header("Content-Type") or "text/html"
            if not kind.startswith(("text/html", "application/xhtml", "application/json", "text/plain")):
                continue
            moment = record.rec_headers.get_header("WARC-Date") or ""
            yield Page(
                url=record.rec_headers.get_header("WARC-Target-URI") or "",
                body=record.content_stream().read(MAX_BODY),
                status=int(record.http_headers.get_statuscode() or 200),
                content_type=kind,
                fetched_at=_utc(moment),
                complete=record.rec_headers.get_header("WARC-Truncated") is None,
            )
    except ArchiveLoadFailed as error:
        raise ParseError(f"not a WARC file: {error}", file=name, fix="check that the file is whole") from error


def _utc(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC)
    except ValueError:
        return None

"""WACZ 1.1.1: a web archive that opens in ReplayWeb.page, made of sealed records."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from storage.exporting.secrets import Member, field, members
from storage.iso import utc_text
from wildtrade import __version__

MEDIA_TYPE = "application/wacz"
_ARCHIVE = "archive/data.warc.gz"
_STATUS = re.compile(rb"HTTP/[\d.]+ (\d{3})")
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)  # the same content makes the same file


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page to begin with. ``records`` are its WARC members, the page itself first; ``text`` is what it says."""

    url: str
    captured_at: datetime
    title: str
    records: bytes
    text: str = ""


def make_wacz(pages: Iterable[Page], *, title: str, created: datetime) -> bytes:
    """The archive of these pages as one file."""
    pages = list(pages)
    archive = b"".join(page.records for page in pages)
    files = {
        _ARCHIVE: archive,
        "indexes/index.cdx": _index(archive),
        "pages/pages.jsonl": _pages(pages),
    }
    package = _json({**_about(pages, title, created), "resources": [_resource(*one) for one in files.items()]})
    files["datapackage.json"] = package
    files["datapackage-digest.json"] = _json({"path": "datapackage.json", "hash": _sha256(package)})
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_STORED) as target:
        for name, data in files.items():
            target.writestr(zipfile.ZipInfo(name, _FIRST_DAY), data)
    return whole.getvalue()


def _about(pages: list[Page], title: str, created: datetime) -> dict[str, Any]:
    main = {"mainPageUrl": pages[0].url, "mainPageDate": utc_text(pages[0].captured_at, "seconds")} if pages else {}
    return {
        "profile": "data-package",
        "wacz_version": "1.1.1",
        "title": title,
        "created": utc_text(created, "seconds"),
        "software": f"wildtrade {__version__}",
        **main,
    }


def _resource(name: str, data: bytes) -> dict[str, Any]:
    return {"name": name.rpartition("/")[2], "path": name, "hash": _sha256(data), "bytes": len(data)}


def _pages(pages: list[Page]) -> bytes:
    lines: list[dict[str, Any]] = [{"format": "json-pages-1.0", "id": "pages", "title": "All Pages", "hasText": True}]
    for page in pages:
        name = hashlib.sha256(f"{page.url} {page.captured_at}".encode()).hexdigest()[:22]
        ts = utc_text(page.captured_at, "seconds")
        lines.append({"id": name, "url": page.url, "ts": ts, "title": page.title or page.url, "text": page.text})
    return b"\n".join(_json(line) for line in lines) + b"\n"


def _index(archive: bytes) -> bytes:
    """CDXJ, sorted: where the answer to each address lies."""
    lines = [_entry(one) for one in members(archive) if field(one.head, "WARC-Type") in ("response", "resource")]
    return "".join(f"{line}\n" for line in sorted(lines)).encode()


def _entry(member: Member) -> str:
    url = field(member.head, "WARC-Target-URI")
    status = _STATUS.match(member.block)
    http = member.block.partition(b"\r\n\r\n")[0] if status else member.head
    entry = {
        "url": url,
        "mime": field(http, "Content-Type").partition(";")[0].strip() or "application/octet-stream",
        "status": status[1].decode() if status else "200",
        "digest": field(member.head, "WARC-Payload-Digest"),
        "length": str(member.length),
        "offset": str(member.offset),
        "filename": _ARCHIVE.rpartition("/")[2],
    }
    stamp = re.sub(r"\D", "", field(member.head, "WARC-Date"))[:14]
    return f"{sort_key(url)} {stamp} {json.dumps(entry, ensure_ascii=False)}"


def sort_key(url: str) -> str:
    """The address as an index sorts it: host turned round, in small letters, without scheme and leading www."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return url.casefold()
    if not host:
        return url.casefold()
    labels = host.removeprefix("www.").split(".")
    turned = ",".join(labels if host.replace(".", "").isdecimal() else reversed(labels))
    query = f"?{'&'.join(sorted(parts.query.split('&')))}" if parts.query else ""
    place = f":{port}" if port and port not in (80, 443) else ""
    return f"{turned}{place}){parts.path or '/'}{query}".casefold()


def _sha256(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")

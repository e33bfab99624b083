"""Saved files that wrap a page: HTTP headers before the body, gzip, MHTML."""

from __future__ import annotations

import email
import email.policy
import re
import zlib
from dataclasses import dataclass, replace

MAX_BODY = 16 * 1024 * 1024
_STATUS_LINE = re.compile(rb"HTTP/[\d.]+ (\d{3})[^\r\n]*\r?\n")
_MHTML = re.compile(rb"^(?:[\w-]+:[^\n]*\n(?:[ \t][^\n]*\n)*)*?content-type:\s*multipart/related", re.I)


@dataclass(frozen=True, slots=True)
class Unwrapped:
    """The page inside a saved file. ``url`` and ``status`` are None where the wrapper does not say."""

    body: bytes
    content_type: str
    url: str | None = None
    status: int | None = None


def unwrap(body: bytes, content_type: str) -> Unwrapped:
    """Take off every wrapper; what is not wrapped comes back as it is. Never raises."""
    page = Unwrapped(gunzip(body), content_type)
    if page.body.startswith(b"HTTP/"):
        page = _without_headers(page)
    if _MHTML.match(page.body[:4096].lstrip()):
        page = _main_part(page)
    return page


def gunzip(body: bytes, limit: int = MAX_BODY) -> bytes:
    """Gzip bytes decompressed up to ``limit`` bytes; what was readable of a damaged file; other bytes untouched."""
    if not body.startswith(b"\x1f\x8b"):
        return body
    reader, out = zlib.decompressobj(wbits=31), bytearray()
    try:
        while body and len(out) < limit:
            out += reader.decompress(body, limit - len(out))
            body = reader.unused_data if reader.eof else reader.unconsumed_tail
            if reader.eof and body.startswith(b"\x1f\x8b"):
                reader = zlib.decompressobj(wbits=31)
            elif reader.eof:
                break
    except zlib.error:
        return bytes(out) or body
    return bytes(out)


def _without_headers(page: Unwrapped) -> Unwrapped:
    status = _STATUS_LINE.match(page.body)
    head, separator, rest = _split(page.body)
    if status is None or not separator:
        return page
    headers = {
        name.strip().lower(): value.strip()
        for name, found, value in (line.partition(":") for line in head.decode("latin-1").splitlines()[1:])
        if found
    }
    if "chunked" in headers.get("transfer-encoding", "").lower():
        rest = _dechunk(rest)
    return Unwrapped(gunzip(rest), headers.get("content-type", page.content_type), page.url, int(status.group(1)))


def _split(body: bytes) -> tuple[bytes, bytes, bytes]:
    crlf, lf = body.find(b"\r\n\r\n", 0, 65536), body.find(b"\n\n", 0, 65536)
    separator = b"\r\n\r\n" if crlf >= 0 and (lf < 0 or crlf < lf) else b"\n\n"
    return body.partition(separator)


def _dechunk(body: bytes) -> bytes:
    """The chunks joined; the bytes as they are where they are not chunked after all."""
    out, at = bytearray(), 0
    while (end := body.find(b"\r\n", at, at + 20)) >= 0:
        try:
            size = int(body[at:end].split(b";")[0], 16)
        except ValueError:
            break
        if size == 0:
            break
        out += body[end + 2 : end + 2 + size]
        at = end + 2 + size + 2
    return bytes(out) or body


def _main_part(page: Unwrapped) -> Unwrapped:
    """The first HTML part of an MHTML file: the page itself; frames and images follow it."""
    message = email.message_from_bytes(page.body.lstrip(), policy=email.policy.compat32)
    for part in message.walk():
        if part.get_content_type() not in ("text/html", "application/xhtml+xml"):
            continue
        payload = part.get_payload(decode=True)
        if isinstance(payload, bytes):
            url = part.get("Content-Location") or message.get("Snapshot-Content-Location")
            return replace(page, body=payload, content_type=str(part.get("Content-Type", "text/html")), url=url)
    return page

"""Sealing: the WARC records of one exchange."""

from __future__ import annotations

import hashlib
import io
from base64 import b32encode
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from uuid import uuid4

from isal import isal_zlib
from warcio.statusandheaders import StatusAndHeadersParser, StatusAndHeadersParserException

from storage.evidence.exchange import Exchange, ExtraRecord, Sealed
from storage.iso import utc_text
from wildtrade import __version__

_LEVEL = 2  # of ISA-L: an eighth of the time of zlib's level 6, for a twelfth more bytes
_HTTP = StatusAndHeadersParser([], verify=False)


def seal(exchange: Exchange, extra_records: Iterable[ExtraRecord] = ()) -> Sealed:
    """Make the WARC records of one exchange: response (or resource), request, the extra ones, then its redirects.

    Each is a gzip member of its own with sha256 block and payload digests. The payload digest is over the entity as
    it stands in the record after the HTTP head (with its content and transfer coding), which is what WARC tools check.
    """
    entity = _entity(exchange.response) if exchange.response else exchange.payload
    main = _main_headers(exchange, entity)
    linked = {"WARC-Date": main["WARC-Date"], "WARC-Concurrent-To": main["WARC-Record-ID"]}
    members = _pair(exchange, main)
    members += [
        _member("resource", {**linked, **_extra_headers(extra)}, extra.body)
        for extra in (*exchange.extra, *extra_records)
    ]
    for one in exchange.earlier:
        members += _pair(one, _main_headers(one, _entity(one.response)))
    data = b"".join(members)
    return Sealed(
        data=data,
        record_id=main["WARC-Record-ID"],
        record_sha256=hashlib.sha256(data).hexdigest(),
        payload_sha256=hashlib.sha256(entity).hexdigest(),
        url=exchange.url,
        requested_url=exchange.requested_url,
        status=exchange.status,
        captured_at=exchange.started_at,
        complete=exchange.complete,
    )


def seal_warcinfo(name: str) -> Sealed:
    """The record a new WARC begins with: which program wrote it."""
    lines = {
        "software": f"wildtrade/{__version__}",
        "format": "WARC File Format 1.1",
        "conformsTo": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
    }
    block = "".join(f"{key}: {value}\r\n" for key, value in lines.items()).encode()
    record_id, now = _new_id(), datetime.now(UTC)
    headers = {"WARC-Record-ID": record_id, "WARC-Filename": name, "WARC-Date": utc_text(now)}
    data = _member("warcinfo", headers, block)
    return Sealed(
        data=data,
        record_id=record_id,
        record_sha256=hashlib.sha256(data).hexdigest(),
        payload_sha256=hashlib.sha256(block).hexdigest(),
        url="",
        requested_url="",
        status=0,
        captured_at=now,
        complete=True,
    )


def _pair(exchange: Exchange, main: Mapping[str, str]) -> list[bytes]:
    """Response (or resource) and request of one exchange."""
    body = exchange.response or exchange.payload
    members = [_member("response" if exchange.response else "resource", main, body)]
    if exchange.request:
        linked = {"WARC-Date": main["WARC-Date"], "WARC-Concurrent-To": main["WARC-Record-ID"]}
        members.append(_member("request", linked | _request_headers(exchange), exchange.request))
    return members


_TYPES = {
    "response": "application/http; msgtype=response",
    "request": "application/http; msgtype=request",
    "warcinfo": "application/warc-fields",
}


def _member(kind: str, headers: Mapping[str, str], block: bytes) -> bytes:
    """One record as one gzip member; the block stands in it verbatim."""
    fields = {
        "WARC-Type": kind,
        "WARC-Record-ID": _new_id(),
        "Content-Type": _TYPES.get(kind, ""),
        **headers,
        "WARC-Block-Digest": _digest(block),
        "Content-Length": str(len(block)),
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    plain = b"".join((b"WARC/1.1\r\n", head.encode(), b"\r\n", block, b"\r\n\r\n"))
    return bytes(isal_zlib.compress(plain, _LEVEL, isal_zlib.MAX_WBITS + 16))


def _main_headers(exchange: Exchange, entity: bytes) -> dict[str, str]:
    headers = {
        "WARC-Record-ID": _new_id(),
        "WARC-Target-URI": _uri(exchange.url),
        "WARC-Date": utc_text(exchange.started_at),
        "WARC-Payload-Digest": _digest(entity),
    }
    if exchange.ip:
        headers["WARC-IP-Address"] = exchange.ip
    if not exchange.complete:
        headers["WARC-Truncated"] = exchange.truncated
    if not exchange.response:
        headers["Content-Type"] = exchange.content_type
    return {**headers, **exchange.headers}


def _request_headers(exchange: Exchange) -> dict[str, str]:
    return {"WARC-Target-URI": _uri(exchange.url), "WARC-Payload-Digest": _digest(_entity(exchange.request))}


def _extra_headers(extra: ExtraRecord) -> dict[str, str]:
    own = {"WARC-Target-URI": _uri(extra.uri), "Content-Type": extra.content_type}
    return {**own, "WARC-Payload-Digest": _digest(extra.body), **extra.headers}


def _entity(message: bytes) -> bytes:
    """What stands behind the head of an HTTP message; all of it where there is no head."""
    end = message.find(b"\r\n\r\n")
    if end >= 0 and b"\n\n" not in message[:end]:
        return message[end + 4 :]
    stream = io.BytesIO(message)  # an odd head, read as WARC tools will read it
    try:
        _HTTP.parse(stream)
    except (EOFError, StatusAndHeadersParserException):
        return message
    return message[stream.tell() :]


def _new_id() -> str:
    return f"<urn:uuid:{uuid4()}>"


def _digest(data: bytes) -> str:
    return f"sha256:{b32encode(hashlib.sha256(data).digest()).decode()}"


def _uri(url: str) -> str:
    """A URL as one header word: what would end the line or the word is escaped."""
    if url.isprintable() and " " not in url:
        return url
    return "".join(c if c.isprintable() and not c.isspace() else f"%{ord(c):02X}" for c in url)

"""Evidence: what a site sent, byte for byte, as WARC 1.1 records.

``seal`` makes the records of one exchange (pure computation: call it in any thread). ``WarcFile`` appends sealed
records to a file so that a crash at any moment leaves a file that can be cut back to its last committed byte.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
from base64 import b32encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from isal import isal_zlib
from warcio.statusandheaders import StatusAndHeadersParser, StatusAndHeadersParserException

from wildtrade import __version__
from wildtrade.errors import StorageError
from wildtrade.records import Capture

_LEVEL = 2  # of ISA-L: an eighth of the time of zlib's level 6, for a twelfth more bytes
_HTTP = StatusAndHeadersParser([], verify=False)
_FIX = "free some space, or name another evidence folder in wildtrade.toml; nothing stored so far is lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and its answer, as they crossed the wire.

    ``request`` and ``response`` are verbatim bytes (empty where nobody saw them, e.g. a browser's page);
    ``payload`` is the document itself and is only stored where ``response`` is empty. ``status`` is the HTTP status.
    ``complete`` is False where the body was cut short; ``truncated`` then says why in a word of the WARC standard:
    length, time, disconnect or unspecified.
    """

    url: str
    requested_url: str
    request: bytes
    response: bytes
    payload: bytes
    status: int
    ip: str | None
    started_at: datetime
    complete: bool = True
    content_type: str = "text/html"
    truncated: str = "unspecified"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtraRecord:
    """Something made from the page and kept with it: the rendered DOM, a screenshot. ``uri`` names it."""

    uri: str
    content_type: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """The compressed records of one exchange, ready to append. Digests are 64 hex digits."""

    data: bytes
    record_id: str
    record_sha256: str
    payload_sha256: str
    url: str
    requested_url: str
    status: int
    captured_at: datetime
    complete: bool

    def capture(self, file: str, offset: int) -> Capture:
        """Where it lies once appended; ``offset`` in bytes."""
        return Capture(
            url=self.url,
            requested_url=self.requested_url,
            status=self.status,
            captured_at=self.captured_at,
            file=file,
            offset=offset,
            length=len(self.data),
            record_id=self.record_id,
            record_sha256=self.record_sha256,
            payload_sha256=self.payload_sha256,
            complete=self.complete,
        )


def seal(exchange: Exchange, extra_records: Iterable[ExtraRecord] = ()) -> Sealed:
    """Make the WARC records of one exchange: response (or resource), request, then the extra ones.

    Each is a gzip member of its own with sha256 block and payload digests. The payload digest is over the entity as
    it stands in the record after the HTTP head (with its content and transfer coding), which is what WARC tools check.
    """
    entity = _entity(exchange.response) if exchange.response else exchange.payload
    main = _main_headers(exchange, entity)
    body = exchange.response or exchange.payload
    members = [_member("response" if exchange.response else "resource", main, body)]
    record_id = main["WARC-Record-ID"]
    linked = {"WARC-Date": main["WARC-Date"], "WARC-Concurrent-To": record_id}
    if exchange.request:
        members.append(_member("request", linked | _request_headers(exchange), exchange.request))
    members += [_member("resource", {**linked, **_extra_headers(extra)}, extra.body) for extra in extra_records]
    data = b"".join(members)
    return Sealed(
        data=data,
        record_id=record_id,
        record_sha256=hashlib.sha256(data).hexdigest(),
        payload_sha256=hashlib.sha256(entity).hexdigest(),
        url=exchange.url,
        requested_url=exchange.requested_url,
        status=exchange.status,
        captured_at=exchange.started_at,
        complete=exchange.complete,
    )


class WarcFile:
    """One WARC being written by one process.

    ``committed_end`` is where the last record known to the database ends, in bytes; what lies behind it was left by a
    crash and is set aside. A new file starts with a warcinfo record. Raises StorageError.
    """

    def __init__(self, folder: Path, name: str, committed_end: int = 0) -> None:
        self.name = name
        self.size = committed_end
        self._path = folder / name
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if self._path.exists() or committed_end:
                set_aside_tail(self._path, committed_end)
            self._file = self._path.open("ab", buffering=0)
            if not committed_end:
                self.append([_warcinfo(name)])
                self.sync()
            sync_folder(folder)
        except OSError as error:
            raise _refused(self._path, error) from error

    @property
    def closed(self) -> bool:
        """True after ``close``."""
        return self._file.closed

    def append(self, blocks: Sequence[bytes]) -> list[int]:
        """Append sealed records; returns the offset of each, in bytes. On StorageError the file is as before."""
        offsets, end = [], self.size
        for block in blocks:
            offsets.append(end)
            end += len(block)
        try:
            _write_all(self._file.fileno(), b"".join(blocks))
        except OSError as error:
            self._file.truncate(self.size)
            raise _refused(self._path, error) from error
        self.size = end
        return offsets

    def sync(self) -> None:
        """Return only when everything appended is on the disk."""
        try:
            os.fsync(self._file.fileno())
        except OSError as error:
            raise _refused(self._path, error) from error

    def close(self) -> None:
        """Close the file; nothing is lost without it."""
        self._file.close()


def set_aside_tail(path: Path, committed_end: int) -> int:
    """Move what lies behind a file's committed end into the folder ``torn`` beside it; returns how many bytes.

    A crash leaves at most one group of visits there, whose units are fetched again; but a database restored from an
    old backup knows less than was written, and evidence is never destroyed. Raises StorageError where the file is
    shorter than the database says: then evidence is missing and nobody may write on.
    """
    size = path.stat().st_size if path.exists() else 0
    if size < committed_end:
        raise StorageError(
            f"the evidence file holds {size} bytes, the database knows {committed_end}",
            file=str(path),
            fix="restore the file from a backup; run `wildtrade doctor` to see which captures are touched",
        )
    if size > committed_end:
        _copy_tail(path, committed_end)
        os.truncate(path, committed_end)
    return size - committed_end


def _copy_tail(path: Path, start: int) -> None:
    folder = path.parent / "torn"
    folder.mkdir(exist_ok=True)
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    with path.open("rb") as source, (folder / f"{path.name}.{start}.{stamp}").open("xb") as copy:
        source.seek(start)
        shutil.copyfileobj(source, copy)
        os.fsync(copy.fileno())
    sync_folder(folder)


def sync_folder(folder: Path) -> None:
    """Make a new file's name survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


_TYPES = {
    "response": "application/http; msgtype=response",
    "request": "application/http; msgtype=request",
    "warcinfo": "application/warc-fields",
}


def _member(kind: str, headers: Mapping[str, str], block: bytes) -> bytes:
    """One record as one gzip member; the block stands in it verbatim."""
    fields = {
        "WARC-Type": kind,
        "WARC-Record-ID": f"<urn:uuid:{uuid4()}>",
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
        "WARC-Record-ID": f"<urn:uuid:{uuid4()}>",
        "WARC-Target-URI": _uri(exchange.url),
        "WARC-Date": _date(exchange.started_at),
        "WARC-Payload-Digest": _digest(entity),
    }
    if exchange.ip:
        headers["WARC-IP-Address"] = exchange.ip
    if not exchange.complete:
        headers["WARC-Truncated"] = exchange.truncated
    if not exchange.response:
        headers["Content-Type"] = exchange.content_type
    return headers


def _request_headers(exchange: Exchange) -> dict[str, str]:
    return {"WARC-Target-URI": _uri(exchange.url), "WARC-Payload-Digest": _digest(_entity(exchange.request))}


def _extra_headers(extra: ExtraRecord) -> dict[str, str]:
    own = {"WARC-Target-URI": _uri(extra.uri), "Content-Type": extra.content_type}
    return {**own, "WARC-Payload-Digest": _digest(extra.body), **extra.headers}


def _warcinfo(name: str) -> bytes:
    lines = {
        "software": f"wildtrade/{__version__}",
        "format": "WARC File Format 1.1",
        "conformsTo": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
    }
    block = "".join(f"{key}: {value}\r\n" for key, value in lines.items()).encode()
    return _member("warcinfo", {"WARC-Filename": name, "WARC-Date": _date(datetime.now(UTC))}, block)


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


def _digest(data: bytes) -> str:
    return f"sha256:{b32encode(hashlib.sha256(data).digest()).decode()}"


def _date(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _uri(url: str) -> str:
    """A URL as one header word: what would end the line or the word is escaped."""
    if url.isprintable() and " " not in url:
        return url
    return "".join(c if c.isprintable() and not c.isspace() else f"%{ord(c):02X}" for c in url)


def _write_all(handle: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]


def _refused(path: Path, error: OSError) -> StorageError:
    return StorageError(f"the evidence file cannot be written: {error.strerror}", file=str(path), fix=_FIX)

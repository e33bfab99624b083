"""Content codings undone in bounded memory: bombs are refused, truncated bodies marked, false labels ignored.

In place of Scrapy's own middleware, which takes a truncated body for a whole one and loses a page whose label is false.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadCancelledError
from scrapy.http import Response
from scrapy.responsetypes import responsetypes

CUT = "cut"  # the flag of a response whose compressed body lacks its end
_LAYERS = 3  # codings on top of each other; more are an attack
_STEP = 1 << 18  # bytes unpacked at once
_BEGIN = 1 << 19  # bytes


class BombError(DownloadCancelledError):
    """A body that unpacks to more than is read; ``begin`` is how it begins, for who can use that."""

    def __init__(self, most: int, begin: bytes) -> None:
        super().__init__(f"its body unpacks to more than {most} bytes")
        self.begin = begin


class Decoding:
    """Scrapy's place for undoing ``Content-Encoding``. The raw bytes stay in the wire tap."""

    def __init__(self, most: int) -> None:
        self._most = most

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Decoding:
        return cls(crawler.settings.getint("DOWNLOAD_MAXSIZE"))

    def process_response(self, request: Request, response: Response) -> Response:
        labels = response.headers.getlist(b"Content-Encoding")
        if not labels or not response.body:
            return response
        try:
            body, whole = decode(response.body, labels, self._most)
        except BombError as bomb:
            if not request.meta.get("dont_obey_robotstxt"):
                raise
            body, whole = bomb.begin, False
        del response.headers[b"Content-Encoding"]
        made = responsetypes.from_args(headers=response.headers, url=response.url, body=body)
        flags = response.flags if whole else [*response.flags, CUT]
        answer: Response = response.replace(cls=made, body=body, flags=flags)
        return answer


def decode(body: bytes, labels: Sequence[bytes], most: int) -> tuple[bytes, bool]:
    """The body without its codings, and whether it was whole. Raises BombError beyond ``most`` bytes.

    A label that the bytes contradict, or that nobody knows, is passed over: the body is what it is.
    """
    codings = [one.strip().lower() for label in labels for one in label.split(b",")]
    whole = True
    for coding in reversed(codings[-_LAYERS:]):
        if (undo := _DECODERS.get(coding)) is None:
            continue
        body, complete = undo(body, most)
        whole = whole and complete
    return body, whole and len(codings) <= _LAYERS


def _gzip(body: bytes, most: int) -> tuple[bytes, bool]:
    if body[:2] != b"\x1f\x8b":  # a false label
        return body, True
    unpacked = bytearray()
    while body[:2] == b"\x1f\x8b":  # members follow each other; what comes behind the last one is padding
        one = zlib.decompressobj(zlib.MAX_WBITS + 16)
        before = len(unpacked)
        if not _inflate(one, body, most, unpacked):
            if len(unpacked) == before:
                _salvage(body, most, unpacked)
            return bytes(unpacked), False
        body = one.unused_data
    return bytes(unpacked), True


def _salvage(body: bytes, most: int, into: bytearray) -> None:
    """What a damaged body gives up to the damage: fed in pieces so small that little is lost with the damaged one."""
    one, step = zlib.decompressobj(zlib.MAX_WBITS + 16), max(8, len(body) // 65_536)
    with suppress(zlib.error):
        for at in range(0, len(body), step):
            into += one.decompress(body[at : at + step])
            _check(into, most)


def _deflate(body: bytes, most: int) -> tuple[bytes, bool]:
    """The zlib format, or the raw one that some servers send."""
    best = b""
    for bits in (zlib.MAX_WBITS, -zlib.MAX_WBITS):
        unpacked = bytearray()
        if _inflate(zlib.decompressobj(bits), body, most, unpacked):
            return bytes(unpacked), True
        best = max(best, bytes(unpacked), key=len)
    return (best, False) if len(best) > len(body) else (body, True)


def _inflate(one: zlib._Decompress, body: bytes, most: int, into: bytearray) -> bool:
    """Unpack into ``into``; True where the end was reached."""
    try:
        _drain(lambda part: one.decompress(part or one.unconsumed_tail, _STEP), lambda: one.eof, body, most, into)
    except zlib.error:
        return False
    return one.eof


def _brotli(body: bytes, most: int) -> tuple[bytes, bool]:
    import brotli

    one, unpacked = brotli.Decompressor(), bytearray()
    try:
        _drain(lambda part: one.process(part, output_buffer_limit=_STEP), one.is_finished, body, most, unpacked)
    except brotli.error:
        return (bytes(unpacked), False) if unpacked else (body, True)
    return bytes(unpacked), one.is_finished()


def _zstd(body: bytes, most: int) -> tuple[bytes, bool]:
    from backports import zstd

    if body[:4] != b"\x28\xb5\x2f\xfd":
        return body, True
    one, unpacked = zstd.ZstdDecompressor(options=_ZSTD_WINDOW), bytearray()
    try:
        _drain(lambda part: one.decompress(part, _STEP), lambda: one.eof, body, most, unpacked)
    except zstd.ZstdError:
        return bytes(unpacked), False
    return bytes(unpacked), one.eof


def _drain(step: Callable[[bytes], bytes], ended: Callable[[], bool], body: bytes, most: int, into: bytearray) -> None:
    """Feed ``body`` to a decompressor and take what it gives, step by step, until the end or until nothing comes."""
    part = body
    while not ended():
        made = step(part)
        if not made and not part:
            return
        into += made
        part = b""
        _check(into, most)


_ZSTD_WINDOW: dict[int, int] = {100: 24}  # ZSTD_d_windowLogMax: a frame may ask for 16 MiB of memory, no more
_DECODERS: dict[bytes, Callable[[bytes, int], tuple[bytes, bool]]] = {
    b"gzip": _gzip,
    b"x-gzip": _gzip,
    b"deflate": _deflate,
    b"br": _brotli,
    b"zstd": _zstd,
}


def _check(unpacked: bytearray, most: int) -> None:
    if len(unpacked) > most:
        begin = bytes(unpacked[:_BEGIN])
        unpacked.clear()  # the traceback would keep it
        raise BombError(most, begin)

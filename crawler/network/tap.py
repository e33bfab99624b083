"""The wire tap: request and response exactly as they crossed the connection, with caps on what is held of them.

Scrapy's own objects lose the reason phrase, header case and chunking; evidence must not. The tap sits in the
client protocol, after TLS. The classes subclassed here are private to Scrapy, which is why its minor version is
pinned; ``tests/crawler/test_wire.py`` fails when they move.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from scrapy.core.downloader.handlers import http11
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress
from twisted.python.failure import Failure
from twisted.web._newclient import HTTP11ClientProtocol

from crawler.network.heads import end_of_head, is_interim, mended
from crawler.network.turnstile import Turnstile

HEADER_CAP = 256 * 1024  # bytes; endless headers would otherwise fill the memory
ROBOTS_CAP = 512 * 1024  # bytes of robots.txt that are read (RFC 9309 asks for 500 KiB at least)
_LONG = 86_400.0  # seconds that a held clock is put back, so that it cannot strike meanwhile
_QUIET = 1.5  # seconds without a byte, then a body of unknown length counts as ended


class Tap:
    """What crossed the wire for one request: ``sent`` and ``received`` bytes, the peer's address, the start time.

    ``head`` and ``head_end`` are the offsets of the last head and of the body in ``received``; the latter is 0 before
    it has come. ``flaw`` says what is wrong with the head ("" for nothing). ``clock`` strikes when the total time is
    over; ``waited`` is when the download was last held back because of others, 0 for never.
    """

    __slots__ = (
        "cap",
        "clock",
        "flaw",
        "head",
        "head_end",
        "ip",
        "received",
        "sent",
        "started_at",
        "turnstile",
        "waited",
    )

    def __init__(self, ip: str | None, turnstile: Turnstile) -> None:
        self.turnstile = turnstile
        self.sent = bytearray()
        self.received = bytearray()
        self.ip = ip
        self.started_at = datetime.now(UTC)
        self.head = self.head_end = 0
        self.cap = 0
        self.flaw = ""
        self.waited = 0.0
        self.clock: Any = None

    def hold(self) -> None:
        """Others come first: the total time stands still meanwhile."""
        self.waited = time.monotonic()
        if self.clock is not None and self.clock.active():
            self.clock.delay(_LONG)

    def go_on(self) -> None:
        """The clock goes on where it stood."""
        if self.clock is not None and self.clock.active():
            self.clock.delay(time.monotonic() - self.waited - _LONG)

    def take(self) -> bytes:
        """What was received, handed over once."""
        data, self.received = bytes(self.received), bytearray()
        return data

    def cut(self, most: int) -> None:
        """The download ended before its end: of what came the first ``most`` bytes stay, and the next large page may
        come."""
        del self.received[most:]
        self.turnstile.leave(self)

    def done(self) -> None:
        """Nobody needs the page any more: the next large one may come."""
        self.received = bytearray()
        self.turnstile.leave(self)


class _TappedProtocol(http11._LenientHTTP11ClientProtocol):
    _tap: Tap | None = None
    _quiet: Any = None
    _ended = False

    def __init__(self, quiescent: Any, turnstile: Turnstile, most: int) -> None:
        super().__init__(quiescent)
        self._turnstile, self._most = turnstile, most

    def request(self, request: Any) -> Deferred[Any]:
        transport = self.transport
        peer = transport.getPeer()
        self._tap = tap = Tap(getattr(peer, "host", None), self._turnstile)
        # A quarter more than the body may have: what chunks cost on the wire, unless they are meant to cost.
        tap.cap = ROBOTS_CAP if request.uri.endswith(b"/robots.txt") else self._most * 5 // 4 + HEADER_CAP
        write, write_sequence = transport.write, transport.writeSequence

        def tapped_write(data: bytes) -> Any:
            tap.sent += data
            return write(data)

        def tapped_sequence(chunks: Any) -> Any:
            chunks = list(chunks)
            tap.sent += b"".join(chunks)
            return write_sequence(chunks)

        # Instance attributes shadow the methods for this request only; a kept-alive connection is tapped anew.
        transport.write, transport.writeSequence = tapped_write, tapped_sequence
        try:
            answered: Deferred[Any] = super().request(request)
        finally:
            transport.write, transport.writeSequence = write, write_sequence

        def attach(response: Any) -> Any:
            response._wildtrade_tap, response._wildtrade_transport = tap, transport
            return response

        return answered.addCallback(attach)

    def dataReceived(self, data: bytes) -> None:
        tap = self._tap
        if tap is None or self._ended:
            return
        seen = len(tap.received)
        tap.received += data
        if not tap.head_end:
            self._look_for_head(tap, seen)
            return
        if len(tap.received) - tap.head_end > tap.cap:
            self._end(self.transport.loseConnection)  # what came before is handed on as a body that was cut short
            return
        if len(tap.received) > self._turnstile.small:
            self._turnstile.enter(tap, self.transport)
        if self._quiet is not None:
            self._quiet.reset(_QUIET)
        super().dataReceived(data)
        if self._state == "QUIESCENT":
            self._turnstile.downloaded(tap)

    def _end(self, how: Callable[[], Any]) -> None:
        self._ended = True
        how()

    def _look_for_head(self, tap: Tap, seen: int) -> None:
        """Hold the head back until it is whole, so that the parser sees one that makes sense."""
        end = end_of_head(tap.received, max(tap.head, seen - 3))
        while end > 0 and is_interim(bytes(tap.received[tap.head : end])):
            tap.head, end = end, end_of_head(tap.received, end)
        if end < 0:
            if len(tap.received) > HEADER_CAP:
                self._end(self.transport.abortConnection)
            return
        tap.head_end = end
        head, tap.flaw, ends = mended(bytes(tap.received[tap.head : end]))
        if not ends:
            from twisted.internet import reactor

            self._quiet = reactor.callLater(_QUIET, self.transport.loseConnection)
        super().dataReceived(head + tap.received[end:])

    def connectionLost(self, reason: Failure) -> None:
        tap = self._tap
        if tap is not None:
            self._turnstile.downloaded(tap)
        if tap is not None and not tap.head_end and tap.received:
            super().dataReceived(bytes(tap.received))  # half a head: the parser says what is wrong with it
        if self._quiet is not None and self._quiet.active():
            self._quiet.cancel()
        super().connectionLost(reason)


class TappedFactory(http11._LenientHTTP11ClientFactory):
    noisy = False

    def __init__(self, turnstile: Turnstile, most: int, quiescent: Any, metadata: Any) -> None:
        super().__init__(quiescent, metadata)
        self._turnstile, self._most = turnstile, most

    def buildProtocol(self, addr: IAddress | None) -> HTTP11ClientProtocol:
        return _TappedProtocol(self._quiescentCallback, self._turnstile, self._most)

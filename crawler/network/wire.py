"""The wire tap: request and response exactly as they crossed the connection, with caps on what is held of them.

Scrapy's own objects lose the reason phrase, header case and chunking; evidence must not. The tap sits in the
client protocol, after TLS. The classes subclassed here are private to Scrapy, which is why its minor version is
pinned; ``tests/crawler/test_wire.py`` fails when they move.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from scrapy import Request
from scrapy.core.downloader.handlers import http11
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadTimeoutError
from scrapy.http import Response
from scrapy.utils._download_handlers import wrap_twisted_exceptions
from scrapy.utils.defer import maybe_deferred_to_future
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress
from twisted.python.failure import Failure
from twisted.web._newclient import HTTP11ClientProtocol
from twisted.web.client import Agent

from crawler.context import run_of
from crawler.network.addresses import AddressGuard
from crawler.network.egress import Egress, egress_of, refuse_literal
from crawler.network.endpoints import GuardedEndpointFactory
from crawler.network.heads import end_of_head, is_interim, mended
from crawler.network.patience import Patience
from crawler.network.tls import TrustingPolicy
from crawler.network.trail import note_step
from crawler.network.turnstile import Turnstile
from spiders.memory import give_back_large_blocks

HEADER_CAP = 256 * 1024  # bytes; endless headers would otherwise fill the memory
ROBOTS_CAP = 512 * 1024  # bytes of robots.txt that are read (RFC 9309 asks for 500 KiB at least)
MALFORMED = "malformed"  # the flag of a response whose head or length contradicts what came
_LONG = 86_400.0  # seconds that a held clock is put back, so that it cannot strike meanwhile
_QUIET = 1.5  # seconds without a byte, then a body of unknown length counts as ended


class TooSlowError(Exception):
    """A body that was still coming when the total time was over. It is not asked for again."""


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
        tap.cap = ROBOTS_CAP if request.uri.endswith(b"/robots.txt") else 2 * self._most + HEADER_CAP
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


class _TappedFactory(http11._LenientHTTP11ClientFactory):
    noisy = False

    def __init__(self, turnstile: Turnstile, most: int, quiescent: Any, metadata: Any) -> None:
        super().__init__(quiescent, metadata)
        self._turnstile, self._most = turnstile, most

    def buildProtocol(self, addr: IAddress | None) -> HTTP11ClientProtocol:
        return _TappedProtocol(self._quiescentCallback, self._turnstile, self._most)


class _TappedAgent(http11._ScrapyAgent):
    guard: AddressGuard

    def _get_agent(self, request: Request, timeout: float) -> Agent:
        agent = super()._get_agent(request, timeout)
        if request.meta.get("proxy"):
            return agent  # it connects to nothing but the source's own proxy
        from twisted.internet import reactor

        bind = agent._endpointFactory._bindAddress
        agent._endpointFactory = GuardedEndpointFactory(reactor, self.guard, self._contextFactory, timeout, bind)
        return agent

    def _cb_bodyready(self, txresponse: Any, request: Request) -> Any:
        request.meta["tap"] = tap = getattr(txresponse, "_wildtrade_tap", None)
        if tap is not None:
            tap.clock = getattr(self, "_timeout_cl", None)
        note_step(request, txresponse, tap)
        return super()._cb_bodyready(txresponse, request)


class WireHandler(http11.HTTP11DownloadHandler):
    """HTTP and HTTPS with the tap, the caps, the address guard and the source's own proxy.

    ``request.meta["tap"]`` holds the ``Tap`` of the answered request.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._run = run = run_of(crawler)
        give_back_large_blocks()
        self._turnstile = Turnstile()
        self._pool._factory = partial(_TappedFactory, self._turnstile, self._default_maxsize)
        self._guard = run.guard
        self._egress: Egress | None = egress_of(run.source.proxy, run.source.id)
        self._patience = Patience()
        if run.source.ca_file:
            self._contextFactory = TrustingPolicy(run.source.ca_file)

    async def download_request(self, request: Request) -> Response:
        await self._patience.wait(request.url)
        self._route(request)
        agent = _TappedAgent(
            contextFactory=self._contextFactory,
            bindAddress=self._bind_address,
            pool=self._pool,
            maxsize=self._default_maxsize,
            warnsize=self._default_warnsize,
            fail_on_dataloss=self._fail_on_dataloss,
            crawler=self._crawler,
        )
        agent.guard = self._guard
        before: Tap | None = request.meta.get("tap")
        if request.meta.get("dont_obey_robotstxt"):  # robots.txt: its first half megabyte counts, however long it is
            request.meta["download_maxsize"] = 0
        try:
            with wrap_twisted_exceptions():
                response: Response = await maybe_deferred_to_future(agent.download_request(request))
        except BaseException as error:
            tap: Tap | None = request.meta.get("tap")
            if tap is None or tap is before:
                raise
            tap.done()
            if isinstance(error, DownloadTimeoutError) and not tap.waited:
                raise TooSlowError(str(error)) from error
            raise
        self._note(request, response)
        return response

    def _route(self, request: Request) -> None:
        """Through the source's proxy or nowhere, whoever made the request; without one, straight to the site."""
        if self._egress is None:
            request.meta.pop("proxy", None)
            return
        refuse_literal(request.url, self._guard)
        request.meta["proxy"] = self._egress.url
        if self._egress.authorization:
            request.headers[b"Proxy-Authorization"] = self._egress.authorization

    def _note(self, request: Request, response: Response) -> None:
        tap = request.meta.get("tap")
        if tap is not None and (tap.flaw or _is_longer(tap, response)):
            response.flags.append(MALFORMED)
        if tap is not None and request.meta.get("dont_obey_robotstxt"):
            tap.done()
        if (asked := self._patience.note(response)) is not None:
            self._run.stop_reason = f"the site asks to be left alone for {asked:.0f} s"
            self._run.frontier.close()


def _is_longer(tap: Tap, response: Response) -> bool:
    """Whether more came than the stated length."""
    stated = response.headers.get(b"Content-Length")
    return stated is not None and stated.isdigit() and len(tap.received) - tap.head_end > int(stated)

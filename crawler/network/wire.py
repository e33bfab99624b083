"""The wire tap: request and response exactly as they crossed the connection, with a cap on response headers.

Scrapy's own objects lose the reason phrase, header case and chunking; evidence must not. The tap sits in the
client protocol, after TLS. The classes subclassed here are private to Scrapy, which is why its minor version is
pinned; ``tests/crawler/test_wire.py`` fails when they move.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from scrapy import Request
from scrapy.core.downloader.handlers import http11
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.utils._download_handlers import wrap_twisted_exceptions
from scrapy.utils.defer import maybe_deferred_to_future
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress
from twisted.web._newclient import HTTP11ClientProtocol
from twisted.web.client import Agent

from crawler.context import run_of
from crawler.network.addresses import AddressGuard
from crawler.network.endpoints import GuardedEndpointFactory
from crawler.network.tls import TrustingPolicy

HEADER_CAP = 256 * 1024  # bytes; endless headers would otherwise fill the memory


class Tap:
    """What crossed the wire for one request: ``sent`` and ``received`` bytes, the peer's address, the start time."""

    __slots__ = ("head_done", "ip", "received", "sent", "started_at")

    def __init__(self, ip: str | None) -> None:
        self.sent = bytearray()
        self.received = bytearray()
        self.ip = ip
        self.started_at = datetime.now(UTC)
        self.head_done = False


class _TappedProtocol(http11._LenientHTTP11ClientProtocol):
    _tap: Tap | None = None

    def request(self, request: Any) -> Deferred[Any]:
        transport = self.transport
        peer = transport.getPeer()
        self._tap = tap = Tap(getattr(peer, "host", None))
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
            response._wildtrade_tap = tap
            return response

        return answered.addCallback(attach)

    def dataReceived(self, data: bytes) -> None:
        tap = self._tap
        if tap is not None:
            seen = len(tap.received)
            tap.received += data
            if not tap.head_done:
                tap.head_done = tap.received.find(b"\r\n\r\n", max(0, seen - 3)) >= 0
                if not tap.head_done and len(tap.received) > HEADER_CAP:
                    self.transport.abortConnection()
                    return
        super().dataReceived(data)


class _TappedFactory(http11._LenientHTTP11ClientFactory):
    noisy = False

    def buildProtocol(self, addr: IAddress | None) -> HTTP11ClientProtocol:
        return _TappedProtocol(self._quiescentCallback)


class _TappedAgent(http11._ScrapyAgent):
    guard: AddressGuard

    def _get_agent(self, request: Request, timeout: float) -> Agent:
        agent = super()._get_agent(request, timeout)
        from twisted.internet import reactor

        bind = agent._endpointFactory._bindAddress
        agent._endpointFactory = GuardedEndpointFactory(reactor, self.guard, self._contextFactory, timeout, bind)
        return agent

    def _cb_bodyready(self, txresponse: Any, request: Request) -> Any:
        request.meta["tap"] = getattr(txresponse, "_wildtrade_tap", None)
        return super()._cb_bodyready(txresponse, request)


class WireHandler(http11.HTTP11DownloadHandler):
    """HTTP and HTTPS with the tap, the header cap and the address guard.

    ``request.meta["tap"]`` holds the ``Tap`` of the answered request.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._pool._factory = _TappedFactory
        run = run_of(crawler)
        self._guard = run.guard
        if run.source.ca_file:
            self._contextFactory = TrustingPolicy(run.source.ca_file)

    async def download_request(self, request: Request) -> Response:
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
        with wrap_twisted_exceptions():
            return await maybe_deferred_to_future(agent.download_request(request))

"""Where requests leave: the download handler with the tap, the caps, the address guard and the source's own proxy.

Like the tap it builds on classes private to Scrapy; ``tests/crawler/test_wire.py`` fails when they move.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from scrapy import Request
from scrapy.core.downloader.handlers import http11
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadTimeoutError
from scrapy.http import Response
from scrapy.utils._download_handlers import wrap_twisted_exceptions
from scrapy.utils.defer import maybe_deferred_to_future
from twisted.web.client import Agent

from crawler.context import run_of
from crawler.network.egress import Egress, egress_of, refuse_literal
from crawler.network.endpoints import GuardedEndpointFactory
from crawler.network.patience import Patience
from crawler.network.tap import Tap, TappedFactory
from crawler.network.tls import TrustingPolicy
from crawler.network.trail import note_step
from crawler.network.turnstile import Turnstile
from spiders.memory import give_back_large_blocks
from wildtrade.addresses import AddressGuard

BEGIN = 1 << 20  # bytes that are kept of an answer that was broken off
MALFORMED = "malformed"  # the flag of a response whose head or length contradicts what came


class TooSlowError(Exception):
    """A body that was still coming when the total time was over. It is not asked for again."""


class NotShownError(Exception):
    """A page that the browser did not show in its time, or that died with the browser. It may be the fault of the
    machine or of a page beside it, so it is asked for once more, alone."""


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
        self._pool._factory = partial(TappedFactory, self._turnstile, self._default_maxsize)
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
            tap.cut(BEGIN)
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

"""The one Scrapy spider: it fetches units of work; the source's platform (spiders/platforms) reads them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import scrapy
from scrapy.exceptions import DownloadCancelledError, DownloadTimeoutError, IgnoreRequest
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.context import RunContext, Visited
from crawler.network.decoding import CUT
from crawler.network.tap import Tap
from crawler.network.trail import broken_off, certificates, chains_of, headers_of, redirects, security
from crawler.network.wire import MALFORMED, NotShownError, TooSlowError
from spiders.platforms import Platform, platform_for
from spiders.reading import HALF_READ
from storage.evidence import Exchange
from storage.models import UnitKind
from storage.runs import Task
from wildtrade.errors import StorageError
from wildtrade.records import Change, Listing, Page, PageKind, PageReading

MOST_BLOCKED = 3  # listing pages behind a wall, then the source is left alone
_GONE = {404, 410}
_INCOMPLETE = {"dataloss", "partial", CUT, MALFORMED}
# Answers that we did not wait for to their end, and how the WARC standard says so.
_BROKEN_OFF = {TooSlowError: "time", DownloadTimeoutError: "time", DownloadCancelledError: "length"}
_HINTS = {UnitKind.LISTING: PageKind.LISTING, UnitKind.RECHECK: PageKind.LISTING, UnitKind.SEARCH: PageKind.SEARCH}


class SourceSpider(scrapy.Spider):
    """One run of one source: ``SourceSpider.from_crawler(crawler, run=RunContext)``."""

    name = "source"

    def __init__(self, run: RunContext) -> None:
        super().__init__(name=run.source.id)
        self.run = run
        self.platform: Platform = platform_for(run.source)
        self._pictures = asyncio.Lock()

    def closed(self, reason: str) -> None:
        """Scrapy calls this last; ``shutdown`` means that a person interrupted the run."""
        self.run.interrupted = reason == "shutdown"

    async def start(self) -> AsyncIterator[scrapy.Request]:
        """Requests for units, for as long as there are any."""
        await self.run.reader.warm()
        self.run.began = time.monotonic()
        try:
            while (task := await self.run.frontier.next()) is not None:
                yield self.request_for(task)
        except StorageError as error:  # to claim a unit is to write
            self.run.storage_refuses(error)

    def request_for(self, task: Task) -> scrapy.Request:
        """The request of one unit; in the browser where the source needs it."""
        source = self.run.source
        meta: dict[str, Any] = {"task": task}
        render = source.render
        if render is not None and (render.on == "everything" or task.kind is UnitKind.SEARCH):
            from crawler.rendering import page_methods

            meta |= {"playwright": True, "playwright_page_methods": page_methods(render)}
        headers = source.api.headers if source.api else None
        return scrapy.Request(
            task.url, callback=self.visited, errback=self.failed, headers=headers, meta=meta, dont_filter=True
        )

    async def visited(self, response: Response) -> AsyncIterator[Visited]:
        """One answered request becomes one ``Visited``, whatever the answer was."""
        task: Task = response.meta["task"]
        page, exchange = page_of(response, task, self.run)
        visited = Visited(task=task, page=page, exchange=exchange)
        if response.status in _GONE:
            self._missing(visited, response.status)
        elif 300 <= response.status < 400:
            where = (response.headers.get("Location") or b"").decode("latin-1")
            visited.failed = f"HTTP {response.status}: leads to {where[:200]}, which is not followed"
        elif not await self._read(visited, page):
            _done_with(response.meta)
            return
        if response.meta.get("playwright"):
            from crawler.rendering import attachments_of

            visited.attachments = attachments_of(response)
        if self.run.source.media and self._news(visited):
            async with self._pictures:  # one page with pictures at a time, so that they cannot fill the memory
                await self._fetch_pictures(visited)
                yield visited
        else:
            yield visited
        _done_with(response.meta)  # Scrapy comes back here once the pipelines have stored it

    def _news(self, visited: Visited) -> list[Listing]:
        """The listings that say something new; the others' pictures are kept already."""
        changes = self.run.known.compare(visited.listings)
        return [one for one in visited.listings if changes[one.key] is not Change.SAME]

    async def _fetch_pictures(self, visited: Visited) -> None:
        from crawler.media import pictures_of

        engine = self.crawler.engine
        if engine is not None:
            kept, visited.note = await pictures_of(engine, self._news(visited))
            visited.attachments += kept

    def _missing(self, visited: Visited, status: int) -> None:
        """A listing that is not there any more is gone; a result page that never was is the end of the results."""
        task = visited.task
        if task.kind is not UnitKind.SEARCH:
            visited.gone_key = self.platform.key_for(task.url)
        elif task.page == 1:
            visited.failed = f"HTTP {status}"

    async def _read(self, visited: Visited, page: Page) -> bool:
        """False where the page could not be read and is going to be fetched again."""
        task = visited.task
        reading, unread = await self.run.reader.read(page, self.run.source)
        visited.reading = reading
        if page.status < 400 and task.kind is UnitKind.SEARCH and not unread:
            unread = lists_nothing(reading)
        if unread and self.run.frontier.again(task):
            return False
        if reading.kind is PageKind.BLOCKED:
            visited.failed = f"blocked: {reading.blocked_reason}"
            self._stop_where_unwelcome(task, visited.failed)
        elif page.status >= 400:
            visited.reading, visited.failed = None, f"HTTP {page.status}"
        elif task.kind is UnitKind.SEARCH:
            visited.failed = unread or None  # what the fallback found in it is followed all the same
            visited.next_url = self._next_url(task, reading)
        elif not reading.listings and (half := lists_nothing(reading)):
            visited.failed = half
        elif not reading.listings:
            # A listing's address that now shows something else (often the category it was in): it is gone.
            visited.gone_key = self.platform.key_for(task.url)
        return True

    def _stop_where_unwelcome(self, task: Task, reason: str) -> None:
        """A wall or challenge stops the source: at once on a search page, else when it comes up again and again."""
        self.run.counts["blocked"] += 1
        if task.kind is UnitKind.SEARCH or self.run.counts["blocked"] >= MOST_BLOCKED:
            self.run.stop_reason = reason
            self.run.frontier.close()

    def _next_url(self, task: Task, reading: PageReading) -> str | None:
        search = self.run.source.search
        if task.page >= (search.max_pages if search else 1) or not (reading.listing_urls or reading.listings):
            return None
        return self.platform.next_url(task.url, task.page, reading)

    def failed(self, failure: Failure) -> list[Visited]:
        """A request without an answer: refused by robots.txt or by the guard, timed out, too large, unreachable. How an
        answer began is kept."""
        request: scrapy.Request = failure.request
        task: Task = request.meta["task"]
        if failure.check(NotShownError) and self.run.frontier.again(task):
            return []
        why = next((word for kind, word in _BROKEN_OFF.items() if failure.check(kind)), "")
        begun = broken_off(request.meta, request.url, task.url, why) if why else None
        _done_with(request.meta)
        if failure.check(IgnoreRequest) and "robots.txt" in failure.getErrorMessage():
            reason = "robots.txt forbids this page"
        else:
            text = " ".join(failure.getErrorMessage().split())
            reason = f"{failure.type.__name__}: {text}"[:500]
        return [Visited(task=task, failed=reason, exchange=begun)]


def lists_nothing(reading: PageReading) -> str:
    """Why a result page without any result is none that was read to its end; "" where it is."""
    if reading.kind is PageKind.BLOCKED or reading.listing_urls or reading.listings:
        return ""
    return next((one for one in reading.warnings if one.endswith(HALF_READ)), "")


def page_of(response: Response, task: Task, run: RunContext) -> tuple[Page, Exchange]:
    """What a response says, for the reader and for the evidence store."""
    tap = response.meta.get("tap")
    content_type = (response.headers.get("Content-Type") or b"text/html").decode("latin-1")
    complete = is_complete(response)
    started = tap.started_at if tap else datetime.now(UTC)
    page = Page(
        url=response.url,
        body=response.body,
        status=response.status,
        content_type=content_type,
        kind_hint=_HINTS[task.kind],
        fetched_at=started,
        complete=complete,
    )
    exchange = Exchange(
        url=response.url,
        requested_url=task.url,
        request=bytes(tap.sent) if tap else b"",
        response=tap.take() if tap else b"",
        payload=response.body,
        status=response.status,
        ip=tap.ip if tap else response.meta.get("browser_ip"),
        started_at=started,
        complete=complete,
        truncated="disconnect" if {"dataloss", "partial"} & set(response.flags) else "unspecified",
        content_type=content_type,
        earlier=redirects(response.meta),
        headers=security(response.meta),
        extra=certificates(response.meta, run.chains),
    )
    if response.meta.get("playwright"):
        from crawler.rendering import secured_of

        secured = secured_of(response)
        exchange = replace(exchange, headers=headers_of(secured), extra=chains_of([secured], run.chains))
    return page, exchange


def _done_with(meta: dict[str, Any]) -> None:
    tap: Tap | None = meta.get("tap")
    if tap is not None:
        tap.done()


def is_complete(response: Response) -> bool:
    """False where the connection ended early, a compressed body lacks its end, or its head contradicts itself."""
    return not _INCOMPLETE & set(response.flags)

"""4. Store: everything a page gave goes through the one write door, in one transaction with its unit."""

from __future__ import annotations

import asyncio

from scrapy.crawler import Crawler

from crawler.context import RunContext, Visited, run_of
from storage.door import Found, Visit
from storage.models import UnitKind
from storage.runs import NewUnit
from wildtrade.errors import StorageError
from wildtrade.records import Label, PageKind

LONGEST_URL = 8192  # characters; longer ones are traps


class StorePipeline:
    """Waits until the visit is on the disk, then tells the frontier. A disk or database that refuses ends the run."""

    def __init__(self, run: RunContext) -> None:
        self._run = run

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> StorePipeline:
        return cls(run_of(crawler))

    async def process_item(self, item: Visited) -> Visited:
        run = self._run
        visit = self._visit(item)
        try:
            recorded = await asyncio.wrap_future(run.writer.submit(visit, item.sealed))
        except StorageError as error:
            run.storage_refuses(error)
            return item
        finally:
            run.frontier.finished()
        run.known.remember(item.listings)
        for _, change in recorded.changes:
            run.counts[change.value] += 1
        run.counts["pages"] += 1
        opinions = (one.assessment for one in visit.found)
        run.counts["flagged"] += sum(one is not None and one.label is Label.FLAG for one in opinions)
        if item.task.kind is UnitKind.SEARCH and not run.source.follow:
            run.frontier.count_listings(len(recorded.changes))
        if problem := item.failed or recorded.problem:
            run.counts["lost"] += item.task.kind is UnitKind.SEARCH or bool(recorded.problem)
            run.note_problem(f"{item.task.url}: {problem}")
        return item

    def _visit(self, item: Visited) -> Visit:
        units = []
        if item.task.kind is UnitKind.SEARCH and item.reading is not None:
            # The next page of results comes before what this one lists, so that the listings never run out meanwhile.
            if item.next_url and len(item.next_url) <= LONGEST_URL:
                page = item.task.page + 1
                units.append(NewUnit(kind=UnitKind.SEARCH, url=item.next_url, query=item.task.query, page=page))
            if self._run.source.follow:
                urls = [url for url in item.reading.listing_urls if len(url) <= LONGEST_URL]
                units += [NewUnit(kind=UnitKind.LISTING, url=url, query=item.task.query) for url in urls]
        return Visit(
            run_id=self._run.run_id,
            unit_id=item.task.id,
            source=self._run.source.id,
            kind=item.reading.kind if item.reading else PageKind.LISTING,
            capture=None,
            found=tuple(Found(listing=one, assessment=item.assessments.get(one.key)) for one in item.listings),
            units=tuple(units),
            gone_key=item.gone_key,
            failed=item.failed,
            note="; ".join(filter(None, (*(item.reading.warnings if item.reading else ()), item.note))),
            attachments=item.attachments,
        )

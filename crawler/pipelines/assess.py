"""3. Assess: the machine's opinion of what is new or changed; "same" gets no second one."""

from __future__ import annotations

from scrapy.crawler import Crawler

from crawler.context import RunContext, Visited, run_of
from wildtrade.records import Change


class AssessPipeline:
    """Fills ``assessments`` by listing key."""

    def __init__(self, run: RunContext) -> None:
        self._run = run

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> AssessPipeline:
        return cls(run_of(crawler))

    async def process_item(self, item: Visited) -> Visited:
        due = tuple(one for one in item.listings if item.changes.get(one.key) is not Change.SAME)
        if due:
            opinions = await self._run.reader.assess(due)
            item.assessments = {listing.key: opinion for listing, opinion in zip(due, opinions, strict=True)}
        return item

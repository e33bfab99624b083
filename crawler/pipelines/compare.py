"""2. Compare: has this listing been seen before, and does it still say the same?"""

from __future__ import annotations

from dataclasses import replace

from scrapy.crawler import Crawler

from crawler.context import RunContext, Visited, run_of


class ComparePipeline:
    """Fills ``changes`` by listing key; drops listings older than the run's ``since``."""

    def __init__(self, run: RunContext) -> None:
        self._run = run

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> ComparePipeline:
        return cls(run_of(crawler))

    async def process_item(self, item: Visited) -> Visited:
        since = self._run.since
        if since is not None and item.reading is not None:
            fresh = tuple(one for one in item.listings if one.posted_at is None or one.posted_at >= since)
            if not fresh and item.listings:
                item.next_url = None  # pages are newest first: behind an old page lie older ones
            item.reading = replace(item.reading, listings=fresh)
        if item.listings:
            item.changes = self._run.known.compare(item.listings)
        return item

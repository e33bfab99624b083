"""1. Capture: seal request and response as WARC records, before anyone judges the page."""

from __future__ import annotations

import asyncio

from crawler.context import Visited
from storage.evidence import seal


class CapturePipeline:
    """Fills ``sealed``. Compression runs in a thread, so downloads go on."""

    async def process_item(self, item: Visited) -> Visited:
        if item.exchange is not None:
            item.sealed = await asyncio.to_thread(seal, item.exchange)
        return item

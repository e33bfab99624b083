"""The yardstick: bare Scrapy with selectolax taking six fields from the same pages. Run as a process of its own."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import scrapy
from scrapy.crawler import AsyncCrawlerProcess
from selectolax.lexbor import LexborHTMLParser


class BareSpider(scrapy.Spider):
    """Follows result pages and takes six fields from each listing."""

    name = "bare"
    port = 0

    async def start(self) -> AsyncIterator[scrapy.Request]:
        self.began = time.perf_counter()
        self.items = self.fetched = 0
        yield scrapy.Request(f"http://127.0.0.1:{self.port}/search?q=all&page=1")

    def parse(self, response: Any) -> Iterator[Any]:
        self.fetched += 1
        tree = LexborHTMLParser(response.body)
        for link in tree.css("li.card a, a[rel=next]"):
            url = response.urljoin(link.attributes["href"])
            yield scrapy.Request(url, callback=self.parse if "/search" in url else self.listing)

    def listing(self, response: Any) -> Iterator[dict[str, str | None]]:
        self.fetched += 1
        self.items += 1
        tree = LexborHTMLParser(response.body)

        def text(selector: str) -> str | None:
            node = tree.css_first(selector)
            return node.text(strip=True) if node else None

        image = tree.css_first("img.main")
        yield {
            "title": text("h1.title"),
            "price": text("p.price"),
            "seller": text("p.seller a"),
            "location": text("p.location"),
            "description": text("div.description"),
            "image": image.attributes["src"] if image else None,
        }

    def closed(self, reason: str) -> None:
        print(json.dumps({"pages": self.fetched, "items": self.items, "seconds": time.perf_counter() - self.began}))


if __name__ == "__main__":
    BareSpider.port = int(sys.argv[1])
    process = AsyncCrawlerProcess(
        {
            "LOG_LEVEL": "ERROR",
            "CONCURRENT_REQUESTS": 16,
            "CONCURRENT_REQUESTS_PER_DOMAIN": 16,
            "DOWNLOAD_DELAY": 0,
            "TELNETCONSOLE_ENABLED": False,
            "REMOTE_CONTROL_ENABLED": False,
        }
    )
    process.crawl(BareSpider)
    process.start()

"""A source's own headers, which may hold a key, go to the hosts that its file names and to no other."""

from __future__ import annotations

from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from crawler.context import run_of
from wildtrade.sources import Source


class OwnHeaders:
    """Takes them off every request that leaves those hosts, be it by redirect, next page or link; also from one that
    goes there unencrypted where the file says ``https``."""

    def __init__(self, source: Source) -> None:
        if source.api is None or not source.api.headers:
            raise NotConfigured
        self._names = list(source.api.headers)
        named = [*source.start_urls, source.search.url if source.search else "", source.api.next_url]
        self._origins = {(scheme, host) for url in named for scheme, host in (_origin(url), ("https", _origin(url)[1]))}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> OwnHeaders:
        return cls(run_of(crawler).source)

    def process_request(self, request: Request) -> None:
        if _origin(request.url) not in self._origins:
            for name in self._names:
                request.headers.pop(name, None)


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower()

"""Runs a crawl whose names all resolve to the replay server: the resolver is the only thing that differs."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from scrapy.resolver import HostResolution
from twisted.internet.address import IPv4Address
from twisted.internet.interfaces import IHostnameResolver
from zope.interface import implementer


@implementer(IHostnameResolver)
class LoopbackResolver:
    """Every name is the replay server's address."""

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor

    @classmethod
    def from_crawler(cls, crawler: Any, reactor: Any) -> LoopbackResolver:
        return cls(reactor)

    def install_on_reactor(self) -> None:
        self._reactor.installNameResolver(self)

    def resolveHostName(self, receiver: Any, hostName: str, *args: Any, **kwargs: Any) -> Any:
        receiver.resolutionBegan(HostResolution(hostName))
        receiver.addressResolved(IPv4Address("TCP", "127.0.0.1", int(os.environ["REPLAY_PORT"])))
        receiver.resolutionComplete()
        return receiver


if __name__ == "__main__":
    from crawler.run import CrawlOptions, crawl
    from wildtrade.settings import open_workspace

    options = CrawlOptions(scrapy={"TWISTED_DNS_RESOLVER": "support.replay_crawl.LoopbackResolver"})
    print(json.dumps(crawl(open_workspace(), sys.argv[1:], options).data))

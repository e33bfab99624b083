"""Runs a crawl whose resolver flips: the first FLIP_AFTER look-ups give 127.0.0.1, all later ones 127.0.0.2."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from scrapy.resolver import HostResolution
from twisted.internet.address import IPv4Address
from twisted.internet.interfaces import IHostnameResolver
from zope.interface import implementer


@implementer(IHostnameResolver)
class FlippingResolver:
    """A name server in the hands of an attacker."""

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor
        self._left = int(os.environ["FLIP_AFTER"])

    @classmethod
    def from_crawler(cls, crawler: Any, reactor: Any) -> FlippingResolver:
        return cls(reactor)

    def install_on_reactor(self) -> None:
        self._reactor.installNameResolver(self)

    def resolveHostName(self, receiver: Any, hostName: str, portNumber: int = 0, *rest: Any, **more: Any) -> Any:
        self._left -= 1
        receiver.resolutionBegan(HostResolution(hostName))
        address = "127.0.0.1" if self._left >= 0 else "127.0.0.2"
        receiver.addressResolved(IPv4Address("TCP", address, portNumber))
        receiver.resolutionComplete()
        return receiver


if __name__ == "__main__":
    from crawler.run import CrawlOptions, crawl
    from wildtrade.settings import open_workspace

    options = CrawlOptions(scrapy={"TWISTED_DNS_RESOLVER": "support.hostile_resolver.FlippingResolver"})
    print(json.dumps(crawl(open_workspace(Path(sys.argv[1])), sys.argv[2:], options).data))

"""The three practice sites, each of its own make; none of them ever sees the answer key."""

from collections.abc import Callable

from starlette.types import ASGIApp

from academy.sites.common import Stock
from academy.sites.feed import feed_site
from academy.sites.market import market_site
from academy.sites.shop import shop_site

BUILDERS: dict[str, Callable[[Stock], ASGIApp]] = {"market": market_site, "shop": shop_site, "feed": feed_site}

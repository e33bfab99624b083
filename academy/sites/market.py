"""Quayside Ads: plain server-made HTML with numbered pages and schema.org microdata."""

from __future__ import annotations

from math import ceil

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from academy.sites.common import CATEGORIES, Stock, common_routes, not_here, page_number, templates
from academy.world.items import Item

PAGE_SIZE = 24


class Market:
    """The pages of the site."""

    def __init__(self, stock: Stock) -> None:
        self.stock = stock
        self.environment = templates("market", stock)

    def _html(self, template: str, **values: object) -> HTMLResponse:
        return HTMLResponse(self.environment.get_template(template).render(**values))

    def _results(self, request: Request, heading: str, found: list[Item], query: str = "") -> Response:
        page, last = page_number(request), max(1, ceil(len(found) / PAGE_SIZE))
        if page > last:
            return self.missing(404)
        shown = found[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
        around = [n for n in range(1, last + 1) if n in (1, last) or abs(n - page) <= 2]
        values = {"heading": heading, "items": shown, "total": len(found), "query": query}
        return self._html(
            "market_list.html", **values, page=page, last=last, around=around, here=request.url.include_query_params
        )

    def missing(self, status: int) -> Response:
        return not_here(self.environment, "market_missing.html", status)

    async def home(self, request: Request) -> Response:
        return self._results(request, "Latest ads", self.stock.newest)

    async def search(self, request: Request) -> Response:
        query = request.query_params.get("q", "").strip()
        heading = "All ads" if query in ("", "*") else f"Results for “{query}”"
        return self._results(request, heading, self.stock.search(query), query)

    async def category(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in CATEGORIES:
            return self.missing(404)
        return self._results(request, CATEGORIES[name], [i for i in self.stock.newest if i.category == name])

    async def ad(self, request: Request) -> Response:
        ad_id = request.path_params["ad_id"]
        item = self.stock.items.get(ad_id)
        if item is None:
            # Some ads are said to be gone, others just vanish, as on real sites.
            return self.missing(410 if ad_id in self.stock.gone and int(ad_id[-1]) % 2 else 404)
        return self._html("market_ad.html", item=item, related=self.stock.related(item, 4))

    async def seller(self, request: Request) -> Response:
        items = self.stock.by_seller(request.path_params["account"])
        if not items:
            return self.missing(404)
        return self._results(request, f"Ads by {items[0].seller.name}", items)


def market_site(stock: Stock) -> Starlette:
    """The whole site as an ASGI application."""
    market = Market(stock)
    return Starlette(
        routes=[
            Route("/", market.home),
            Route("/search", market.search),
            Route("/c/{name}", market.category),
            Route("/ad/{ad_id}", market.ad),
            Route("/ad/{ad_id}/{slug:path}", market.ad),
            Route("/seller/{account}", market.seller),
            *common_routes(stock),
        ]
    )

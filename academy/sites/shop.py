"""Lantern: a shop built by script. The pages are empty shells; items come from a JSON API or embedded state."""

from __future__ import annotations

import json
from typing import Any

from markupsafe import Markup
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from academy.sites.common import CATEGORIES, Stock, common_routes, not_here, templates
from academy.world import prices
from academy.world.items import Item
from wildtrade.records import Money

BATCH = 20


def card(item: Item) -> dict[str, Any]:
    """An item as the API lists it."""
    return {
        "id": item.id,
        "title": item.title,
        "price": money(item.price),
        "wasPrice": money(item.old_price),
        "place": item.place,
        "image": f"/img/{item.pictures[0].token}.png",
        "url": f"/p/{item.id}",
    }


def money(value: Money | None) -> dict[str, Any] | None:
    """A price as the API gives it: the number, its currency and what a reader sees."""
    if value is None:
        return None
    return {"amount": int(value.amount), "currency": value.currency, "label": prices.written(value)}


def details(item: Item) -> dict[str, Any]:
    """An item as its own page embeds it."""
    return card(item) | {
        "description": item.text,
        "categoryName": CATEGORIES[item.category],
        "images": [f"/img/{picture.token}.png" for picture in item.pictures],
        "seller": {"id": item.seller.id, "name": item.seller.name, "memberSince": item.seller.since},
        "createdAt": item.posted_at.isoformat().replace("+00:00", "Z"),
        "availability": item.status.value,
    }


def embedded(data: object) -> Markup:
    """JSON for a script element; no text in it can end the element."""
    text = json.dumps(data, ensure_ascii=False)
    return Markup(text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029"))  # noqa: S704 - made safe on this line


class Shop:
    """The pages and the API of the site."""

    def __init__(self, stock: Stock) -> None:
        self.stock = stock
        self.environment = templates("shop", stock)

    def _shell(self, state: dict[str, Any]) -> Response:
        return HTMLResponse(self.environment.get_template("shop.html").render(state=embedded(state)))

    async def home(self, request: Request) -> Response:
        return self._shell({"view": "grid", "query": request.query_params.get("q", "")})

    async def items(self, request: Request) -> Response:
        """One batch of the grid; ``cursor`` is the id of the last item the caller has."""
        found = self.stock.search(request.query_params.get("q", ""))
        cursor = request.query_params.get("cursor", "")
        start = next((at + 1 for at, item in enumerate(found) if item.id == cursor), 0)
        batch = found[start : start + BATCH]
        more = start + BATCH < len(found)
        return JSONResponse({"items": [card(i) for i in batch], "next": batch[-1].id if more else None})

    async def product(self, request: Request) -> Response:
        item = self.stock.items.get(request.path_params["item_id"])
        if item is None:
            return not_here(self.environment, "shop_missing.html", 404)
        related = [card(other) for other in self.stock.related(item, 4)]
        return self._shell({"view": "product", "product": details(item), "related": related, "cart": {"total": 0}})


def shop_site(stock: Stock) -> Starlette:
    """The whole site as an ASGI application."""
    shop = Shop(stock)
    return Starlette(
        routes=[
            Route("/", shop.home),
            Route("/api/items", shop.items),
            Route("/p/{item_id}", shop.product),
            *common_routes(stock),
        ]
    )

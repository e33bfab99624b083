"""Murmur: a social feed without end. A script fetches further posts as ready-made HTML and appends them."""

from __future__ import annotations

import zlib

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from academy.sites.common import Stock, common_routes, not_here, templates
from academy.world.items import Item
from academy.world.voices import voices

BATCH = 12


class Feed:
    """The pages of the site."""

    def __init__(self, stock: Stock) -> None:
        self.stock = stock
        self.environment = templates("feed", stock)
        self.environment.globals |= {"ago": self.ago, "applause": applause}

    def ago(self, item: Item) -> str:
        """When the post was made, in words of its language: ``3 h``, ``hace 2 días``."""
        words = voices()[item.language].ago
        hours = max(1, int((self.stock.clock - item.posted_at).total_seconds() // 3600))
        if hours < 24:
            return words.hours.format(n=hours)
        return words.day if hours < 48 else words.days.format(n=hours // 24)

    def _html(self, template: str, **values: object) -> HTMLResponse:
        return HTMLResponse(self.environment.get_template(template).render(**values))

    async def home(self, request: Request) -> Response:
        return self._html("feed.html", query=request.query_params.get("q", ""))

    async def more(self, request: Request) -> Response:
        """The posts after ``cursor`` (the id of the last post the caller has)."""
        found = self.stock.search(request.query_params.get("q", ""))
        cursor = request.query_params.get("cursor", "")
        start = next((at + 1 for at, post in enumerate(found) if post.id == cursor), 0)
        return self._html("feed_posts.html", posts=found[start : start + BATCH])

    async def post(self, request: Request) -> Response:
        item = self.stock.items.get(request.path_params["post_id"])
        if item is None:
            return not_here(self.environment, "feed_missing.html", 404)
        return self._html("feed_post.html", post=item)

    async def profile(self, request: Request) -> Response:
        posts = self.stock.by_seller(request.path_params["account"])
        if not posts:
            return not_here(self.environment, "feed_missing.html", 404)
        return self._html("feed_profile.html", posts=posts, account=posts[0].seller)


def applause(item: Item) -> tuple[int, int]:
    """Likes and comments: the same for a post at every visit, and nothing to do with what it sells."""
    number = zlib.crc32(item.id.encode())
    return number % 47, number // 47 % 9


def feed_site(stock: Stock) -> Starlette:
    """The whole site as an ASGI application."""
    feed = Feed(stock)
    return Starlette(
        routes=[
            Route("/", feed.home),
            Route("/more", feed.more),
            Route("/post/{post_id}", feed.post),
            Route("/u/{account}", feed.profile),
            *common_routes(stock),
        ]
    )

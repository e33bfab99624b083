"""What the three sites share: their stock, templates, pictures and small routes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

import jinja2
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from academy.pictures import picture_png
from academy.world import prices
from academy.world.items import Item, Picture

HERE = Path(__file__).parent
BANNER = "Practice world: invented listings. Nothing here is real or for sale."
CATEGORIES = {
    "home": "Home & furniture", "electronics": "Electronics", "vehicles": "Vehicles", "fashion": "Fashion",
    "kids": "Baby & kids", "sports": "Sports", "tools": "Tools", "garden": "Garden", "books": "Books",
    "music": "Music", "beauty": "Health & beauty", "collectables": "Antiques & collectables",
    "animals": "Pets & farm", "food": "Food",
}  # fmt: skip
_ROBOTS = "User-agent: *\nDisallow: /account/\nDisallow: /admin/\nAllow: /\n"


@dataclass(frozen=True)
class Stock:
    """What one site shows: its live items (newest first), the ids it took down, and its present time (UTC)."""

    items: Mapping[str, Item]
    gone: Set[str]
    clock: datetime

    @cached_property
    def newest(self) -> list[Item]:
        """All items, newest first."""
        return list(self.items.values())

    @cached_property
    def pictures(self) -> dict[str, Picture]:
        """Pictures by their public name."""
        return {picture.token: picture for item in self.newest for picture in item.pictures}

    @cached_property
    def _haystacks(self) -> list[tuple[str, Item]]:
        return [(f"{i.title}\n{i.text}\n{i.seller.name}".casefold(), i) for i in self.newest]

    def search(self, query: str) -> list[Item]:
        """Items that contain every word of ``query``; all of them for an empty query or ``*``."""
        words = [] if query.strip() in ("", "*") else query.casefold().split()
        return [item for text, item in self._haystacks if all(word in text for word in words)]

    def related(self, item: Item, count: int) -> list[Item]:
        """Other items of the same category, the ones posted next to this one."""
        same = [other for other in self.newest if other.category == item.category]
        at = same.index(item)
        return [other for other in same[max(0, at - count) : at + count + 1] if other is not item][:count]

    def by_seller(self, account_id: str) -> list[Item]:
        """All items of one account."""
        return [item for item in self.newest if item.seller.id == account_id]


def slug(text: str) -> str:
    """Latin letters and digits of a title for its address; may be empty."""
    plain = unicodedata.normalize("NFKD", text.lower()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-")


def page_number(request: Request) -> int:
    """``?page=``, 1 where it is missing or nonsense."""
    text = request.query_params.get("page", "1")
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 6 else 1


def templates(site: str, stock: Stock) -> jinja2.Environment:
    """The site's templates; texts are escaped."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"money": prices.written, "slug": slug}
    environment.globals |= {"site": site, "stock": stock, "banner": BANNER, "categories": CATEGORIES}
    return environment


def common_routes(stock: Stock) -> list[BaseRoute]:
    """Pictures, style sheets and robots.txt."""

    async def picture(request: Request) -> Response:
        found = stock.pictures.get(request.path_params["token"])
        if found is None:
            return PlainTextResponse("no such picture", status_code=404)
        headers = {"Cache-Control": "public, max-age=86400"}
        return Response(picture_png(found.motif, found.seed), media_type="image/png", headers=headers)

    async def robots(_: Request) -> Response:
        return PlainTextResponse(_ROBOTS)

    return [
        Route("/img/{token}.png", picture),
        Route("/robots.txt", robots),
        Mount("/static", StaticFiles(directory=HERE / "static")),
    ]


def not_here(environment: jinja2.Environment, template: str, status: int) -> HTMLResponse:
    """The site's own page for what is gone (410) or never was (404)."""
    return HTMLResponse(environment.get_template(template).render(status=status), status_code=status)

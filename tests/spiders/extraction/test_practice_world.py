"""Every listing page of a small practice world, field by field, against what was put on it."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any

import pytest
from starlette.types import ASGIApp, Message

from academy.server import sites
from academy.world import Item, World
from spiders.reading import read_page
from wildtrade.paths import shipped_config
from wildtrade.records import Listing, Page, PageKind
from wildtrade.sources import load_source

WORLD = World(seed=23, size=200, now=date(2026, 11, 24))
PATHS = {"market": "/ad/", "shop": "/p/"}
FLOOR = 0.98


def get(app: ASGIApp, host: str, path: str) -> bytes:
    """The body of one answer, asked of the application itself."""
    pieces: list[bytes] = []

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        pieces.append(message.get("body", b""))

    scope = {"type": "http", "method": "GET", "scheme": "http", "path": path, "query_string": b"", "root_path": ""}
    asyncio.run(app(scope | {"headers": [(b"host", host.encode())]}, receive, send))
    return b"".join(pieces)


def put(item: Item) -> dict[str, Any]:
    pictures = tuple(f"/img/{picture.token}.png" for picture in item.pictures)
    fields = {"key": item.id, "price": item.price, "seller": item.seller.name, "location": item.place}
    fields |= {"title": item.title, "description": item.text, "posted_at": item.posted_at.date()}
    return {name: tidy(value) for name, value in fields.items()} | {"status": item.status, "images": pictures}


def read(listing: Listing, host: str) -> dict[str, Any]:
    names = ("key", "price", "seller", "location", "title", "description", "posted_at")
    pictures = tuple(link.removeprefix(f"http://{host}") for link in listing.images)
    fields = {name: tidy(getattr(listing, name)) for name in names}
    return fields | {"status": listing.status, "images": pictures}


def tidy(value: Any) -> Any:
    return (" ".join(value.split()) or None) if isinstance(value, str) else value


@pytest.mark.parametrize("site", PATHS)
def test_pages_are_read_as_they_were_written(site: str) -> None:
    source, app = load_source(shipped_config() / "sources" / f"practice_{site}.yaml"), sites(WORLD)[site]
    host, items = source.allow_addresses[0], list(WORLD.items[site].values())
    wrong: dict[str, list[tuple[Any, Any]]] = {}
    for item in items:
        path = PATHS[site] + item.id
        page = Page(
            url=f"http://{host}{path}", body=get(app, host, path), kind_hint=PageKind.LISTING, fetched_at=WORLD.clock
        )
        (listing,) = read_page(page, source).listings
        assert item.price or not listing.price, "an invented price"
        found = read(listing, host)
        for name, value in put(item).items():
            if found[name] != value:
                wrong.setdefault(name, []).append((found[name], value))
    assert len(items) > 50
    assert not {name: pairs for name, pairs in wrong.items() if len(pairs) > (1 - FLOOR) * len(items)}

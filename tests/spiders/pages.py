"""Small pages of our own, in the likeness of what sites serve."""

from __future__ import annotations

from datetime import UTC, datetime

from spiders.view import View
from wildtrade.records import Page, PageKind
from wildtrade.sources import Source

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def page(text: str | bytes, url: str = "https://bazaar.example/", **values: object) -> Page:
    body = text.encode() if isinstance(text, str) else text
    return Page(url=url, body=body, **{"fetched_at": NOW, **values})  # type: ignore[arg-type]


def view(text: str, url: str = "https://bazaar.example/", source: Source | None = None, **values: object) -> View:
    return View(page(text, url, **values), source)


def source(**values: object) -> Source:
    return Source.model_validate(
        {
            "id": "bazaar",
            "name": "Bazaar",
            "site": "bazaar.example",
            "country": "INT",
            "languages": ["en"],
            "kind": "marketplace",
            "start_urls": ["https://bazaar.example/new"],
            "facts": {"date": "2026-11", "confidence": "ours"},
            **values,
        }
    )


def cards(count: int, price: str = "$ {n}5", path: str = "/item/lamp-{n}-48213{n:02}") -> str:
    """A result page: navigation, filters, a grid of cards with several links each, a pager, a footer."""
    nav = "".join(f'<li><a href="/c/section-{n}">Section {n}</a></li>' for n in range(12))
    grid = "".join(
        f'<div class="card"><a href="{path.format(n=n)}"><img src="/i/{n}.jpg"></a>'
        f'<h3><a href="{path.format(n=n)}#top">Brass lamp number {n}</a></h3>'
        f'<p class="price">{price.format(n=n)}</p><a href="/user/seller{n}">seller{n}</a></div>'
        for n in range(10, 10 + count)
    )
    return (
        f"<html><head><title>Lamps</title></head><body><nav><ul>{nav}</ul></nav><h1>Lamps</h1>"
        f'<div class="grid">{grid}</div><div class="pagination"><a href="?page=1">1</a> <a href="?page=2">2</a> '
        f'<a href="?page=2">Next</a></div><footer><a href="/about">About</a><a href="/terms">Terms</a>'
        f"</footer></body></html>"
    )


LISTING = PageKind.LISTING
SEARCH = PageKind.SEARCH
SOCIAL = PageKind.SOCIAL
API = PageKind.API
BLOCKED = PageKind.BLOCKED

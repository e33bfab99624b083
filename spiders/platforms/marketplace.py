"""Marketplaces read page by page: result pages name listings, listing pages are read in full."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from spiders import grid, items, payload
from spiders.extraction.document import Document
from spiders.extraction.listing import read_listing
from spiders.extraction.state import states
from spiders.kinds import is_search
from spiders.links import shape_of, unique
from spiders.paging import next_page
from spiders.platforms.base import Platform
from spiders.view import View
from wildtrade.records import PageKind, PageReading
from wildtrade.sources import Source

_STATE_WORDS = ["price", "title", "url", "image"]


class Marketplace(Platform):
    """Any classified site, auction house or shop. The source may name its listings' URLs and links; nothing must."""

    engine = "marketplace"

    def read(self, view: View) -> PageReading:
        """A search page's listing addresses, or a listing page's listing."""
        if self._is_listing(view):
            return PageReading(kind=PageKind.LISTING, listings=(read_listing(view.document, view.page, self.source),))
        urls = listing_urls(view.document, self.source)
        return PageReading(kind=PageKind.SEARCH, listing_urls=urls, next_page=self.next_page(view))

    def next_page(self, view: View) -> str | None:
        """The address of the next result page as the page gives it."""
        css = self.source.selectors.get("next_page") if self.source else None
        if css is None:
            return next_page(view.document)
        node = view.document.tree.css_first(css)
        return view.document.absolute(node.attributes.get("href")) if node else None

    def _is_listing(self, view: View) -> bool:
        hint = view.page.kind_hint
        pattern = self.source.listing_pattern if self.source else None
        elsewhere = pattern is not None and not pattern.search(view.url)
        if hint is PageKind.LISTING:  # a listing that was taken down often leads to the results of its category
            return not (elsewhere and is_search(view))
        if hint is PageKind.SEARCH:
            return False
        if pattern is not None:
            return not elsewhere
        return not is_search(view)


def listing_urls(document: Document, source: Source | None = None) -> tuple[str, ...]:
    """Absolute addresses of the listings a page names, in page order, each once."""
    if source and source.selectors.get("listing_link"):
        nodes = document.tree.css(source.selectors["listing_link"])
        return unique(url for node in nodes if (url := document.absolute(node.attributes.get("href"))))
    if source and source.listing_pattern:
        found = unique(url for url in _every_link(document) if source.listing_pattern.search(url))
        return found or unique(u for u in _state_urls(document) if source.listing_pattern.search(u))
    return tuple(grid.results(document)) or item_list(document) or unique(_state_urls(document))


def _every_link(document: Document) -> Iterator[str]:
    for node in document.tree.css("a[href]")[:20_000]:
        url = document.absolute(node.attributes.get("href"))
        if url:
            yield url.partition("#")[0]


def item_list(document: Document) -> tuple[str, ...]:
    """The URLs of a JSON-LD ``ItemList``."""
    urls: list[str] = []
    for entry in document.json_ld:
        if entry.get("@type") in ("ItemList", "OfferCatalog", "AggregateOffer", "SearchResultsPage"):
            for element in _elements(entry):
                link = document.absolute(element if isinstance(element, str) else _link_of(element))
                if link:
                    urls.append(link)
    return unique(urls)


def _elements(entry: dict[str, Any]) -> list[Any]:
    found: list[Any] = next(
        (entry[key] for key in ("itemListElement", "offers", "mainEntity") if isinstance(entry.get(key), list)), []
    )
    return list(found)


def _link_of(element: Any) -> str | None:
    if not isinstance(element, dict):
        return None
    inner = element.get("item")
    url = element.get("url") or (inner.get("url") or inner.get("@id") if isinstance(inner, dict) else inner)
    return url if isinstance(url, str) else None


def _state_urls(document: Document) -> Iterator[str]:
    """Addresses of the items in a script-built page's state: of each item the first one made like most of them."""
    data = [value for word in _STATE_WORDS for value in states(document.scripts, [word])][:4]
    found = [[url for raw in _urls_in(item) if (url := document.absolute(raw))] for item in items.find_items(data)]
    makes = Counter(_make(url) for urls in found for url in urls)
    make = max((make for make in makes if make[1]), key=lambda make: makes[make], default=None)
    for urls in found:
        url = next((url for url in urls if _make(url) == make), None)
        if url:
            yield url


def _make(url: str) -> tuple[int, bool]:
    shape = shape_of(url)
    return len(shape.pattern), shape.has_id


def _urls_in(item: Any) -> Iterator[str]:
    for value in payload.walk(item, limit=500):
        for child in value.values() if isinstance(value, dict) else value:
            if (
                isinstance(child, str)
                and re.match(r"https?://|/?[\w-]+/[\w-]+", child)
                and not re.search(r"\.(?:jpe?g|png|webp|svg|gif|js|css)\b|\s", child)
            ):
                yield child

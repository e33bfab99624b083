"""A page read without a tree: what is shown when the parser hung, died, or lost text."""

from __future__ import annotations

from urllib.parse import urljoin

from spiders.decoding import Decoded, decode
from spiders.links import MAX_URL, shape_of, site_of, unique
from spiders.platforms.base import Platform
from spiders.tokenizer import recover
from wildtrade.records import Listing, Page, PageKind, PageReading
from wildtrade.sources import Source

MAX_DESCRIPTION = 50_000
WARNING = "read by the tokenizer, without a tree"


def read_fallback(
    page: Page, source: Source | None = None, reason: str = "", decoded: Decoded | None = None
) -> PageReading:
    """Text and links of a page in bounded time. A search page gives the links that look like listings, any other page
    one listing whose description is all that the page shows. ``decoded`` is the page as text where it is known."""
    decoded = decoded or decode(page)
    found = recover(decoded.text)
    url = decoded.url
    warnings = (f"{reason}: {WARNING}" if reason else WARNING, *decoded.warnings)
    links = unique(link for raw in found.links if (link := _absolute(url, raw)))
    if page.kind_hint is PageKind.SEARCH:
        return PageReading(kind=PageKind.SEARCH, listing_urls=_listings(links, source), warnings=warnings)
    listing = Listing(
        source=source.id if source else site_of(url),
        key=Platform(source).key_for(url),
        url=url,
        title=found.heading or found.title or None,
        description=found.text[:MAX_DESCRIPTION] or None,
    )
    return PageReading(kind=page.kind_hint or PageKind.LISTING, listings=(listing,), warnings=warnings)


def _absolute(base: str, link: str) -> str | None:
    try:
        joined = urljoin(base, link).partition("#")[0]
    except ValueError:
        return None
    return (
        joined
        if joined.startswith(("http://", "https://")) and len(joined) <= MAX_URL and site_of(joined) == site_of(base)
        else None
    )


def _listings(links: tuple[str, ...], source: Source | None) -> tuple[str, ...]:
    pattern = source.listing_pattern if source else None
    if pattern is not None:
        return tuple(link for link in links if pattern.search(link))
    return tuple(link for link in links if shape_of(link).has_id)

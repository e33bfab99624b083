"""What every platform reader shares: where a query starts, what comes next, how a listing is named."""

from __future__ import annotations

import re
from typing import ClassVar
from urllib.parse import quote, quote_plus

from spiders.view import View
from wildtrade.records import PageReading, Query
from wildtrade.sources import Search, Source
from wildtrade.urls import canonical_url


class Platform:
    """Reads the pages of one make of site. A subclass overrides ``read`` and, where it can be told, ``recognises``.

    ``engine`` is the name that a source file and the entry-point group ``wildtrade.spiders`` use. ``source`` is None
    for a saved page of unknown origin.
    """

    engine: ClassVar[str] = ""

    def __init__(self, source: Source | None = None) -> None:
        self.source = source

    @classmethod
    def recognises(cls, view: View) -> bool:
        """Whether a page of unknown origin is this platform's, by marks of the engine itself."""
        return False

    def read(self, view: View) -> PageReading:
        """All that one page says."""
        raise NotImplementedError

    def first_urls(self, query: Query) -> list[str]:
        """The first result page for a query; empty for a source without search."""
        search = self.source.search if self.source else None
        return [_fill(search, joined(query.text, search), 1)] if search else []

    def next_url(self, url: str, page_number: int, reading: PageReading) -> str | None:
        """The result page after ``url`` (which was page ``page_number``, from 1): what the page itself said, else the
        next number in the source's search URL. None where there is no further page."""
        if reading.next_page:
            return reading.next_page
        search = self.source.search if self.source else None
        if (
            search is None
            or not re.search(r"\{(?:page0?|offset)\}", search.url)
            or not (reading.listing_urls or reading.listings)
        ):
            return None
        words = _query_in(search, url, page_number)
        return None if words is None else _fill(search, words, page_number + 1)

    def key_for(self, url: str) -> str:
        """A listing's key: the site's own id (group 1 of ``listing_url``), else the canonical URL."""
        pattern = self.source.listing_pattern if self.source else None
        found = pattern.search(url) if pattern else None
        if found and found.groups():
            return next((group for group in found.groups() if group), found.group())
        try:
            return canonical_url(url)
        except ValueError:
            return url


def joined(text: str, search: Search) -> str:
    """A query's words as they go into the URL."""
    if search.join == "plus":
        return quote_plus(text)
    if search.join == "dash":
        return "-".join(quote(word, safe="") for word in text.split())
    return quote(text, safe="")


def _fill(search: Search, words: str, number: int) -> str:
    places = {
        "{query}": words,
        "{page}": str(number),
        "{page0}": str(number - 1),
        "{offset}": str((number - 1) * search.page_size),
    }
    return re.sub(r"\{(?:query|page0?|offset)\}", lambda place: places[place.group()], search.url)


def _query_in(search: Search, url: str, number: int) -> str | None:
    """The words in a URL that ``_fill`` made."""
    pattern = re.escape(_fill(search, "\0", number)).replace("\0", "(.+?)", 1).replace("\0", ".+?")
    found = re.fullmatch(pattern, url)
    return found.group(1) if found else None

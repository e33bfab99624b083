"""One page as a platform sees it: decoded once, parsed when somebody asks."""

from __future__ import annotations

import re
from datetime import date
from functools import cached_property
from typing import Any

from spiders import payload
from spiders.decoding import Decoded, decode
from spiders.extraction.dates import parse_date
from spiders.extraction.document import Document
from spiders.extraction.money import find_amounts, price_of
from wildtrade.records import Money, Page
from wildtrade.sources import Source

_SHORT_POST = 600
# Content that a script would put in place: markup inside a comment inside a hidden element.
_HIDDEN = re.compile(r"<code\b[^>]*hidden_elem[^>]*><!--(.*?)--></code>", re.DOTALL)


class View:
    """A page, its text, its tree or its JSON, and what is known of its source."""

    def __init__(self, page: Page, source: Source | None = None) -> None:
        self.page = page
        self.source = source
        self.decoded: Decoded = decode(page)

    @property
    def url(self) -> str:
        """The page's address."""
        return self.decoded.url

    @property
    def text(self) -> str:
        """The page's source as text."""
        return self.decoded.text

    @cached_property
    def document(self) -> Document:
        """The page as HTML."""
        text = _HIDDEN.sub(r"<div>\1</div>", self.text) if "hidden_elem" in self.text else self.text
        return Document(text, self.url)

    @cached_property
    def data(self) -> Any:
        """The page as JSON, or None where it is none."""
        return payload.loads(self.text) if payload.is_json(self.text, self.decoded.media_type) else None

    @cached_property
    def country(self) -> str | None:
        """ISO 3166 country of the source, else of the page."""
        if self.source is not None:
            return self.source.country if self.source.country != "INT" else None
        return self.document.country if self.data is None else None

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """Two-letter codes of the languages the page may be in."""
        declared = (self.document.language or "").split("-")[0] if self.data is None else ""
        return tuple(
            dict.fromkeys(code for code in (declared, *(self.source.languages if self.source else ())) if code)
        )

    @property
    def source_id(self) -> str:
        """The source's id, else the page's host."""
        return self.source.id if self.source else Document("", self.url).host

    def date(self, text: str | None) -> date | None:
        """A date as the page writes it; relative ones count from when the page was fetched."""
        return parse_date(text, anchor=self.page.fetched_at, languages=self.languages, country=self.country)

    def money(self, value: object, currency: str | None = None) -> Money | None:
        """A price out of structured data."""
        return price_of(
            value, currency=currency or (self.source.currency if self.source else None), country=self.country
        )

    def price_in(self, text: str | None) -> Money | None:
        """The price a post asks: an amount behind a price word, or the only amount with a currency in a short text."""
        if not text:
            return None
        currency = self.source.currency if self.source else None
        found = [a for a in find_amounts(text, currency=currency, country=self.country) if not a.excluded]
        labelled = next((a.money for a in found if a.labelled and a.money.currency), None)
        signed = {a.money for a in found if a.signed}
        return labelled or (signed.pop() if len(signed) == 1 and len(text) <= _SHORT_POST else None)

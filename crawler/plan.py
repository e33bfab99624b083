"""From a source and a person's words to the pages a run starts with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import yaml

from spiders.platforms import platform_for
from storage.models import UnitKind
from storage.runs import NewUnit
from wildtrade.paths import shipped_config
from wildtrade.records import Query
from wildtrade.sources import Source, source_of

_PAGE_KB = 120  # median of real saved pages; only for the estimate


@cache
def _words() -> dict[str, list[str]]:
    data: dict[str, list[str]] = yaml.safe_load((shipped_config() / "queries.yaml").read_text(encoding="utf-8"))
    return data


def queries_for(source: Source, words: Sequence[str] = ()) -> list[Query]:
    """The person's words, else the source's own, else the shipped words of its languages."""
    if words or source.queries:
        return [Query(text=text) for text in (words or source.queries)]
    by_language = [(language, _words().get(language.split("-")[0], [])) for language in source.languages]
    return [Query(text=text, language=language) for language, texts in by_language for text in texts]


def first_units(source: Source, words: Sequence[str] = (), urls: Sequence[str] = ()) -> list[NewUnit]:
    """The search pages (first page of each query) and fixed pages that a run starts with; of ``urls``, the pages of
    listings somebody asks for, those alone that belong to the source."""
    if urls:
        own = [url for url in urls if source_of(url, [source])]
        return [NewUnit(kind=UnitKind.LISTING, url=url) for url in own]
    units = [NewUnit(kind=UnitKind.SEARCH, url=url) for url in source.start_urls]
    if source.search is not None:
        platform = platform_for(source)
        for query in queries_for(source, words):
            units += [NewUnit(kind=UnitKind.SEARCH, url=url, query=query.text) for url in platform.first_urls(query)]
    return units


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a run would send, without sending anything. Requests and time are upper estimates."""

    source: str
    queries: list[str]
    hosts: dict[str, int]
    requests: int
    seconds: float
    megabytes: float
    browser: bool

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


def plan(source: Source, words: Sequence[str] = (), limit: int | None = None) -> Plan:
    """Estimate a run: every result page up to ``max_pages``, and every listing they may name."""
    units = first_units(source, words)
    pages = source.search.max_pages if source.search else 1
    searches = len(source.start_urls) + (len(units) - len(source.start_urls)) * pages
    per_page = source.expect.listings_per_page or (source.search.page_size if source.search else 20)
    listings = searches * per_page if source.follow else 0
    listings = listings if limit is None else min(listings, limit)
    host = urlsplit(units[0].url).hostname or source.site if units else source.site
    requests = searches + listings
    return Plan(
        source=source.id,
        queries=sorted({unit.query for unit in units if unit.query}),
        hosts={host: requests},
        requests=requests,
        seconds=round(requests * max(source.delay, 0.05), 1),
        megabytes=round(requests * _PAGE_KB / 1024, 1),
        browser=source.render is not None,
    )

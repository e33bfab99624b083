"""Every shipped source: valid, honest, starts offline, and reads its golden pages field by field.

Golden pages (``pages/<source>/``) are made by hand in the likeness of each site, with words and pictures of our own;
``expected.json`` says what a reader of the page would find. Run with ``WILDTRADE_UPDATE_GOLDENS=1`` to write what the
program finds now into ``expected.json``; then look at the difference, line by line, before committing it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from crawler.commands.sources import advice
from crawler.plan import first_units
from spiders.reading import read_page
from wildtrade.paths import shipped_config
from wildtrade.records import Listing, Page, PageKind, PageReading
from wildtrade.sourcedocs import PAGE as DOCUMENT
from wildtrade.sourcedocs import renewed
from wildtrade.sources import NEVER_RUN, load_source
from wildtrade.urls import canonical_url

PAGES = Path(__file__).parent / "pages"
UPDATE = bool(os.environ.get("WILDTRADE_UPDATE_GOLDENS"))
FETCHED = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)  # the day on which "yesterday" is the 21st
TYPES = {".html": "text/html; charset=utf-8", ".json": "application/json; charset=utf-8"}
# What a crawl expects to find behind an address: a list, or one offer. Feeds and API answers are lists.
HINTS = {"listing": PageKind.LISTING}

FILES = sorted((shipped_config() / "sources").glob("*.yaml"))
SOURCES = {path.stem: load_source(path) for path in FILES}
REAL = {name: source for name, source in SOURCES.items() if not name.startswith("practice_")}
by_source = pytest.mark.parametrize("name", REAL)


@cache
def goldens(name: str) -> dict[str, dict[str, Any]]:
    """File name -> {url, kind, listing_urls?, next_page?, listings?: [{field: value}]}."""
    data: dict[str, dict[str, Any]] = json.loads((PAGES / name / "expected.json").read_text(encoding="utf-8"))
    return data


@cache
def reading_of(name: str, file: str) -> PageReading:
    golden = goldens(name)[file]
    path = PAGES / name / file
    page = Page(
        url=golden["url"],
        body=path.read_bytes(),
        content_type=TYPES[path.suffix],
        kind_hint=HINTS.get(path.stem, PageKind.SEARCH),
        fetched_at=FETCHED,
    )
    return read_page(page, REAL[name])


def fields_of(golden: dict[str, Any]) -> Iterator[str]:
    yield from (key for key in ("kind", "listing_urls", "next_page") if key in golden)
    yield from dict.fromkeys(field for listing in golden.get("listings", ()) for field in listing)


CASES = [
    pytest.param(name, file, field, id=f"{name}/{file}:{field}")
    for name in REAL
    if (PAGES / name / "expected.json").is_file()
    for file, golden in goldens(name).items()
    for field in fields_of(golden)
]


def found(reading: PageReading, field: str) -> Any:
    """What the program read, in the shape of ``expected.json``."""
    if field == "kind":
        return reading.kind.value
    if field == "listing_urls":
        return [canonical_url(url) for url in reading.listing_urls]
    if field == "next_page":
        return reading.next_page and canonical_url(reading.next_page)
    return [value_of(listing, field) for listing in reading.listings]


def value_of(listing: Listing, field: str) -> Any:
    price = listing.price
    if field == "price":
        return price and f"{price.amount.normalize():f}"
    if field == "currency":
        return price and price.currency
    value = getattr(listing, field)
    if field in ("posted_at", "status"):
        return value and str(value)
    return list(value) if isinstance(value, tuple) else value


def expected(golden: dict[str, Any], field: str) -> Any:
    if field == "listing_urls":
        return [canonical_url(url) for url in golden[field]]
    if field == "next_page":
        return golden[field] and canonical_url(golden[field])
    return golden["kind"] if field == "kind" else [listing.get(field) for listing in golden["listings"]]


@pytest.mark.parametrize(("name", "file", "field"), CASES)
def test_golden(name: str, file: str, field: str) -> None:
    golden, reading = goldens(name)[file], reading_of(name, file)
    value = found(reading, field)
    if UPDATE:
        update(name, file, field, value)
        pytest.skip("golden written: look at the difference before committing it")
    assert value == expected(golden, field), reading.blocked_reason or ""


def update(name: str, file: str, field: str, value: Any) -> None:
    path = PAGES / name / "expected.json"
    data = json.loads(path.read_text(encoding="utf-8"))
    golden = data[file]
    if field in ("kind", "listing_urls", "next_page"):
        golden[field] = value
    else:
        old = golden["listings"] + [{}] * len(value)
        golden["listings"] = [{**old[n], field: one} for n, one in enumerate(value)]
    path.write_text(json.dumps(data, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


@by_source
def test_has_a_golden_page(name: str) -> None:
    assert (PAGES / name / "expected.json").is_file(), f"no golden page: add pages/{name}/"
    on_disk = {path.name for path in (PAGES / name).iterdir()} - {"expected.json"}
    assert on_disk == set(goldens(name)), "each page has its expectations and each expectation its page"
    assert all(fields_of(golden) for golden in goldens(name).values())


def test_no_golden_page_without_a_source() -> None:
    assert {path.name for path in PAGES.iterdir()} <= set(REAL)


@by_source
def test_starts_offline(name: str) -> None:
    units = first_units(REAL[name], ["ivory"] if REAL[name].search else [])
    assert units
    assert all(canonical_url(unit.url) and "{" not in unit.url for unit in units)
    assert first_units(REAL[name]), "it has queries of its own or words of its languages"


@by_source
def test_listing_url_matches_its_listings(name: str) -> None:
    source, seen = REAL[name], 0
    assert source.listing_pattern is not None
    for file, golden in goldens(name).items():
        one = [golden["url"]] if file.startswith("listing.") else []
        for url in [
            *golden.get("listing_urls", ()),
            *(x["url"] for x in golden.get("listings", ()) if "url" in x),
            *one,
        ]:
            match = source.listing_pattern.search(url)
            assert match and match.group(1), url
            seen += 1
        if file.startswith("search.") and golden["kind"] == "search":
            assert not source.listing_pattern.search(golden["url"]), "a search page is no listing"
    assert seen


@by_source
def test_says_what_it_knows(name: str) -> None:
    source = REAL[name]
    assert source.last_checked == NEVER_RUN, "nothing was run against a live site when this version was made"
    assert source.delay >= 5
    assert source.robots == "obey"
    assert source.facts.date[:2] == "20"
    assert source.facts.note
    assert source.facts.confidence in ("2+ sources", "1 source", "own knowledge")
    if source.enabled:
        assert source.facts.confidence != "own knowledge"
        assert not advice(source)


def test_only_the_practice_world_passes_the_network_guard() -> None:
    passing = {name for name, source in SOURCES.items() if source.allow_addresses or source.ca_file or source.proxy}
    assert passing == {"practice_feed", "practice_market", "practice_shop"}


COUNTRIES = {
    "CO": "Colombia", "PE": "Peru", "MX": "Mexico", "BR": "Brazil", "TH": "Thailand", "ZA": "South Africa",
    "UG": "Uganda",
    "NG": "Nigeria", "KE": "Kenya", "GH": "Ghana", "TZ": "Tanzania", "LR": "Liberia", "CI": "Côte d'Ivoire",
    "VN": "Viet Nam", "ID": "Indonesia", "CN": "China", "HK": "Hong Kong", "INT": "International",
}  # fmt: skip


@pytest.mark.parametrize("code", COUNTRIES)
def test_every_country_has_a_source_or_an_explanation(code: str) -> None:
    rows = [
        row for row in DOCUMENT.read_text(encoding="utf-8").splitlines() if row.startswith(f"| {COUNTRIES[code]} |")
    ]
    assert len(rows) == 1, "one row in the table of countries"
    on = any(source.enabled and source.country == code for source in REAL.values())
    assert on is ("**nothing**" not in rows[0])


def test_enough_sources_and_kinds_of_talk() -> None:
    talk = {source.engine or source.id for source in REAL.values() if source.kind.value in ("social", "forum")}
    assert {"telegram", "mastodon_api", "bluesky", "lemmy_api", "discourse", "xenforo", "nairaland"} <= talk
    assert sum(source.enabled for source in REAL.values()) >= 20


def test_the_document_is_up_to_date() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert text == renewed(text, SOURCES.values()), "stale: run `python -m wildtrade.sourcedocs`"


@pytest.mark.shared
def test_listing_urls_fit_addresses_seen_in_the_evidence(shared: Path) -> None:
    """The examples beside the facts are addresses of real listings."""
    hosts = {source.site.removeprefix("www."): source for source in REAL.values()}
    tried = 0
    for line in (shared / "domain" / "site_facts.jsonl").read_text(encoding="utf-8").splitlines():
        for url in json.loads(line)["regex_examples"]:
            for host, source in hosts.items():
                if f"//{host}/" in url or f".{host}/" in url:
                    assert source.listing_pattern and source.listing_pattern.search(url), url
                    tried += 1
    assert tried >= 10

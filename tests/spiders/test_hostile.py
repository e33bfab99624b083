"""Pages made to hang, to swell or to hide: bounded time, and the text found."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from spiders.box import ParseBox
from spiders.fallback import read_fallback
from spiders.reading import read_page
from spiders.tokenizer import MAX_LINKS, MAX_URL, pathological, recover
from tests.spiders.pages import SEARCH, cards, page
from wildtrade.records import PageReading

HIDDEN = "carved tusk"
URL = "https://bazaar.example/item/48213999"
SHAPES = {
    "200k attributes": "<body><p " + " ".join(f"a{n}=1" for n in range(200_000)) + f">{HIDDEN}</p>",
    "200k bare attributes": "<body><p " + " ".join(f"a{n}" for n in range(200_000)) + f">{HIDDEN}</p>",
    "nested 3k": "<body>" + "<div>" * 3_000 + HIDDEN + "</div>" * 3_000,
    "nested 100k": "<body>" + "<div>" * 100_000 + HIDDEN + "</div>" * 100_000,
    "nested 1M": "<body>" + "<i>" * 1_000_000 + HIDDEN,
    "nested with words": "<body>" + "<b>x" * 1_000_000 + HIDDEN,
    "formatting": "<body>" + "<b><i><u><font>" * 3_000 + HIDDEN,
    "tables": "<body>" + "<table><tr><td>" * 20_000 + HIDDEN,
    "million links": f"<body>{HIDDEN}" + "".join(f"<a href='/{n}'>l</a>" for n in range(1_000_000)),
    "long address": f'<body>{HIDDEN}<a href="/{"a" * (10 << 20)}">x</a>',
    "open tags": f"<body>{HIDDEN}" + "<a " * 1_000_000,
    "comments": f"<body>{HIDDEN}" + "<!--" * 1_000_000,
    "scripts": f"<body>{HIDDEN}" + "<script>" * 300_000,
    "angle brackets": f"<body>{HIDDEN} " + "<" * 3_000_000,
    "NUL": "<body>carved t\0usk",
    "options": f"<body><h1>{HIDDEN}</h1><select>" + "<option>x" * 300_000 + "</select>",
    "JSON-LD 200k deep": f"<body><h1>{HIDDEN}</h1><script type='application/ld+json'>"
    + '{"a":' * 200_000
    + "</script>",
    "JSON-LD huge number": f"<body><h1>{HIDDEN}</h1><script type='application/ld+json'>"
    + '{"@type":"Product","offers":{"price":'
    + "9" * 100_000
    + ',"x":NaN}}</script>',
    "JSON of 200k levels": '{"items":[{"title":"'
    + HIDDEN
    + '","url":"/1","x":'
    + "[" * 200_000
    + "]" * 200_000
    + "}]}",
    "JSON huge number": '{"items":[{"title":"' + HIDDEN + '","url":"/1","price":' + "9" * 100_000 + ',"x":NaN}]}',
    "XML bomb": "<?xml version='1.0'?><!DOCTYPE z [<!ENTITY a 'lol'>"
    + "".join(f"<!ENTITY a{n} '{f'&a{n - 1 or str()};' * 10}'>" for n in range(1, 10))
    + f"]><html><body><p>&a9;</p>{HIDDEN}</body></html>",
    "XXE": (
        f"<?xml version='1.0'?><!DOCTYPE f [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><html><body>"
        f"<p>&x;</p>{HIDDEN}</body></html>"
    ),
}
NOT_READABLE = {"JSON of 200k levels"}


@pytest.fixture(scope="module")
def box() -> Iterator[ParseBox]:
    parse_box = ParseBox("spiders.reading:read_page", hard_seconds=60)  # its 2 s of computing are the bound here
    parse_box.call(page("<p>warm"))
    yield parse_box
    parse_box.close()


def said(reading: PageReading) -> str:
    return " ".join(part for listing in reading.listings for part in (listing.title, listing.description) if part)


@pytest.mark.parametrize("shape", SHAPES)
def test_bounded_time_and_text_recovered(shape: str, box: ParseBox) -> None:
    reading = box.call(page(SHAPES[shape], URL))
    assert "root:" not in said(reading)
    if shape not in NOT_READABLE:
        assert HIDDEN in said(reading)


@pytest.mark.parametrize("shape", [shape for shape in SHAPES if "JSON" not in shape])
def test_the_fallback_reads_any_of_them(shape: str) -> None:
    before = time.process_time()
    reading = read_fallback(page(SHAPES[shape], URL), reason="test")
    assert time.process_time() - before < 4
    assert HIDDEN in said(reading)
    assert reading.warnings[0].startswith("test: ")


def test_links_are_capped_in_number_and_length() -> None:
    found = recover(SHAPES["million links"] + SHAPES["long address"])
    assert len(found.links) == MAX_LINKS
    assert max(map(len, recover(SHAPES["long address"] + "<a href='/b'>").links)) <= MAX_URL


def test_the_fallback_keeps_the_results_of_a_search_page() -> None:
    reading = read_fallback(page(cards(9), "https://bazaar.example/s", kind_hint=SEARCH))
    assert list(reading.listing_urls) == [f"https://bazaar.example/item/lamp-{n}-48213{n}" for n in range(10, 19)]


def test_ordinary_pages_are_not_pathological() -> None:
    assert pathological(cards(500)) is None
    state = '<div data-state="' + "&quot;a b=c&quot; " * 20_000 + '">'
    assert pathological(state + "<p>x</p><br><img>" * 5_000) is None


def test_hiding_below_a_large_page_is_said_in_a_warning() -> None:
    body = "<body><h1>Lamp</h1><p>$ 5</p>" + "<p>word</p>" * 120_000 + f"<p>{HIDDEN}</p></body>"
    reading = read_page(page(body, URL))
    assert HIDDEN in said(reading)
    assert any("tokenizer" in warning for warning in reading.warnings)

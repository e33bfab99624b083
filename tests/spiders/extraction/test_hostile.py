"""Pages made to hang or break a reader: bounded time, no exception, no lost text."""

import time

import pytest

from spiders.extraction import Document, read_listing
from wildtrade.records import Page

PAGES = {
    "deep": "<h1>t</h1>" + "<div>" * 100_000 + "ivory",
    "attributes": "<h1>t</h1><div " + " ".join(f"a{n}=b" for n in range(100_000)) + ">ivory</div>",
    "links": "<h1>t</h1>" + '<a href="/user/x1">n</a>' * 50_000 + "ivory",
    "deep json-ld": '<h1>t</h1><script type="application/ld+json">' + "[" * 100_000 + "</script>ivory",
    "commas": '<h1>t</h1><script type="application/ld+json">{"a":1' + ",   " * 50_000 + "}</script>ivory",
    "digits": "<h1>t</h1><p>ivory</p><p class=price>" + "1." * 200_000 + "</p>",
    "spaces": "<h1>t</h1><p>ivory</p><p class=price>$" + " " * 200_000 + "3</p>",
    "prices": "<h1>t</h1><p>ivory</p>" + '<p class="price">$1</p>' * 30_000,
    "class": '<h1>t</h1>ivory<p class="' + "price-" * 100_000 + '">$3</p>',
    "items": "<h1>t</h1>ivory" + "<div itemscope itemprop=x>" * 3_000 + "<b itemprop=price>3</b>",
    "assignments": "<h1>title</h1>ivory<script>" + 'data={"title":1;' * 50_000 + "</script>",
    "broken": "<<<>>>\x00<h1>t</h1><p>ivory<a href='http://[x'>",
}


@pytest.mark.parametrize("name", PAGES)
def test_bounded_and_whole(name: str) -> None:
    started = time.process_time()
    document = Document(PAGES[name], "https://ads.example.com/1")
    read_listing(document, Page(url="https://ads.example.com/1", body=b""))
    assert time.process_time() - started < 4
    assert "ivory" in (document.tree.text() or "")

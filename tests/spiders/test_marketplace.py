"""Result pages: their listings without any source, their next page; and what a source can settle."""

from __future__ import annotations

import json

import pytest

from spiders.platforms import platform_for
from spiders.platforms.marketplace import listing_urls
from spiders.reading import read_page
from tests.spiders.pages import LISTING, SEARCH, cards, page, source, view
from wildtrade.records import PageReading, Query


@pytest.mark.parametrize("count", [4, 24, 60])
@pytest.mark.parametrize(
    "path",
    [
        "/item/lamp-{n}-48213{n:02}",
        "/d/lamp-ID4Kx{n}Q.html",
        "/p/48213{n:02}/brass-lamp-{n}",
        "/ad.php?id=9981{n}",
        "/brass-lamp-{n}.html",
    ],
)
def test_results_are_found_by_themselves(count: int, path: str) -> None:
    reading = read_page(page(cards(count, path=path), "https://bazaar.example/search?q=lamp"))
    assert reading.kind is SEARCH
    assert list(reading.listing_urls) == [f"https://bazaar.example{path.format(n=n)}" for n in range(10, 10 + count)]
    assert reading.next_page == "https://bazaar.example/search?page=2"


@pytest.mark.parametrize(
    "price", ["R$ {n}5,00", "{n} 500 ₽", "฿{n}00", "Rp {n}.000", "{n}.500.000 đ", "KSh {n}00", "¥{n}00", "{n} 000 сум"]
)
def test_prices_of_many_countries_make_a_card(price: str) -> None:
    text = cards(12, price=price, path="/brass-lamp-{n}.html")
    assert len(read_page(page(text, "https://bazaar.example/lamps")).listing_urls) == 12


def test_ghost_cards_are_left_out() -> None:
    text = cards(12, path="/itm/2362398215{n}").replace("/itm/236239821511", "/itm/123456")
    found = listing_urls(view(text, "https://bazaar.example/s?q=x").document)
    assert len(found) == 11


def test_a_listing_with_other_offers_below_is_a_listing() -> None:
    related = cards(12).partition('<div class="grid">')[2]
    text = (
        f'<html><body><h1>Oak desk</h1><p class="price">$ 80</p><p>Solid oak.</p><h2>More</h2>'
        f'<div class="grid">{related}'
    )
    assert read_page(page(text, "https://bazaar.example/item/oak-desk-4821399")).kind is LISTING


def test_item_list_where_there_are_no_cards() -> None:
    data = {"@type": "ItemList", "itemListElement": [{"@type": "ListItem", "url": f"/x/{n}"} for n in range(5)]}
    text = f'<html><body><script type="application/ld+json">{json.dumps(data)}</script><h1>Lamps</h1></body></html>'
    assert read_page(page(text)).listing_urls == tuple(f"https://bazaar.example/x/{n}" for n in range(5))


def test_items_in_the_state_of_a_script_built_page() -> None:
    ads = [{"title": f"Lamp {n}", "price": n, "url": f"/ad/lamp-48213{n}", "image": "/i.jpg"} for n in range(10, 20)]
    state = json.dumps({"props": {"pageProps": {"ads": ads}}})
    text = (
        f'<html><head></head><body><div id="__next"></div><script id="__NEXT_DATA__" type="application/json"'
        f">{state}</script></body></html>"
    )
    reading = read_page(page(text, "https://bazaar.example/search?q=lamp"))
    assert reading.kind is SEARCH
    assert len(reading.listing_urls) == 10


@pytest.mark.parametrize(
    "link",
    [
        '<a rel="next" href="/s?page=3">x</a>',
        '<link rel="next" href="/s?page=3">',
        '<a href="/s?page=3">Siguiente ›</a>',
        '<a href="/s?page=3">下一页</a>',
        '<a href="/s?page=3" aria-label="Next page"><svg></svg></a>',
        '<a href="/s?page=3">ถัดไป</a>',
        '<a class="pagination-next" href="/s?page=3"></a>',
        '<nav><a href="/s?page=1">1</a><span>2</span><a href="/s?page=3">3</a><a href="/s?page=4">4</a></nav>',
        '<div class="pager"><a href="/s?page=3">»</a></div>',
    ],
)
def test_the_next_page(link: str) -> None:
    text = cards(8).partition('<div class="pagination">')[0] + link + "</body></html>"
    assert (
        read_page(page(text, "https://bazaar.example/s?page=2", kind_hint=SEARCH)).next_page
        == "https://bazaar.example/s?page=3"
    )


def test_no_next_page_on_the_last() -> None:
    text = cards(8).partition('<div class="pagination">')[0] + '<a href="/s?page=1">1</a><a href="/s?page=2">2</a>'
    assert read_page(page(text, "https://bazaar.example/s?page=2", kind_hint=SEARCH)).next_page is None


def test_a_source_says_which_links_are_listings() -> None:
    known = source(
        listing_url=r"/item/lamp-\d+-(\d+)$", search={"url": "https://bazaar.example/s?q={query}&page={page}"}
    )
    platform = platform_for(known)
    assert platform.key_for("https://bazaar.example/item/lamp-10-4821310") == "4821310"
    assert platform.key_for("https://Bazaar.example/other/?utm_source=x") == "https://bazaar.example/other/"
    assert len(read_page(page(cards(7), "https://bazaar.example/s?q=lamp&page=1"), known).listing_urls) == 7


@pytest.mark.parametrize(
    ("url", "join", "first", "third"),
    [
        (
            "https://b.example/s?q={query}&p={page}",
            "percent",
            "https://b.example/s?q=t%E1%BA%BF%20bird&p=1",
            "https://b.example/s?q=t%E1%BA%BF%20bird&p=3",
        ),
        (
            "https://b.example/s?q={query}&p={page0}",
            "plus",
            "https://b.example/s?q=t%E1%BA%BF+bird&p=0",
            "https://b.example/s?q=t%E1%BA%BF+bird&p=2",
        ),
        (
            "https://b.example/{query}?o={offset}",
            "dash",
            "https://b.example/t%E1%BA%BF-bird?o=0",
            "https://b.example/t%E1%BA%BF-bird?o=100",
        ),
    ],
)
def test_search_addresses(url: str, join: str, first: str, third: str) -> None:
    platform = platform_for(source(search={"url": url, "join": join}))
    assert platform.first_urls(Query(text="tế bird")) == [first]
    some = PageReading(kind=SEARCH, listing_urls=("https://b.example/1",))
    second = platform.next_url(first, 1, some)
    assert second is not None
    assert platform.next_url(second, 2, some) == third
    assert platform.next_url(second, 2, PageReading(kind=SEARCH)) is None


def test_an_unknown_engine_is_a_clear_mistake() -> None:
    from wildtrade.errors import ConfigError

    with pytest.raises(ConfigError, match="no reader is called 'geocities'"):
        platform_for(source(engine="geocities"))


def test_a_listing_that_leads_to_its_category_is_none() -> None:
    known = source(listing_url=r"/item/lamp-\d+-(\d+)$")
    reading = read_page(page(cards(12), "https://bazaar.example/c/lamps", kind_hint=LISTING), known)
    assert reading.kind is SEARCH
    assert reading.listings == ()

"""Where an offer ends on its page: other people's prices and texts are not its own."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from spiders.extraction import Document, read_listing
from spiders.extraction.text import plain
from wildtrade.records import Listing, ListingStatus, Page

OTHERS = (
    '<section class="related"><h2>More in Boats</h2><ul><li><a href="/ad/2">Oar</a> <span>$ 20</span></li>'
    '<li><a href="/ad/3">Sail</a> <span class="amount">$ 90</span></li></ul></section>'
)


def read(html: str, url: str = "https://ads.example.com/item/12") -> Listing:
    return read_listing(Document(html, url), Page(url=url, body=b"", fetched_at=datetime(2026, 11, 24, tzinfo=UTC)))


@pytest.mark.parametrize(
    "offer",
    [
        '<p class="price">Ask seller</p>',
        '<p class="price">ฟรี</p>',
        "<p>Price: Contact us</p>",
        "<p>面议</p>",
        "<p>A convenir</p>",
        "",
        '<div itemscope itemtype="https://schema.org/Product"><b itemprop="name">Boat</b><div itemprop="offers" '
        'itemscope itemtype="https://schema.org/Offer"><link itemprop="availability" href="https://schema.org/InStock"></div></div>',
    ],
)
def test_prices_of_other_offers_are_not_taken(offer: str) -> None:
    assert read(f"<h1>Boat</h1>{offer}<p>Wooden, 4 m.</p>{OTHERS}").price is None


@pytest.mark.parametrize("offer", ['<p class="price">Ask seller</p>', "<p>Price on request</p>"])
def test_nor_are_prices_of_sections_without_a_name(offer: str) -> None:
    assert read(f"<h1>Boat</h1>{offer}<p>Wooden.</p><ul><li>Oar</li><li>$ 20</li></ul>").price is None


def test_a_price_beside_words_of_barter_counts() -> None:
    found = read('<h1>Boat</h1><p class="price">$ 400</p><p class="price-type">Swap</p>' + OTHERS)
    assert found.price is not None
    assert found.price.amount == Decimal(400)


def test_others_before_the_offer_do_not_end_it() -> None:
    found = read(f"<h1>Boat</h1>{OTHERS}<p>$ 400</p><p>Location: Vigo</p>")
    assert found.price is not None
    assert (found.price.amount, found.location) == (Decimal(400), "Vigo")


TEXT = "Wooden, four metres, built by my uncle, oars included."
LABELLED = f"<h1>Boat</h1><div><p><label>Description:</label> {TEXT}</p></div>"


@pytest.mark.parametrize(
    "after",
    [
        '<footer><a href="/t">Rules</a> <a href="/p">Our app</a></footer>',
        '<div class="footer"><a href="/t">Rules</a> <a href="/p">Our app</a></div>',
        '<div class="seller-box"><b>Ann</b><i>12 ads</i></div>',
        OTHERS,
        "<p>Condition</p><p>Used</p>",
    ],
)
def test_the_description_ends(after: str) -> None:
    assert read(LABELLED + after).description == TEXT


def test_a_description_in_a_frame_is_not_its_heading() -> None:
    frame = (
        '<div class="item-description"><h2>What the seller says about this item</h2><iframe src="/d"></iframe></div>'
    )
    assert read("<h1>Boat</h1>" + frame).description is None


def test_inline_tags_break_no_line() -> None:
    assert plain("<p>For <b>sale</b> #<span>boats</span></p><p>A<br/>B &amp; C</p>") == "For sale #boats\n\nA\nB & C"
    assert plain("a < b, 3 <4") == "a < b, 3 <4"


@pytest.mark.parametrize(
    ("declared", "status"),
    [
        ("https://schema.org/InStock", ListingStatus.AVAILABLE),
        ("https://schema.org/SoldOut", ListingStatus.SOLD),
        ("Discontinued", ListingStatus.REMOVED),
        ("https://schema.org/OutOfStock", None),
    ],
)
def test_availability(declared: str, status: ListingStatus | None) -> None:
    html = (
        '<h1>Boat</h1><script type="application/ld+json">{"@type": "Product", "name": "Boat", "offers": '
        f'{{"price": 4, "availability": "{declared}"}}}}</script>'
    )
    assert read(html).status is status


@pytest.mark.parametrize(
    ("label", "place"),
    [
        ("交收地點", "元朗站"),
        ("面交地点", "上海"),
        ("สถานที่นัดรับ", "บางนา"),
        ("Ligging", "Oudtshoorn"),
        ("Lieu de vente", "Luxembourg"),
        ("Punto de encuentro", "Cali"),
        ("Mahali ilipo", "Mwanza"),
        ("مكان الإعلان", "الخرطوم"),
    ],
)
def test_labels_of_places(label: str, place: str) -> None:
    assert read(f"<h1>Boat</h1><p>{label}</p><p>{place}</p>").location == place


def test_a_condition_is_no_place() -> None:
    assert read("<h1>Bote</h1><p>Estado: Usado</p>").location is None
    assert read("<h1>Bote</h1><p>Estado: Bahia</p>").location == "Bahia"


@pytest.mark.parametrize("name", ["Callum Viewegh", "Second Chance Shop", "Chatuchak Birds", "พี่นก80", "Dewi E."])
def test_names_with_words_of_buttons_in_them(name: str) -> None:
    block = (
        f'<div class="seller"><a class="seller-name" href="/seller/9">{name}</a><a href="/c">Contact seller</a></div>'
    )
    assert read("<h1>Boat</h1>" + block).seller == name


def test_a_title_of_one_sign() -> None:
    found = read("<title>📷 | Adverts</title><h1>📷</h1><p>Seller: Ann</p><footer>Adverts</footer>")
    assert (found.title, found.seller) == ("📷", "Ann")

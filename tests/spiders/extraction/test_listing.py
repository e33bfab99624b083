"""Whole pages, written for these tests, in several languages and builds."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from spiders.extraction import Document, read_listing
from wildtrade.records import Listing, ListingStatus, Page
from wildtrade.sources import Source

ANCHOR = datetime(2026, 11, 24, 10, tzinfo=UTC)


def read(html: str, url: str = "https://ads.example.com/item/12", source: Source | None = None) -> Listing:
    return read_listing(Document(html, url), Page(url=url, body=b"", fetched_at=ANCHOR), source)


THAI = """<html lang="th"><head><title>ขายนกแก้วมาคอว์ | ตลาดนก</title></head><body><nav><a href="/">หน้าแรก</a></nav>
<h1>ขายนกแก้วมาคอว์</h1>
<div class="gallery"><img src="data:image/gif;base64,xx" data-src="/i/1.jpg"><img data-src="/i/2.jpg"></div>
<p>ราคา</p><p>๔๕,๐๐๐ บาท</p><p>จังหวัด</p><p>เชียงใหม่</p><p>ลงประกาศเมื่อ 3 วันที่แล้ว</p>
<p>ผู้ขาย</p><a href="/profile/somchai">สมชาย ใจดี</a>
<h2>รายละเอียด</h2><p>นกเชื่องมาก อายุ 8 เดือน</p>
<h2>ประกาศที่คล้ายกัน</h2><p class="price">500 บาท</p></body></html>"""

SPANISH = """<html lang="es-co"><head><meta property="og:image" content="https://x.example/logo.png"></head><body>
<header><h1>TiendaX</h1></header><article><h1>[VENDIDO] Loro real</h1><img src="/fotos/loro.jpg" alt="Loro real">
<del>$ 900.000</del> <strong>$ 750.000</strong>
<ul><li>Ubicación: Medellín, Antioquia</li><li>Publicado hace 2 días</li><li>Vendedor: Juan Pérez</li></ul>
<h3>Descripción</h3><p>De 3 años, muy manso, con jaula.</p></article>
<section><h2>Productos relacionados</h2><p class="price">$ 10.000</p></section></body></html>"""

STRUCTURED = """<html lang="en"><head><script type="application/ld+json">
{"@context": "https://schema.org", "@graph": [{"@type": "WebPage", "datePublished": "2020-01-01"},
 {"@type": "Product", "name": "Carved box", "sku": "A1", "datePosted": "2026-11-01", "description": "Old, 12 cm.",
  "image": ["https://c.example/1.jpg", "https://c.example/2.jpg"],
  "offers": {"@type": "Offer", "price": "1200.00", "priceCurrency": "GBP", "priceValidUntil": "2027-01-01",
   "availability": "https://schema.org/InStock", "seller": {"@type": "Person", "name": "J. Smith", "url": "/u/js"},
   "availableAtOrFrom": {"@type": "Place", "address": {"addressLocality": "Leeds"}}},}]}
</script></head><body><h1>Carved box</h1><footer>© 2026</footer></body></html>"""

MICRODATA = """<body itemscope itemtype="http://schema.org/Product"><h1 itemprop="name">Tortoise shell comb</h1>
<img itemprop="image" src="/p/comb.jpg"><div itemprop="offers" itemscope itemtype="http://schema.org/Offer">
<span itemprop="price">45,50</span><meta itemprop="priceCurrency" content="EUR"></div>
<div itemprop="description">From <b>my</b> grandmother,<br>never used.</div>
<div itemprop="isRelatedTo" itemscope itemtype="http://schema.org/Product"><b itemprop="name">Other</b></div></body>"""

STATE = """<body><div id="root"></div><h1>Snake skin bag</h1><script>window.__STATE__ = JSON.parse("{\\"listing\\":
{\\"title\\":\\"Snake skin bag\\",
\\"price\\":{\\"amount\\":45,\\"currency\\":\\"EUR\\"},\\"user\\":{\\"name\\":\\"mariana\\"},
\\"location\\":{\\"cityName\\":\\"Porto\\"},\\"description\\":\\"Real python leather from the 70s, a few marks\\",
\\"images\\":[{\\"url\\":\\"https://i.example/1.jpg\\"}]}}")</script></body>""".replace("\n", "")


def test_labels_of_a_thai_page() -> None:
    found = read(THAI, "https://nok.example.th/item/1")
    assert found.title == "ขายนกแก้วมาคอว์"
    assert found.price is not None
    assert (found.price.amount, found.price.currency) == (Decimal(45000), "THB")
    assert (found.location, found.seller) == ("เชียงใหม่", "สมชาย ใจดี")
    assert found.seller_url == "https://nok.example.th/profile/somchai"
    assert found.posted_at == date(2026, 11, 21)
    assert found.description == "นกเชื่องมาก อายุ 8 เดือน"
    assert found.images == ("https://nok.example.th/i/1.jpg", "https://nok.example.th/i/2.jpg")


def test_labels_of_a_spanish_page() -> None:
    found = read(SPANISH, "https://www.tiendax.com.co/p/9")
    assert (found.title, found.status) == ("Loro real", ListingStatus.SOLD)
    assert found.price is not None
    assert (found.price.amount, found.price.currency) == (Decimal(750000), "COP")
    assert (found.location, found.seller) == ("Medellín, Antioquia", "Juan Pérez")
    assert found.posted_at == date(2026, 11, 22)
    assert found.description == "De 3 años, muy manso, con jaula."
    assert found.images == ("https://www.tiendax.com.co/fotos/loro.jpg",)


def test_json_ld_with_a_trailing_comma() -> None:
    found = read(STRUCTURED)
    assert found.price is not None
    assert (found.price.amount, found.price.currency) == (Decimal(1200), "GBP")
    assert (found.seller, found.seller_url) == ("J. Smith", "https://ads.example.com/u/js")
    assert (found.location, found.status) == ("Leeds", ListingStatus.AVAILABLE)
    assert found.posted_at == date(2026, 11, 1)
    assert found.images == ("https://c.example/1.jpg", "https://c.example/2.jpg")
    assert found.identifiers == {"sku": "A1"}


def test_microdata() -> None:
    found = read(MICRODATA)
    assert found.title == "Tortoise shell comb"
    assert found.price is not None
    assert (found.price.amount, found.price.currency) == (Decimal("45.50"), "EUR")
    assert found.description == "From my grandmother,\nnever used."
    assert found.images == ("https://ads.example.com/p/comb.jpg",)


def test_embedded_state() -> None:
    found = read(STATE)
    assert found.price is not None
    assert (found.price.amount, found.price.currency) == (Decimal(45), "EUR")
    assert (found.seller, found.location) == ("mariana", "Porto")
    assert found.description == "Real python leather from the 70s, a few marks"
    assert found.images == ("https://i.example/1.jpg",)


def test_meta_by_name_and_split_price() -> None:
    meta = (
        '<meta name="product:price:amount" content="579"><meta name="product:price:currency" content="TND"><h1>Box</h1>'
    )
    assert read(meta).price == read(meta.replace("name=", "property=")).price
    split = read('<h1>Box</h1><div class="price"><span>$</span><span>21</span><sup class="cents">11</sup></div>')
    assert split.price is not None
    assert split.price.amount == Decimal("21.11")


@pytest.mark.parametrize(
    ("heading", "title", "status"),
    [
        ("Sold · Grey parrot", "Grey parrot", ListingStatus.SOLD),
        ("Reserved: Grey parrot", "Grey parrot", ListingStatus.RESERVED),
        ("Grey parrot (sold)", "Grey parrot", ListingStatus.SOLD),
        ("Sold per pair", "Sold per pair", None),
        ('<span class="is-hidden">Reserviert • </span>Graupapagei', "Graupapagei", None),
    ],
)
def test_status_in_the_title(heading: str, title: str, status: ListingStatus | None) -> None:
    found = read(f"<h1>{heading}</h1>")
    assert (found.title, found.status) == (title, status)


@pytest.mark.parametrize(
    "html",
    [
        "<h1>Box</h1><footer>Copyright 2026-11-01</footer>",
        "<h1>Box</h1><script>var date = '2026-11-01'</script>",
        '<h1>Box</h1><div class="review"><time datetime="2026-11-01">1 Nov</time></div>',
        '<h1>Box</h1><script type="application/ld+json">{"@type":"Product","name":"Box",'
        '"offers":{"validThrough":"2026-11-01"}}</script>',
        "<h1>Box</h1><p>Member since: 1 November 2026</p>",
    ],
)
def test_dates_that_are_no_posting_date(html: str) -> None:
    assert read(html).posted_at is None


def test_a_wanted_advert_has_no_price() -> None:
    found = read(
        "<h1>Wanted: tortoise</h1><p>I look for 2 tortoises of 1500 g, born 2020 or 2021, up to 4000 km away.</p>"
    )
    assert found.price is None


def test_selectors_of_the_source_win() -> None:
    fields: dict[str, Any] = {
        "id": "example",
        "name": "Example",
        "site": "ads.example.com",
        "country": "ZA",
        "languages": ["en"],
        "currency": "ZAR",
        "kind": "marketplace",
        "start_urls": ["https://ads.example.com/"],
        "listing_url": r"/item/(\d+)",
        "selectors": {"title": ".t", "price": ".p::attr(data-amount)", "images": "a.big::attr(href)", "seller": ".who"},
        "facts": {"date": "2026-11", "confidence": "ours"},
    }
    html = (
        '<h1>Slogan</h1><b class="t">Box</b><i class="p" data-amount="R 45">x</i><a class="big" href="/b.jpg"></a>'
        '<u class="who">Ann</u>'
    )
    found = read(html, source=Source.model_validate(fields))
    assert (found.source, found.key, found.title, found.seller) == ("example", "12", "Box", "Ann")
    assert found.price is not None
    assert (found.price.amount, found.price.currency) == (Decimal(45), "ZAR")
    assert found.images == ("https://ads.example.com/b.jpg",)


def test_an_empty_page_says_nothing() -> None:
    found = read("", url="https://ads.example.com/item/12?utm_source=x")
    assert (found.title, found.price, found.seller, found.description, found.images) == (None, None, None, None, ())
    assert found.key == "https://ads.example.com/item/12"

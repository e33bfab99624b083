"""Pages that a script fills in the browser: all they say is in their embedded state."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from spiders.extraction import Document, read_listing
from spiders.extraction.state_item import own_ids
from wildtrade.output import to_json
from wildtrade.records import Listing, ListingStatus, Page

OFFER: dict[str, Any] = {
    "id": "8f31c07a",
    "title": "Brass ship's bell",
    "price": {"amount": 120, "currency": "EUR"},
    "description": "From a trawler, rings well.",
    "images": ["/i/bell-1.jpg", "/i/bell-2.jpg"],
    "seller": {"displayName": "Quay Shop", "url": "/s/quay"},
    "place": "Vigo",
    "created_at": "2026-11-20T09:00:00Z",
    "availability": "reserved",
}
OTHER: dict[str, Any] = {**OFFER, "id": "11aa22bb", "title": "Rope ladder", "price": {"amount": 9, "currency": "EUR"}}
URL = "https://shop.example.com/p/8f31c07a"


def shell(state: Any, url: str = URL, head: str = "", foot: str = "Shipping from 2.99") -> Listing:
    script = f"window.__STATE__ = {to_json(state)};"
    html = f"<html><head><title>Shop</title>{head}</head><body><div id=app></div><script>{script}</script>{foot}</body>"
    page = Page(url=url, body=b"", fetched_at=datetime(2026, 11, 24, tzinfo=UTC))
    return read_listing(Document(html, url), page)


def test_the_offer_with_the_pages_own_id() -> None:
    found = shell({"view": "product", "related": [OTHER, OTHER], "product": OFFER, "cart": {"total": 0}})
    assert found.title == "Brass ship's bell"
    assert found.price is not None
    assert (found.price.amount, found.price.currency) == (Decimal(120), "EUR")
    assert (found.seller, found.seller_url) == ("Quay Shop", "https://shop.example.com/s/quay")
    assert (found.location, found.status) == ("Vigo", ListingStatus.RESERVED)
    assert found.description == "From a trawler, rings well."
    assert found.posted_at == date(2026, 11, 20)
    assert found.images == ("https://shop.example.com/i/bell-1.jpg", "https://shop.example.com/i/bell-2.jpg")


def test_one_of_many_is_found_by_its_id_or_address() -> None:
    assert shell({"byId": {"11aa22bb": OTHER, "8f31c07a": OFFER}}).title == "Brass ship's bell"
    addressed = {**OFFER, "id": "x", "url": "https://shop.example.com/p/bell/"}
    assert shell([OTHER, addressed], "https://shop.example.com/p/bell?from=mail").title == "Brass ship's bell"


def test_the_only_offer_of_a_page_that_names_none() -> None:
    state = {"page": {"offer": OFFER, "more": [OTHER, {**OTHER, "title": "Anchor"}]}, "user": {"name": "Guest"}}
    assert shell(state, "https://shop.example.com/view").title == "Brass ship's bell"


@pytest.mark.parametrize(
    "state",
    [
        {"items": [OFFER, OTHER]},
        {"items": {"a": OFFER, "b": OTHER}},
        {"left": OFFER, "right": {"box": OTHER}},
        {"related": {"first": OFFER}},
        {"site": {"name": "Shop", "description": "Everything for boats since 1920", "image": "/logo.png"}},
    ],
    ids=["list", "map", "two alike", "related", "the site itself"],
)
def test_none_is_taken_where_none_stands_out(state: Any) -> None:
    found = shell(state, "https://shop.example.com/view")
    assert (found.description, found.seller, found.price) == (None, None, None)


def test_a_shell_without_a_price_has_none() -> None:
    assert shell({"product": {**OFFER, "price": None}}, foot="<b class=price>2.99 EUR</b>").price is None


def test_a_heading_still_wins() -> None:
    found = shell({"product": OFFER, "other": OTHER}, foot="<h1>Rope ladder</h1>")
    assert found.title == "Rope ladder"
    assert found.price is not None
    assert found.price.amount == Decimal(9)


@pytest.mark.parametrize("stamp", [1_795_338_000, 1_795_338_000_000, "1795338000"])
def test_moments_in_seconds_and_milliseconds(stamp: object) -> None:
    assert shell({"product": {**OFFER, "created_at": stamp}}).posted_at == date(2026, 11, 22)


def test_own_ids() -> None:
    assert own_ids("https://x.example/item/grey-parrot-123456.html") == (
        "grey-parrot-123456.html",
        "123456",
        "/item/grey-parrot-123456.html",
    )
    assert own_ids("https://x.example/item/12", "12") == ("12", "/item/12")
    assert own_ids("http://[broken") == ()

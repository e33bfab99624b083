"""Where stated places are: never finer than a city, never guessed."""

from __future__ import annotations

from collections.abc import Callable
from xml.etree.ElementTree import fromstring

import pytest
from playwright.sync_api import expect

from review.drawing import Dot, world
from review.gazetteer import CITY, COUNTRY, REGION, place_of
from review.world import country_of, middles
from storage.database import Database
from tests.review.conftest import Person, Watched, listing, opinion, store

PLACES = ("Lima, Peru", "Hà Nội, Việt Nam", "nowhere", "Loreto, Perú", "Kenya", "Lima")


@pytest.fixture
def offers(database: Database) -> None:
    """A listing at each of these places."""
    store(database, [(listing(str(at), location=place), opinion()) for at, place in enumerate(PLACES)])


@pytest.mark.usefixtures("offers")
def test_the_map_says_how_many_have_a_place_and_how_exactly(reviewer: Person) -> None:
    body = reviewer.ask("GET", "/map")[2].decode()
    assert "5 of 6 newest results have a place" in body
    rows = [row.split("</tr>")[0] for row in body.split("<tbody>")[1].split("<tr>")[1:]]
    said = [" ".join(row.replace("<", " <").replace(">", "> ").split()) for row in rows]
    assert ["Lima" in said[0], "city" in said[0], "2" in said[0]] == [True] * 3
    assert any("Loreto" in row and "region" in row for row in said)
    assert any("Kenya" in row and "country" in row for row in said)
    assert body.count('class="ring"') == 2
    assert reviewer.ask("GET", "/map/world.svg")[1]["content-type"].startswith("image/svg")


@pytest.mark.browser
@pytest.mark.usefixtures("offers")
def test_the_map_is_beside_its_list(as_role: Callable[..., Watched], axe: Callable[..., None]) -> None:
    page = as_role("viewer").page
    for width, beside in ((1366, True), (390, False)):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto("/map?q=app:I")
        chart, table = page.locator("svg.chart").bounding_box(), page.locator("table").bounding_box()
        assert chart
        assert table
        assert (table["x"] > chart["x"] + chart["width"] - 20) is beside
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        expect(page.locator("svg.chart circle.dot")).to_have_count(4)
    axe(page, "/map")


@pytest.mark.parametrize(
    ("stated", "home", "found"),
    [
        ("Lima, Peru", "", (CITY, "PE", "Lima")),
        ("Lima", "", (CITY, "PE", "Lima")),
        ("Lima", "US", (CITY, "US", "Lima")),
        ("กรุงเทพ", "", (CITY, "TH", "Bangkok")),
        ("深圳", "", (CITY, "CN", "Shenzhen")),
        ("Ho Chi Minh", "", (CITY, "VN", "Ho Chi Minh City")),
        ("القاهرة", "", (CITY, "EG", "Cairo")),
        ("San José", "", None),
        ("San José, Costa Rica", "", (CITY, "CR", "San José")),
        ("Springfield", "", None),
        ("Nairobi Kenya", "KE", (CITY, "KE", "Nairobi")),
        ("Texas", "", (REGION, "US", "Texas")),
        ("Thailand", "", (COUNTRY, "TH", "")),
        ("pick up only", "ZA", None),
        ("", "PE", None),
        (None, "PE", None),
        ("x" * 5000, "PE", None),
        ("\t\n", "", None),
        ("a\tb\ncity\tPE", "", None),
    ],
)
def test_a_place_is_found_or_not_said(stated: str | None, home: str, found: tuple[str, str, str] | None) -> None:
    place = place_of(stated, home)
    assert (place and (place.precision, place.country, place.name)) == found


def test_a_place_is_no_finer_than_asked_for() -> None:
    place = place_of("Lima, Peru", finest=COUNTRY)
    assert place is not None
    assert (place.precision, place.name) == (COUNTRY, "")


def test_dots_that_would_touch_are_one_and_none_is_lost() -> None:
    dots = [Dot(-12.0, -77.0, 5), Dot(-12.1, -77.1, 2, 1.5), Dot(21.0, 105.8, 1)]
    drawn = fromstring(str(world(dots, "map")))
    assert len(drawn.findall(".//*[@class='dot']")) == 2
    assert fromstring(str(world([], "map"))).get("viewBox") == "0 0 720 360"
    assert fromstring(str(world(dots[:1], "map"))).get("viewBox") != "0 0 720 360"


@pytest.mark.parametrize(
    ("place", "country"),
    [("Lima, Perú", "PE"), ("Hà Nội, Việt Nam", "VN"), ("กรุงเทพ, ประเทศไทย", None), ("ไทย", "TH"), ("中国", "CN"),
     ("Nairobi - Kenya", "KE"), ("Paris", None), ("", None), (None, None), ("Cali (Colombia)", "CO"),
     ("x" * 999, None)],
)  # fmt: skip
def test_a_place_names_a_country_or_none(place: str | None, country: str | None) -> None:
    assert country_of(place) == country


def test_most_countries_have_a_middle() -> None:
    assert len(middles()) > 170
    latitude, longitude = middles()["KE"]
    assert -5 < latitude < 5
    assert 34 < longitude < 42

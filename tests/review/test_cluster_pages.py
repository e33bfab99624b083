"""Near-duplicates as a page: who is in, how near, one decision for all but the exceptions; and what a listing tells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from storage.clusters import find_all_duplicates
from storage.database import Database
from storage.models import FlagRow, FlagState
from storage.search.index import catch_up
from tests.review.conftest import Person, Watched, listing, opinion, store

TEXT = "Hand carved bracelet from the collection of my grandfather, sent anywhere in the country, ask for more photos"


@pytest.fixture
def alike(database: Database) -> None:
    """Three listings that say the same, one that shows the same picture with other words, one that is like none."""
    rows = [
        ("a", TEXT, "Bo", "https://market.example/a.jpg"), ("b", TEXT + " today", "Cy", "https://market.example/b.jpg"),
        ("c", "Only today: " + TEXT, "Cy", "https://market.example/c.jpg"),
        ("d", "quite other words about something else entirely", "Di", "https://market.example/a.jpg"),
        ("e", "and this here has nothing to do with any of them at all", "Di", "https://market.example/e.jpg"),
    ]  # fmt: skip
    offers = [
        replace(listing(key, title="Bangle", description=text), seller=seller, images=(url,))
        for key, text, seller, url in rows
    ]
    store(database, [(one, replace(opinion(), taxa=())) for one in offers])
    find_all_duplicates(database)
    catch_up(database)


def body_of(person: Person, path: str, status: int = 200) -> str:
    answer = person.ask("GET", path)
    assert answer[0] == status, answer[2][:2000]
    return answer[2].decode()


@pytest.mark.browser
@pytest.mark.usefixtures("alike")
def test_one_decision_for_all_but_the_exceptions(database: Database, as_role: Callable[..., Watched]) -> None:
    page = as_role("senior").page
    page.goto("/clusters/1")
    expect(page.locator("tbody tr")).to_have_count(4)
    expect(page.locator("tbody tr").first).to_contain_text("this one")
    expect(page.locator("main")).to_contain_text("same address")
    expect(page.locator("main")).to_contain_text("Same address of a photo: 2 listings, 2 sellers")
    page.locator("tbody input").nth(3).uncheck()
    page.get_by_label("Decision", exact=True).select_option("not_wildlife")
    page.get_by_role("button", name="See what would happen").click()
    expect(page.locator("main")).to_contain_text("3 listings")
    page.get_by_role("button", name="Do it").click()
    expect(page.locator("main")).to_contain_text("3 listings are decided")
    with database.session(read_only=True) as session:
        states = [row.state for row in session.scalars(select(FlagRow).order_by(FlagRow.id))]
    assert states.count(FlagState.OPEN) == 2  # the exception, and the one that is no member


@pytest.mark.usefixtures("alike")
def test_a_member_leads_to_its_cluster(signed_in: Callable[..., Person]) -> None:
    reviewer = signed_in("reviewer")
    assert reviewer.ask("GET", "/clusters/3")[1]["location"] == "/clusters/1?to=3"
    assert body_of(reviewer, "/clusters/1?to=3").index("this one") > 0
    assert 'name="flags"' not in body_of(reviewer, "/clusters/1")  # to decide many one needs another right
    for path in ("/clusters/5", "/clusters/99", "/clusters/1?to=5"):
        body_of(reviewer, path, 404)
    body_of(signed_in("data_viewer", name="dv"), "/clusters/1", 403)


@pytest.mark.usefixtures("alike")
def test_what_shows_the_same_picture_is_found(reviewer: Person) -> None:
    found = body_of(reviewer, "/listings?q=image:similar(4)")
    assert "/listings/1" in found
    assert "/listings/4" in found
    assert "/listings/2" not in found
    assert "/listings/1" not in body_of(reviewer, "/listings?q=-image:similar(4)")
    assert "2 listings" in body_of(reviewer, "/found?q=image:similar(%231)")
    for wrong in ("image:17", "image:similar()", "image:similar(x)", "image:similar(-1)"):
        assert "image:similar(17)" in body_of(reviewer, f"/listings?q={wrong}", 400)


@pytest.mark.usefixtures("alike")
def test_a_listing_says_what_is_like_it_and_where_it_is(database: Database, signed_in: Callable[..., Person]) -> None:
    told = body_of(signed_in("reviewer", "investigator"), "/listings/1")
    for words in ("Same address of a photo:", "/clusters/1?to=1", "Lima</bdi>, PE (to the city)", "not captured",
                  "title 0–5", "with the base", "Nothing is sealed yet", "Open it all the same"):  # fmt: skip
        assert words in told, words
    assert "No near-duplicate is known" in body_of(signed_in("reviewer", name="r"), "/listings/5")


def test_only_web_addresses_are_links(database: Database, signed_in: Callable[..., Person]) -> None:
    store(database, [(replace(listing("1"), url="javascript:alert(1)"), opinion())])
    told = body_of(signed_in("reviewer", "investigator"), "/listings/1")
    assert 'href="javascript' not in told
    assert "Open it all the same" not in told


@pytest.mark.browser
@pytest.mark.usefixtures("alike")
@pytest.mark.parametrize("path", ["/clusters/1", "/listings/1"])
def test_access(as_role: Callable[..., Watched], axe: Callable[..., None], path: str) -> None:
    page = as_role("senior", "investigator").page
    for width in (1366, 390, 320):
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for table in page.locator(".sideways th, .wide th").all():
            height = table.evaluate(
                "one => one.getClientRects()[0].height / parseFloat(getComputedStyle(one).lineHeight)"
            )
            assert height < 4, "a word of the head is broken"
    axe(page, path)

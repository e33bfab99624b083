"""A day's work in a real browser: every key, the list of all that can be done, breaks, a race, and what pages weigh."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Response, expect
from sqlalchemy import func, select

from review.first import PRACTICE_ROLES
from review.keys import ABSENT, ACTIONS
from storage.database import Database
from storage.models import DecisionAction, DecisionRow
from storage.search.index import catch_up
from storage.second_review import NOBODY, set_second_review
from storage.usual import set_usual_preferences
from tests.review.conftest import Person, Watched, fill, press, watching

pytestmark = pytest.mark.browser
FIRST_LOAD, ITEM_SWAP = 120_000, 15_000  # bytes, gzipped, without images


def one_person(database: Database) -> None:
    with database.session() as session:
        set_second_review(session, NOBODY)


def test_every_key_is_on_the_help_and_leads_somewhere(database: Database, as_role: Callable[..., Watched]) -> None:
    """Whatever has a key has it printed where it works; what other tools have and we lack is said to be missing."""
    one_person(database)
    fill(database, 3)
    catch_up(database)
    page = as_role(*PRACTICE_ROLES).page
    there: set[str] = set()
    for path in ("/queue", "/review/1", "/review/2"):
        page.goto(path)
        there |= set(page.locator("[data-key]").evaluate_all("all => all.map(one => one.dataset.key)"))
        there |= set(page.locator("[data-rows]").evaluate_all("all => all.flatMap(one => Object.values(one.dataset))"))
        unprinted = page.locator("button[data-key], a[data-key]").evaluate_all(
            "all => all.filter(one => !one.querySelector('kbd')).map(one => one.outerHTML)"
        )
        assert unprinted == []
    pictures = ("pictures", "picture_back", "picture_on", "zoom")  # see test_item_pictures
    only_where_there_is_some = {ACTIONS[name].key for name in ("history", "cluster", *pictures)}
    assert {action.key for action in ACTIONS.values()} - there <= only_where_there_is_some
    page.keyboard.press("?")
    for key, _ in ABSENT:
        expect(page.locator("#keys dl").last.locator("kbd", has_text=re.compile(f"^{key}$"))).to_be_visible()


def test_a_list_by_keyboard(database: Database, as_role: Callable[..., Watched]) -> None:
    fill(database, 4)
    page = as_role("senior").page
    page.goto("/queue")
    for key in "jjjk":
        page.keyboard.press(key)
    expect(page.locator(".queue a").nth(1)).to_be_focused()
    page.keyboard.press("x")
    expect(page.locator("input[name=flags]").nth(1)).to_be_checked()
    page.locator(".queue a").nth(1).focus()
    press(page, "Enter", "Item 2 of 4")


def test_from_an_item_to_seller_map_and_search(database: Database, watched: Watched) -> None:
    fill(database, 2)
    catch_up(database)
    page = watched.page
    for key, heading in (("v", "Seller"), ("m", "Map"), ("/", "Search")):
        page.goto("/review/1")
        page.keyboard.press(key)
        expect(page.locator("h1")).to_contain_text(heading)
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()


def test_the_list_of_all_that_can_be_done(
    database: Database, watched: Watched, axe: Callable[..., None]
) -> None:  # fmt: skip
    one_person(database)
    fill(database, 2)
    page = watched.page
    page.goto("/review/1")
    page.locator("#note").focus()
    page.keyboard.press("Control+k")
    expect(page.locator("#palette-words")).to_be_focused()
    axe(page)
    page.keyboard.type("zzz")
    expect(page.locator("#palette-found")).to_have_text("Nothing is called that.")
    page.locator("#palette-words").fill("not wildlife 2")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#palette-list button").first).to_be_focused()
    press(page, "Enter", "Item 1 of 1")
    page.keyboard.press("Control+k")
    page.keyboard.type("queues")
    press(page, "Enter", "Queues")


def test_a_break_is_proposed_and_goes_away(database: Database, watched: Watched) -> None:
    one_person(database)
    fill(database, 3)
    with database.session() as session:
        set_usual_preferences(session, blur=True, greyscale=True, break_after=20)
    page = watched.page
    page.clock.install()
    page.goto("/review/1")
    for _ in range(10):
        page.keyboard.press("Shift")
        page.clock.run_for(118_000)
    expect(page.locator("#live")).not_to_contain_text("without a break")
    page.clock.run_for(60_000)
    page.keyboard.press("Shift")
    expect(page.locator("#live")).to_contain_text("You have worked for a while without a break")
    press(page, "2", "Item 1 of 2")
    expect(page.locator("#notice")).not_to_contain_text("without a break")
    page.goto("/account")
    expect(page.locator("#break-after")).to_have_value("20")
    expect(page.get_by_label("Pictures without colour")).to_be_checked()
    page.locator("#break-after").fill("0")
    page.locator("form[action='/account/preferences'] button").click()
    expect(page.locator("#page")).to_have_attribute("data-break-after", "0")
    # Hours pass within a second here: a draft may be on its way when its item is decided, and is refused.
    watched.complaints[:] = [line for line in watched.complaints if "409" not in line]


def test_place_and_expert_are_stored_with_the_decision(database: Database, watched: Watched) -> None:
    one_person(database)
    fill(database, 2)
    page = watched.page
    page.goto("/review/1")
    page.get_by_text("More to say").click()
    page.get_by_label("Place, if it is stated wrongly").fill("Iquitos")
    page.get_by_label("Needs an expert for").select_option("birds")
    page.get_by_role("button", name="Unsure").click()
    expect(page).to_have_title(re.compile("Item 1 of 1"))
    with database.session(read_only=True) as session:
        row = session.scalars(select(DecisionRow)).one()
        assert (row.place, row.expert) == ("Iquitos", "birds")


def test_two_browsers_race_through_one_queue(
    database: Database, site: str, browser: Browser, signed_in: Callable[..., Person]
) -> None:
    """Both press at the same moment, again and again; each item is decided once, and everybody's keys count."""
    one_person(database)
    fill(database, 16)
    with ExitStack() as stack:
        pages = [
            stack.enter_context(watching(browser, site, signed_in("reviewer", name=name))).page
            for name in ("ana", "ben")
        ]
        for page in pages:
            page.goto("/review")
        for number in range(8):
            for page in pages:
                page.keyboard.press("2")
            for page in pages:
                done = page.locator("h1", has_text="What waits") if number == 7 else page.locator("#clock")
                expect(done).to_be_visible()
                expect(page.locator(".htmx-request")).to_have_count(0)
    with database.session(read_only=True) as session:
        made = select(DecisionRow.actor, func.count()).where(DecisionRow.action == DecisionAction.DECIDE)
        by_person = session.execute(made.group_by(DecisionRow.actor))
        assert {row[0]: row[1] for row in by_person} == {"ana": 8, "ben": 8}
        assert session.scalar(select(func.count(DecisionRow.listing_id.distinct()))) == 16


def test_what_pages_weigh(database: Database, watched: Watched) -> None:
    """What a browser gets at first, and with every further item, as sent: gzipped."""
    one_person(database)
    fill(database, 40)
    page, got = watched.page, list[Response]()
    page.on("response", lambda response: got.append(response))
    page.goto("/review/1", wait_until="networkidle")
    first = sum(_sent(one) for one in got)
    got.clear()
    press(page, "2", "Item 1 of 39")
    page.wait_for_load_state("networkidle")
    swap = sum(_sent(one) for one in got if one.request.method == "GET")
    assert {urlsplit(one.url).path for one in got} - {"/static/icon.svg"} == {"/review/1", "/review/2"}
    assert first <= FIRST_LOAD, f"{first:,} bytes at first"
    assert swap <= ITEM_SWAP, f"{swap:,} bytes for an item"


def _sent(response: Response) -> int:
    """Bytes on the line; one that is not compressed counts as it is."""
    body = response.body() if response.status < 300 else b""
    packed = response.headers.get("content-encoding") == "gzip"
    return len(gzip.compress(body, 5)) if packed else len(body)

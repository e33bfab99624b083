"""A reviewer's day in a real browser, by keyboard: decide, undo, conflicts, history, narrow screens, access."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from storage import queue
from storage.database import Database
from storage.leases import release_all
from storage.models import DecisionRow, FlagState
from storage.second_review import NOBODY, set_second_review
from tests.review.conftest import Watched, fill, listing, opinion, press, store
from wildtrade.records import DecisionLabel

pytestmark = pytest.mark.browser


def decisions(database: Database) -> list[DecisionRow]:
    with database.session(read_only=True) as session:
        return [row for flag in range(1, 31) for row in queue.history(session, flag)]


def test_ten_items_by_keyboard_alone(database: Database, watched: Watched) -> None:
    fill(database, 12)
    page = watched.page
    page.goto("/queue")
    press(page, "Enter", "Item 1 of 12: Ivory bangle 0")
    for number in range(10):
        press(page, "1234"[number % 4], f"of {11 - number}: Ivory bangle {number + 1}")
        expect(page.locator("main h1")).to_be_focused()
    stored = decisions(database)
    assert [row.label for row in stored] == [list(DecisionLabel)[n % 4] for n in range(10)]
    assert {row.actor for row in stored} == {"mara"}
    expect(page.locator("#live")).to_contain_text("Stored: Not wildlife. Item 1 of 2")
    for number in reversed(range(10)):
        press(page, "u", f"Ivory bangle {number} ")
        expect(page.locator("#notice")).to_contain_text("Taken back")
    with database.session(read_only=True) as session:
        assert queue.counts(session).open == 12


def test_steps_and_typing(database: Database, watched: Watched) -> None:
    fill(database, 3)
    page = watched.page
    page.goto("/review/1")
    press(page, "j", "Item 2 of 3")
    page.keyboard.press("n")
    page.keyboard.type("12 u, q and j are only letters here")
    page.keyboard.press("Escape")
    press(page, "j", "Item 3 of 3")
    press(page, "k", "Item 2 of 3")
    expect(page.locator("#note")).to_have_value("12 u, q and j are only letters here")
    page.keyboard.press("r")
    page.keyboard.type("Colour")
    page.keyboard.press("Escape")
    press(page, "2", "Item 1 of 2: Ivory bangle 0")  # the most urgent comes next, wherever one was
    (stored,) = decisions(database)
    assert (stored.reason, stored.note) == ("colour_name", "12 u, q and j are only letters here")


def test_keys_can_be_switched_off(database: Database, watched: Watched) -> None:
    fill(database, 2)
    page = watched.page
    page.goto("/review/1")
    page.keyboard.press("?")
    page.get_by_label("Single keys work outside of text fields").uncheck()
    page.keyboard.press("1")
    page.keyboard.press("Escape")
    page.keyboard.press("1")
    expect(page).to_have_title(re.compile("Item 1 of 2"))
    assert decisions(database) == []


def test_double_click_decides_once(database: Database, watched: Watched) -> None:
    fill(database, 3)
    page = watched.page
    page.goto("/review/1")
    page.get_by_role("button", name="Wildlife product").dblclick(delay=60)
    expect(page).to_have_title(re.compile("Item 1 of 2"))
    page.wait_for_timeout(300)
    assert len(decisions(database)) == 1


def test_a_conflict_stores_nothing_and_keeps_the_note(database: Database, watched: Watched) -> None:
    fill(database, 3)
    page = watched.page
    page.goto("/review/1")
    page.locator("#note").fill("looks like bone\nask the expert")
    with database.session() as session:
        item = queue.item(session, 1)
        assert item
        release_all(session, "mara")  # as if her time had run out
        queue.decide(session, 1, DecisionLabel.UNSURE, "joe", assessment_id=item.assessment_id)
    page.get_by_role("button", name="Wildlife product").click()
    expect(page.locator("#notice")).to_contain_text("Nothing was stored. joe decided this item at")
    expect(page.get_by_label("Your note, not stored")).to_have_value("looks like bone\nask the expert")
    assert [row.actor for row in decisions(database)] == ["joe"]
    press(page, "s", "Item 1 of 2")
    # The browser itself reports a 409 on its console; nothing else may be there.
    assert [line for line in watched.complaints if "409" not in line] == []
    watched.complaints.clear()


def test_back_and_forward_ask_the_server_again(database: Database, watched: Watched) -> None:
    fill(database, 3)
    page = watched.page
    page.goto("/queue")
    press(page, "Enter", "Item 1 of 3")
    press(page, "1", "Item 1 of 2")
    page.go_back()
    expect(page).to_have_title(re.compile("Second decision: Ivory bangle 0"))
    page.go_forward()
    expect(page).to_have_title(re.compile("Item 1 of 2: Ivory bangle 1"))
    expect(page.locator("#notice")).not_to_contain_text("Stored")
    kept = page.evaluate("[...Object.entries(localStorage), ...Object.entries(sessionStorage)].join()")
    assert "bangle" not in kept
    assert "draft" not in kept


def test_a_stopped_server_loses_no_note(database: Database, watched: Watched) -> None:
    fill(database, 1)
    page = watched.page
    page.goto("/review/1")
    page.locator("#note").fill("half a thought")
    page.route("**/review/1", lambda route: route.abort())
    page.get_by_role("button", name="Unsure").click()
    expect(page.locator("#notice")).to_contain_text("nothing was stored")
    expect(page.locator("#note")).to_have_value("half a thought")
    watched.complaints.clear()


def test_the_filter_stays_on_the_way(database: Database, watched: Watched) -> None:
    fill(database, 6, languages=("en", "th"))
    page = watched.page
    page.goto("/queue")
    page.get_by_label("Language").select_option("th")
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".queue li")).to_have_count(3)
    press(page, "Enter", "Item 1 of 3: Ivory bangle 1")
    press(page, "2", "Item 1 of 2: Ivory bangle 3")
    press(page, "j", "Item 2 of 2: Ivory bangle 5")
    press(page, "1", "Item 1 of 1: Ivory bangle 3")
    press(page, "1", "Queue")
    expect(page.locator("main")).to_contain_text("Nothing else waits for you here.")
    press(page, "u", "Item 1 of 1: Ivory bangle 3")


def test_empty_finished_and_decided(database: Database, watched: Watched) -> None:
    page = watched.page
    page.goto("/queue")
    expect(page.locator("main")).to_contain_text("Nothing is waiting.")
    page.goto("/queue?appendix=III")
    expect(page.locator("main")).to_contain_text("Nothing is found with these filters.")
    store(database, [(listing("1"), opinion(0.8, taxa=()))])
    with database.session() as session:
        set_second_review(session, NOBODY)
    page.goto("/review")
    press(page, "1", "Queue")
    expect(page.locator("#notice")).to_contain_text("Stored: Wildlife product. The queue is finished.")
    page.goto(f"/queue?state={FlagState.DECIDED}")
    expect(page.locator(".queue li")).to_contain_text("Wildlife product, mara")


@pytest.mark.parametrize("width", [1366, 390, 320])
@pytest.mark.parametrize("path", ["/", "/queue", "/review/1", "/queue?language=xx", "/queue?state=decided"])
def test_no_page_scrolls_sideways(database: Database, watched: Watched, width: int, path: str) -> None:
    fill(database, 3)
    watched.page.set_viewport_size({"width": width, "height": 640})
    watched.page.goto(path)
    assert watched.page.evaluate("document.documentElement.scrollWidth") <= width


# What a person who cannot see, cannot point, or sees badly needs: names, order, room and contrast.
_ACCESS = """() => {
  const problems = [], shown = node => node.checkVisibility() && node.getClientRects().length > 0;
  const all = selector => [...document.querySelectorAll(selector)].filter(shown);
  for (const node of all("input:not([type=hidden]), select, textarea"))
    if (!node.labels?.length && !node.ariaLabel) problems.push("no label: " + node.outerHTML.slice(0, 80));
  for (const node of all("a, button")) {
    if (!node.innerText.trim()) problems.push("no name: " + node.outerHTML.slice(0, 80));
    const box = node.getBoundingClientRect();
    if (box.height < 24 && box.left >= 0) problems.push("small target: " + node.innerText);
  }
  let level = 0;
  for (const node of all("h1, h2, h3")) {
    const own = +node.tagName[1];
    if (own > level + 1) problems.push("heading jumps: " + node.innerText);
    level = own;
  }
  if (all("h1").length !== 1) problems.push("not one h1");
  if (all("main").length !== 1) problems.push("not one main");
  const ids = [...document.querySelectorAll("[id]")].map(node => node.id);
  if (new Set(ids).size !== ids.length) problems.push("an id twice");
  const rgb = text => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255).map(v => v <= .04045 ? v / 12.92 :
    ((v + .055) / 1.055) ** 2.4).reduce((sum, v, at) => sum + v * [.2126, .7152, .0722][at], 0);
  const behind = node => { for (; node; node = node.parentElement) {
    const colour = rgb(getComputedStyle(node).backgroundColor); if (colour.length < 4 || colour[3] > 0) return colour; }
    return [255, 255, 255]; };
  for (const node of all("body *")) {
    if (![...node.childNodes].some(child => child.nodeType === 3 && child.data.trim())) continue;
    const pair = [light(rgb(getComputedStyle(node).color)), light(behind(node))].sort((a, b) => b - a);
    if ((pair[0] + .05) / (pair[1] + .05) < 4.5) problems.push("contrast: " + node.outerHTML.slice(0, 80));
  }
  return problems;
}"""


@pytest.mark.parametrize("width", [1366, 390])
def test_access(database: Database, watched: Watched, width: int) -> None:
    fill(database, 3)
    page = watched.page
    page.set_viewport_size({"width": width, "height": 800})
    for path in ("/", "/queue", "/review/1", "/queue?state=decided", "/queue?language=xx"):
        page.goto(path)
        assert page.evaluate(_ACCESS) == [], path
    page.goto("/review/1")
    page.keyboard.press("?")
    assert page.evaluate(_ACCESS) == []


def test_focus_is_seen_and_never_under_the_dock(database: Database, watched: Watched) -> None:
    fill(database, 2)
    page = watched.page
    page.set_viewport_size({"width": 390, "height": 700})
    page.goto("/review/1")
    seen = set()
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            break
        here, hidden, outline = page.evaluate(
            """() => { const node = document.activeElement, box = node.getBoundingClientRect();
            const dock = document.querySelector(".dock");
            return [node.id || node.innerText, !dock.contains(node) && box.top >= dock.getBoundingClientRect().top,
              getComputedStyle(node).outlineStyle]; }"""
        )
        seen.add(here.split("\n")[0])
        assert not hidden, here
        assert outline == "solid", here
    assert {"reason", "note", "Wildlife product", "Skip"} <= seen

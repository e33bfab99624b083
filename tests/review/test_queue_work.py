"""Whole days at the queue in a real browser: by keyboard, with a clock, against others, with second decisions."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Route, expect
from sqlalchemy import func, select, update

from storage.clusters import find_duplicates
from storage.database import Database
from storage.decisions import decide
from storage.leases import Wanted, claim
from storage.models import (
    AuditRow,
    DecisionAction,
    DecisionRow,
    FlagRow,
    FlagState,
    GuardProposal,
    SignedIn,
    utcnow,
)
from storage.second_review import NOBODY, SecondReview, set_second_review
from tests.review.conftest import Person, Watched, fill, listing, opinion, press, store, watching
from wildtrade.records import DecisionLabel

pytestmark = pytest.mark.browser
People = Callable[..., Person]


def states(database: Database) -> list[FlagState]:
    with database.session(read_only=True) as session:
        return list(session.scalars(select(FlagRow.state).order_by(FlagRow.id)))


def decided(database: Database) -> int:
    with database.session(read_only=True) as session:
        made = DecisionRow.action == DecisionAction.DECIDE
        return session.scalar(select(func.count()).select_from(DecisionRow).where(made)) or 0


def one_person(database: Database) -> None:
    with database.session() as session:
        set_second_review(session, NOBODY)


def test_twenty_items_by_keyboard_alone_and_all_undone(database: Database, watched: Watched) -> None:
    one_person(database)
    fill(database, 21)
    page = watched.page
    page.goto("/")
    press(page, "g", "My work")
    press(page, "q", "Queue")
    press(page, "Enter", "Item 1 of 21")
    for number in range(20):
        page.keyboard.press("r")
        page.keyboard.type("Colour")
        page.keyboard.press("Escape")
        press(page, "2", f"of {20 - number}: Ivory bangle {number + 1}")
        expect(page.locator("main h1")).to_be_focused()
    expect(page.locator("#live")).to_contain_text("Stored: Not wildlife. Item 1 of 1")
    assert decided(database) == 20
    for number in reversed(range(20)):
        press(page, "u", f"Ivory bangle {number} ")
    assert set(states(database)) == {FlagState.OPEN}
    press(page, "Shift+U", "Decided item: Ivory bangle 0")
    with database.session(read_only=True) as session:
        actions = session.scalars(select(AuditRow.action).where(AuditRow.action.in_(["decide", "undo", "redo"]))).all()
    assert [actions.count(one) for one in ("decide", "undo", "redo")] == [20, 20, 1]


def test_a_decision_is_the_last_word_about_an_item(database: Database, watched: Watched) -> None:
    """Neither the key that decides after a long think nor the draft that is due meanwhile asks to keep the hold."""
    one_person(database)
    fill(database, 2)
    page, deciding, posted = watched.page, list[Route](), list[str]()
    page.clock.install()
    page.goto("/review/1")
    page.clock.run_for(40_000)
    page.on("request", lambda request: posted.append(urlsplit(request.url).path) if request.method == "POST" else None)
    page.route("**/review/1", lambda route: deciding.append(route))  # a bound method will not do
    page.locator("#note").evaluate("field => field.value = 'a draft that is due'")
    page.keyboard.press("2")
    page.clock.run_for(12_000)
    deciding[0].continue_()
    expect(page).to_have_title(re.compile("Item 1 of 1"))
    assert posted == ["/review/1"]


def test_everything_that_is_entered_is_stored(database: Database, watched: Watched) -> None:
    one_person(database)
    fill(database, 2)
    page = watched.page
    page.goto("/review")
    page.keyboard.press("p")
    page.keyboard.type("pangol")
    expect(page.locator("#taxa option").first).to_be_attached()
    assert "Appendix I (list of" in (page.locator("#taxa option").first.text_content() or "")
    page.locator("#taxon").fill("Loxodonta africana")
    page.locator("#product_form").select_option("tusk")
    page.get_by_text("More to say").click()
    page.get_by_label("Quantity").fill("2 pairs")
    page.get_by_label("Live, part or derivative").select_option("part")
    page.get_by_label("Legality").select_option("likely_illegal")
    page.get_by_label("Tags").fill("tusk, old stock, tusk")
    page.get_by_label("words that misled").fill("ivory coloured")
    page.get_by_role("button", name="Not wildlife").click()
    expect(page).to_have_title(re.compile("Item 1 of 1"))
    with database.session(read_only=True) as session:
        row = session.scalars(select(DecisionRow)).one()
        assert (row.taxon, row.appendix, row.product_form, row.specimen, row.quantity, row.legality, row.tags) == (
            "Loxodonta africana",
            "I/II",
            "tusk",
            "part",
            "2 pairs",
            "likely_illegal",
            ["tusk", "old stock"],
        )
        assert row.appendix_date
        assert session.scalars(select(GuardProposal.text)).all() == ["ivory coloured"]


def test_a_second_person_is_blind_and_a_third_settles(
    database: Database, site: str, browser: Browser, signed_in: People
) -> None:
    fill(database, 1)
    ana, ben, cleo = signed_in("senior", name="ana"), signed_in("senior", name="ben"), signed_in("senior", name="cleo")
    with ExitStack() as stack:
        first = stack.enter_context(watching(browser, site, ana)).page
        first.goto("/review")
        first.locator("#note").fill("a secret of ana")
        first.keyboard.press("Escape")
        press(first, "1", "Queue")
        first.goto("/review/1")
        expect(first.locator("main")).to_contain_text("This item waits for a second person.")
        second = stack.enter_context(watching(browser, site, ben)).page
        second.goto("/review?queue=second")
        expect(second).to_have_title(re.compile("Second decision"))
        shown = second.content()
        assert "a secret of ana" not in shown and ">ana<" not in shown
        press(second, "2", "Queue")
        second.goto("/review/1")
        expect(second.locator("main")).to_contain_text("This item waits for a senior.")
        third = stack.enter_context(watching(browser, site, cleo)).page
        third.goto("/adjudication")
        expect(third.locator(".queue > li")).to_contain_text("a secret of ana")
        third.get_by_role("link", name="Ivory bangle 0").click()
        expect(third.locator("main")).to_contain_text("What was decided")
        press(third, "1", "Queue")
    assert states(database) == [FlagState.DECIDED]


def test_a_lost_hold_says_who_has_the_item_and_keeps_the_draft(database: Database, watched: Watched) -> None:
    fill(database, 1)
    page = watched.page
    page.goto("/review/1")
    page.locator("#note").fill("half a thought")
    expect(page.locator("#kept")).to_have_text("Draft kept", timeout=8000)
    with database.session() as session:
        session.execute(update(FlagRow).values(lease_until=utcnow() - timedelta(seconds=1)))
        assert claim(session, "joe", Wanted()) == 1
    page.locator("#note").fill("half a thought more")
    expect(page.locator("#notice")).to_contain_text(
        re.compile(r"joe took this item at \d\d:\d\d UTC; your draft is kept"), timeout=8000
    )
    page.reload()
    expect(page.locator("#notice")).to_contain_text("joe holds this item until")
    expect(page.get_by_label("Your note, not stored")).to_have_value("half a thought more")
    watched.complaints[:] = [line for line in watched.complaints if "409" not in line]


def test_a_session_that_ends_loses_no_draft(
    database: Database, watched: Watched, reviewer: Person, signed_in: People
) -> None:
    fill(database, 1)
    page = watched.page
    page.goto("/review/1")
    with database.session() as session:
        session.execute(update(SignedIn).values(ended_at=utcnow()))
    page.locator("#note").fill("written after the end")
    expect(page.locator("#notice")).to_contain_text("You are signed out.", timeout=8000)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Unsure").click()
    page.wait_for_url("**/login?next=*")
    signed_in("reviewer").enter(page.context)
    page.goto("/review/1")
    expect(page.locator("#note")).to_have_value("written after the end")
    watched.complaints[:] = [line for line in watched.complaints if "401" not in line]


def test_the_clock_warns_and_can_be_extended(database: Database, watched: Watched) -> None:
    fill(database, 1)
    page = watched.page
    page.clock.install()
    page.goto("/review/1")
    expect(page.locator("#clock")).to_have_text(re.compile(r"^(10:00|9:5\d)$"))
    page.clock.run_for(8 * 60_000 + 5_000)
    expect(page.locator("#live")).to_contain_text("Two minutes are left")
    page.keyboard.press("l")
    page.clock.run_for(2_000)
    expect(page.locator("#clock")).to_have_text(re.compile(r"^(10:00|9:5\d)$"))


def test_leaving_lets_go(database: Database, watched: Watched) -> None:
    fill(database, 2)
    page = watched.page
    page.goto("/review/1")
    page.goto("/about")
    for _ in range(50):
        with database.session(read_only=True) as session:
            if session.scalar(select(FlagRow.holder).where(FlagRow.id == 1)) is None:
                return
        page.wait_for_timeout(100)
    raise AssertionError("the item is still held")


def test_two_reviewers_race_and_no_item_is_decided_twice(database: Database, site: str, signed_in: People) -> None:
    one_person(database)
    fill(database, 30)
    people = [signed_in("reviewer", name=name) for name in ("ana", "ben", "cleo")]
    wrong: list[tuple[int, str]] = []

    def work(person: Person) -> None:
        status, headers, page = person.ask("GET", "/review")
        while headers["location"].startswith("/review/"):
            item = headers["location"]
            page = person.ask("GET", item)[2]
            known = re.search(rb'name="assessment_id" value="(\d+)"', page)
            if known is None:
                wrong.append((0, item))
                return
            form = {"label": "unsure", "assessment_id": known[1].decode()}
            status, headers, page = person.ask("POST", item.split("?")[0], form)
            if status != 303:
                wrong.append((status, item))
                return

    threads = [threading.Thread(target=work, args=(one,)) for one in people]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert wrong == []
    assert decided(database) == 30
    assert set(states(database)) == {FlagState.DECIDED}


def test_bulk_says_exactly_what_it_does(database: Database, as_role: Callable[..., Watched]) -> None:
    store(database, [(listing(str(n), seller=f"S{n % 3}"), opinion(0.8, taxa=())) for n in range(1, 7)])
    fill(database, 1)
    with database.session() as session:
        held = claim(session, "joe", Wanted())
    page = as_role("senior").page
    page.goto("/queue")
    page.get_by_label("All that this filter finds").check()
    page.get_by_role("button", name="See what would be done").click()
    expect(page.locator("h1")).to_contain_text("Not wildlife")
    text = page.locator("main").inner_text()
    assert "1 is held by somebody else and will be left out." in text
    assert ("Mark 6 listings as Not wildlife." in text) and ("They are of 3 sellers." in text or "of 4 sellers" in text)
    page.get_by_role("button", name="Do it").click()
    expect(page.locator("main")).to_contain_text("6 listings are decided.")
    with database.session(read_only=True) as session:
        assert session.get_one(FlagRow, held or 0).state is FlagState.OPEN
    page.get_by_role("button", name="Take the batch back").click()
    expect(page.locator("main")).to_contain_text("Taken back at")
    assert set(states(database)) == {FlagState.OPEN}


def test_the_same_decision_for_a_cluster_with_an_exception(database: Database, watched: Watched) -> None:
    one_person(database)
    same = "Old bangle from my grandfather, shipped anywhere, ask for more pictures of it please, no returns"
    store(database, [(listing(str(n), title=f"Bangle {n}", description=same), opinion(0.8, taxa=())) for n in range(4)])
    with database.session() as session:
        find_duplicates(session)
    page = watched.page
    page.goto("/review/1")
    expect(page.locator("main")).to_contain_text("4 listings of 1 sellers say or show nearly the same.")
    page.keyboard.press("Shift+X")
    page.locator("input[name=also]").nth(1).uncheck()
    page.locator("h1").click()
    press(page, "2", "Item 1 of 1")
    assert sorted(states(database)) == [FlagState.DECIDED] * 3 + [FlagState.OPEN]


def test_skipping_and_escalating(database: Database, watched: Watched) -> None:
    fill(database, 3)
    page = watched.page
    page.goto("/review")
    press(page, "s", "Item 2 of 3")
    press(page, "e", "of 2: Ivory bangle 2")
    expect(page.locator("#notice")).to_contain_text("Escalated")
    assert states(database) == [FlagState.OPEN, FlagState.ESCALATED, FlagState.OPEN]


def test_keys_can_be_moved(database: Database, watched: Watched) -> None:
    one_person(database)
    fill(database, 2)
    page = watched.page
    page.goto("/account/keys")
    page.locator("#key-not_wildlife").fill("w")
    page.get_by_role("button", name="Keep these keys").click()
    expect(page.locator("#notice")).to_contain_text("Your keys are kept")
    page.goto("/review/1")
    expect(page.locator(".dock button.not_wildlife kbd")).to_have_text("w")
    page.keyboard.press("2")
    press(page, "w", "Item 1 of 1")
    page.goto("/account/keys")
    page.locator("#key-unsure").fill("w")
    page.get_by_role("button", name="Keep these keys").click()
    expect(page.locator("#notice")).to_contain_text("Nothing is changed")
    watched.complaints[:] = [line for line in watched.complaints if "400" not in line]


@pytest.mark.parametrize(
    "path", ["/queue", "/queues", "/review/1", "/review/3", "/adjudication", "/account/keys", "/proposals"]
)
def test_axe(database: Database, as_role: Callable[..., Watched], axe: Callable[..., None], path: str) -> None:
    fill(database, 3)
    with database.session() as session:
        for who, label in (("joe", DecisionLabel.WILDLIFE), ("jim", DecisionLabel.NOT_WILDLIFE)):
            said = session.get_one(FlagRow, 3).assessment_id
            decide(session, 3, label, who, assessment_id=said, note="x", rules=SecondReview())
    page = as_role("senior", "admin").page
    page.goto("/about")
    axe(page, path)

"""What the page of an item shows to whom, and what it means that a listing goes into a case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from review.first import PRACTICE_ROLES, practice_link
from review.keys import ACTIONS
from storage.database import Database
from storage.decisions import decide
from storage.models import AuditRow, FlagRow, FlagState
from storage.rights import load_rights, rights_of
from storage.second_review import NOBODY, second_review, set_second_review
from storage.users import add_user
from tests.review.conftest import Person, Watched, fill, listing, opinion, store
from wildtrade.records import DecisionLabel

People = Callable[..., Person]


def test_whoever_it_can_be_traced_to_is_hidden_until_asked_for(database: Database, signed_in: People) -> None:
    told = "Ivory: call +84 912 345 678, Ana Maria"
    store(database, [(listing("a", description=told, seller="Ana Maria"), opinion())])
    reviewer, investigator = signed_in("reviewer"), signed_in("investigator", name="ines")
    for person in (reviewer, investigator):
        page = person.ask("GET", "/review/1")[2].decode()
        assert "912 345" not in page and "Ana Maria" not in page
    assert reviewer.ask("POST", "/review/1/identity")[0] == 403
    assert "/cases/add" not in reviewer.ask("GET", "/review/1")[2].decode()
    page = investigator.ask("POST", "/review/1/identity")[2].decode()
    assert "912 345 678" in page and "Ana Maria" in page
    assert "/cases/add?listing=1&amp;back=%2Freview%2F1" in page
    with database.session(read_only=True) as session:
        looked = session.scalars(select(AuditRow).where(AuditRow.action == "view_identity")).all()
        assert [row.actor for row in looked] == ["ines"]


@pytest.mark.parametrize("decided_first", [True, False])
def test_what_goes_into_a_case_needs_two_people(database: Database, signed_in: People, decided_first: bool) -> None:
    fill(database, 1)
    person = signed_in("investigator")

    def judge() -> None:
        with database.session() as session:
            opinion_id = session.get_one(FlagRow, 1).assessment_id
            rules = second_review(session)
            decide(session, 1, DecisionLabel.WILDLIFE, "ben", assessment_id=opinion_id, rules=rules)

    def add() -> None:
        assert person.ask("POST", "/cases/add", {"listing": 1, "title": "Ivory"})[0] == 303

    with database.session() as session:
        set_second_review(session, replace(NOBODY, into_case=True))
    for step in (judge, add) if decided_first else (add, judge):
        step()
    with database.session(read_only=True) as session:
        flag = session.get_one(FlagRow, 1)
        assert (flag.state, flag.second_because, flag.first_by) == (FlagState.SECOND, "into_case", "ben")


def test_the_practice_user_may_do_everything(database: Database, database_url: str, tmp_path: Path) -> None:
    with database.session() as session:
        older = add_user(session, "zoe", ()).id  # of a demo that an earlier version made
    practice_link(database_url, "zoe")
    with database.session(read_only=True) as session:
        assert rights_of(session, older) == frozenset(load_rights().rights)
    assert "investigator" in PRACTICE_ROLES


@pytest.mark.browser
def test_menus_by_keyboard_and_the_way_into_a_case(
    database: Database, as_role: Callable[..., Watched], axe: Callable[..., None]
) -> None:
    fill(database, 1)
    page = as_role(*PRACTICE_ROLES).page
    page.goto("/review/1")
    header = page.locator("header.top").bounding_box()
    assert header and header["height"] < 60, "one line at 1366 px"
    page.locator(".menu summary").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".menu[open]")).to_have_count(1)
    axe(page)
    page.keyboard.press("Escape")
    expect(page.locator(".menu[open]")).to_have_count(0)
    page.keyboard.press(ACTIONS["case"].key)
    page.get_by_label("Title of the case").fill("Ivory in Lima")
    page.get_by_role("button", name="Add", exact=True).click()
    page.wait_for_url("**/review/1")
    page.get_by_role("button", name="Show who it is").click()
    expect(page.locator("main")).to_contain_text("This view is in the audit trail")
    axe(page, "/")

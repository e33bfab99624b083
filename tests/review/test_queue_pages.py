"""Queues that people make, from the page of a saved search to the last item of the queue."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from review.keeper import keep
from review.queueing import composed, in_words
from storage.database import Database
from storage.models import AuditRow, FlagRow, NamedQueue
from storage.search.index import catch_up
from storage.search.query import parse
from tests.review.conftest import Person, Watched, listing, opinion, store


def offers(database: Database) -> None:
    """Six flags: three of tusks, of which two in Thai; in another order than their urgency."""
    texts = ("tusk", "scale", "tusk", "scale", "tusk", "scale")
    found = [
        (listing(str(at), title=f"{text} {at}"), replace(opinion(0.9 - at / 20), language="th" if at < 3 else "en"))
        for at, text in enumerate(texts)
    ]
    store(database, found)
    catch_up(database)


RULE = {"name": "Tusks", "query": "tusk", "mode": "priority", "overlap": "1", "lease_minutes": "30"}


@pytest.mark.browser
def test_a_queue_from_a_saved_search_is_worked_to_its_end(
    database: Database, signed_in: Callable[..., Person], as_role: Callable[..., Watched]
) -> None:
    offers(database)
    watched = as_role("senior", name="sue")
    page = watched.page
    page.goto("/searches?q=tusk")
    page.get_by_label("Name").fill("Thai tusks")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Make a queue of it Thai tusks").click()
    expect(page.locator("#name")).to_have_value("Thai tusks")
    expect(page.locator("#count")).to_contain_text("3 items wait under this rule now.")
    page.get_by_label("and language").select_option("th")
    expect(page.locator("#count")).to_contain_text("2 items wait under this rule now.")
    expect(page.locator("#count")).to_contain_text("“tusk”; language: th")
    page.get_by_label("Minutes that an item is held").fill("30")
    page.get_by_label("reviewer").check()
    page.get_by_label("senior").check()
    page.get_by_role("button", name="Keep this queue").click()
    row = page.get_by_role("row", name="Thai tusks")
    expect(row).to_contain_text("“tusk”; language: th")
    expect(row.get_by_role("cell").nth(2)).to_have_text("2")
    row.get_by_role("link", name="Start").click()
    for left in (2, 1):
        expect(page.locator("#place")).to_contain_text(f"of {left}")
        page.keyboard.press("1")
    expect(page.locator(".notice").first).to_contain_text("Nothing else waits for you here.")
    page.goto("/queues")
    expect(page.get_by_role("row", name="Thai tusks").get_by_role("cell").nth(2)).to_have_text("0")
    with database.session(read_only=True) as session:
        held = {row.queue_id for row in session.scalars(select(FlagRow).where(FlagRow.state != "open"))}
        assert held == {1}
        told = session.scalars(select(AuditRow).where(AuditRow.action == "queue_change")).one()
        assert (told.actor, told.after["query"], told.after["roles"]) == ("sue", "tusk lang:th", ["reviewer", "senior"])


def test_the_second_decision_is_given_in_the_same_queue_blind(
    database: Database, signed_in: Callable[..., Person]
) -> None:
    offers(database)
    senior = signed_in("senior", name="sue")
    ana, ben = signed_in("reviewer", name="ana"), signed_in("senior", name="ben")
    made = senior.ask("POST", "/queues/new", RULE | {"overlap": "2"})
    assert senior.ask("GET", made[1]["location"])[0] == 200

    def work(person: Person, label: str) -> list[str]:
        """Every item the queue gives a person, as its page says; each decided."""
        pages, where = [], person.ask("GET", "/review?queue=1")[1]["location"]
        while where.startswith("/review/"):
            pages.append(person.ask("GET", where)[2].decode())
            said = re.search(r'name="assessment_id" value="(\d+)"', pages[-1])
            assert said, where
            form = {"label": label, "assessment_id": said[1], "note": f"by {person.name}"}
            where = person.ask("POST", where, form)[1]["location"]
        assert where.startswith("/queue?queue=1"), where
        return pages

    assert len(work(ana, "wildlife")) == 3
    assert b"3 of them second" in senior.ask("GET", "/queues")[2]
    assert b"3 items of this queue wait for a second person" in ben.ask("GET", "/queue?queue=1")[2]
    assert b"wait for a second person" not in ana.ask("GET", "/queue?queue=1")[2]
    blind = work(ben, "wildlife")
    assert [f"Second decision: Item 1 of {left}" in page for left, page in zip((3, 2, 1), blind, strict=True)] == [
        True
    ] * 3
    assert not any("by ana" in page or "<bdi>ana</bdi>" in page for page in blind)
    with database.session(read_only=True) as session:
        settled = session.execute(select(FlagRow.settled, FlagRow.queue_id).where(FlagRow.state == "decided")).all()
        assert {tuple(row) for row in settled} == {("agreement", 1)}
        assert len(settled) == 3


def test_who_may_not_work_it_is_told_so(database: Database, signed_in: Callable[..., Person]) -> None:
    offers(database)
    senior, ana, ben = (
        signed_in("senior", name="sue"),
        signed_in("reviewer", name="ana"),
        signed_in("reviewer", name="ben"),
    )
    made = senior.ask("POST", "/queues/new", RULE | {"people": "ana"})
    assert senior.ask("GET", made[1]["location"])[0] == 200  # it is filled beside this page
    assert b"Start<span" in ana.ask("GET", "/queues")[2].split(b"Everything that waits")[0]
    assert b"Start<span" not in ben.ask("GET", "/queues")[2].split(b"Everything that waits")[0]
    assert ana.ask("GET", "/review?queue=1")[1]["location"] == "/review/1?queue=1"
    assert b"1800" in ana.ask("GET", "/review/1?queue=1")[2] or b'data-left="1799"' in ana.ask("GET", "/review/1")[2]
    status, _, body = ben.ask("GET", "/review?queue=1")
    assert (status, b"This queue is worked by others." in body) == (403, True)
    assert ben.ask("GET", "/review?queue=99")[1]["location"] == "/queue?queue=99"
    assert ben.ask("GET", "/review")[1]["location"] == "/review/2"  # the queue of all is everybody's


def test_wrong_rules_are_not_kept(database: Database, signed_in: Callable[..., Person]) -> None:
    offers(database)
    senior, reviewer = signed_in("senior", name="sue"), signed_in("reviewer", name="ana")
    for wrong in (
        {"query": "sller:x"},
        {"query": "seller:ana"},
        {"name": ""},
        {"lease_minutes": "1"},
        {"overlap": "3"},
    ):
        assert senior.ask("POST", "/queues/new", RULE | wrong)[0] in (400, 422), wrong
    assert senior.ask("GET", "/queues/9/edit")[0] == 404
    assert reviewer.ask("POST", "/queues/new", RULE)[0] == 403
    assert b"did you mean seller" in senior.ask("GET", "/queues/count?query=sller:x")[2]
    with database.session(read_only=True) as session:
        assert session.scalars(select(NamedQueue)).all() == []


def test_changing_and_closing(database: Database, signed_in: Callable[..., Person]) -> None:
    offers(database)
    senior = signed_in("senior", name="sue")
    senior.ask("POST", "/queues/new", RULE)
    assert senior.ask("POST", "/queues/1/edit", RULE | {"query": "scale", "overlap": "2"})[0] == 303
    keep(database)
    shown = senior.ask("GET", "/queue?queue=1")[2].decode()
    assert ("scale 1" in shown, "tusk 0" in shown) == (True, False)
    assert b"two people decide each" in senior.ask("GET", "/queues")[2]
    assert senior.ask("POST", "/queues/1/close", {})[0] == 303
    assert b"None yet. A queue is a rule" in senior.ask("GET", "/queues")[2]
    assert senior.ask("GET", "/queues/1/edit")[0] == 404


def test_bulk_of_a_queue_takes_only_the_queue(database: Database, signed_in: Callable[..., Person]) -> None:
    offers(database)
    senior = signed_in("senior", name="sue")
    senior.ask("POST", "/queues/new", RULE)
    senior.ask("GET", "/queues?filled=1")
    chosen = {"label": "not_wildlife", "everything": "true", "reason": "other"}
    where = senior.ask("POST", "/bulk?queue=1", chosen)[1]["location"]
    assert b"Mark 3 listings" in senior.ask("GET", where)[2]


def test_rules_in_words() -> None:
    assert composed("tusk", [("lang", "th"), ("app", ""), ("source", "a b")]) == 'tusk lang:th source:"a b"'
    assert composed("tusk lang:th", [("lang", "th")]) == "tusk lang:th"
    assert in_words(parse('"old tusk" -app:I price>100 seen:7d')) == (
        "“old tusk”; not CITES appendix: I; price: > 100; last seen: 7d"
    )
    assert in_words(parse("")) == "everything that waits"


@pytest.mark.browser
@pytest.mark.parametrize("path", ["/queues", "/queues/new", "/queues/1/edit", "/queue?queue=1"])
def test_accessibility(
    database: Database, as_role: Callable[..., Watched], signed_in: Callable[..., Person], axe: Callable[..., None],
    path: str,
) -> None:  # fmt: skip
    offers(database)
    signed_in("senior", name="sue").ask("POST", "/queues/new", RULE)
    page = as_role("senior", name="mia").page
    page.goto(path)
    axe(page, path)

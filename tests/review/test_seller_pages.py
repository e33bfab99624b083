"""Merging sellers on their page: evidence, reason, undo; who may, and what others see."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from storage.clusters import find_duplicates
from storage.database import Database
from storage.models import AuditRow, SellerMerge
from storage.search.index import catch_up
from storage.search.suggesting import refresh
from tests.review.conftest import Person, Watched, listing, opinion, store


def offers(database: Database) -> None:
    """Three accounts; the first two give one phone number, the third has nothing in common with them."""
    names = ("Ana Lee", "Ben Roe", "Cem Oz", "Ana Lee")
    store(
        database,
        [
            (
                listing(
                    str(at),
                    seller=name,
                    description="call +84 901-234-567" if at < 2 else "for sale",
                    images=(f"https://market.example/{at}.jpg",),
                ),
                opinion(0.9),
            )
            for at, name in enumerate(names)
        ],
    )
    catch_up(database)


@pytest.mark.browser
def test_accounts_are_merged_with_a_reason_and_parted_again(
    database: Database, signed_in: Callable[..., Person], as_role: Callable[..., Watched]
) -> None:
    offers(database)
    page = as_role("investigator", name="ivy").page
    page.goto("/sellers/1")
    suggested = page.get_by_role("region", name="Perhaps the same seller")
    expect(suggested).to_contain_text("same phone number, 1 listing")
    suggested.get_by_label("Reason").first.fill("one phone, one voice")
    suggested.get_by_role("button", name="These are one seller #2").click()
    expect(page.locator("main")).to_contain_text("2 accounts that people say are one seller.")
    expect(page.locator("main")).to_contain_text("3 listings")
    expect(page.get_by_role("region", name="Accounts of this seller")).to_contain_text("one phone, one voice")
    for path in ("/sellers/1", "/sellers/2"):
        assert page.goto(path)
        expect(page.locator("main")).to_contain_text("#1 = #2")
        assert page.get_by_text("Ana Lee").count() == page.get_by_text("Ben Roe").count() == 0
    page.goto("/sellers")
    expect(page.get_by_role("listitem").filter(has_text="2 accounts")).to_contain_text("3 listings")
    page.goto("/listings?q=seller:%232")
    expect(page.locator("table.hits tbody tr")).to_have_count(3)
    page.goto("/sellers/2")
    page.get_by_label("Why not").fill("other voices")
    page.get_by_role("button", name="Take this merge back").click()
    expect(page.locator("main")).not_to_contain_text("#1 = #2")
    with database.session(read_only=True) as session:
        rows = session.scalars(
            select(AuditRow).where(AuditRow.object_kind == "seller", AuditRow.action != "view_identity")
        )
        told = [(row.actor, row.action, row.object_id, row.reason) for row in rows]
    assert told == [
        ("ivy", "merge_sellers", "1", "one phone, one voice"),
        ("ivy", "part_sellers", "1", "other voices"),
    ]


def test_only_who_may_merges_and_pseudonyms_stay(database: Database, signed_in: Callable[..., Person]) -> None:
    offers(database)
    reviewer, investigator = signed_in("reviewer", name="ana"), signed_in("investigator", name="ivy")
    assert reviewer.ask("POST", "/merges", {"one": "1", "other": "2", "reason": "r"})[0] == 403
    for wrong in ({"other": "2"}, {"other": "1", "reason": "r"}, {"other": "99", "reason": "r"}):
        assert investigator.ask("POST", "/merges", {"one": "1", **wrong})[0] == 400, wrong
    assert investigator.ask("POST", "/merges", {"one": "99", "other": "2", "reason": "r"})[0] == 404
    said = {"one": "1", "other": "2", "reason": "writes as Ana Lee, 0901234567", "on_seller": "true"}
    assert investigator.ask("POST", "/merges", said)[1]["location"] == "/sellers/1"
    assert reviewer.ask("POST", "/merges/1/undo", {"reason": "r"})[0] == 403
    shown = reviewer.ask("GET", "/sellers/2")[2].decode()
    assert "writes as ⟨seller⟩" in shown
    for secret in ("Ana Lee", "Ben Roe", "0901234567", "901-234-567", "Take this merge back"):
        assert secret not in shown
    said_last = investigator.ask("GET", "/merges")[2].decode()
    assert "writes as ⟨seller⟩" in said_last
    assert "0901234567" not in said_last
    named = investigator.ask("POST", "/sellers/2/identity")[2].decode()
    assert ("Ana Lee" in named, "Ben Roe" in named) == (True, True)


def test_all_that_may_be_one_seller_is_settled_on_one_page(
    database: Database, signed_in: Callable[..., Person]
) -> None:
    offers(database)
    with database.session() as session:
        find_duplicates(session)
    refresh(database)
    reviewer, ivy = signed_in("reviewer", name="ana"), signed_in("investigator", name="ivy")
    assert reviewer.ask("GET", "/merges")[0] == 403
    assert reviewer.ask("POST", "/merges/identity")[0] == 403

    def page(path: str = "/merges", method: str = "GET") -> str:
        status, _, body = ivy.ask(method, path)
        assert status == 200
        return body.decode()

    assert "1 suggestion<" in page()
    assert "same phone number, 2 listings" in page()
    assert "Ana Lee" not in page()
    assert "Ana Lee" in page("/merges/identity", "POST")
    two = {"one": "1", "other": "2", "verdict": "two"}
    assert ivy.ask("POST", "/merges", two)[0] == 400  # no reason
    assert ivy.ask("POST", "/merges", two | {"reason": "Ana Lee lets the shop's phone"})[1]["location"] == "/merges"
    for path in ("/merges", "/sellers/1"):
        assert "same phone number, " not in page(path)
        assert "#1 – #2 <strong>These are two sellers</strong>" in page(path)
        assert "⟨seller⟩ lets the shop" in page(path)
    assert ivy.ask("POST", "/merges", two | {"verdict": "one", "reason": "r"})[0] == 400  # first take it back
    assert ivy.ask("POST", "/merges/1/undo", {"reason": "wrong shop"})[0] == 303
    assert "1 suggestion<" in page()
    assert ivy.ask("POST", "/merges", two | {"verdict": "one", "reason": "one voice"})[0] == 303
    assert "0 suggestions" in page()
    assert "#1 = #2" in page()
    with database.session(read_only=True) as session:
        rows = session.scalars(select(AuditRow).where(AuditRow.object_kind.in_(("seller", "merges"))))
        told = [(row.action, row.reason) for row in rows]
        evidence = session.scalars(select(SellerMerge.evidence).order_by(SellerMerge.id)).all()
    assert told == [
        ("view_identity", ""),
        ("tell_sellers_apart", "Ana Lee lets the shop's phone"),
        ("untell_sellers_apart", "wrong shop"),
        ("merge_sellers", "one voice"),
    ]
    assert [[kind for kind, _ in one] for one in evidence] == [["phone"], [], ["phone"]]


@pytest.mark.browser
@pytest.mark.parametrize("path", ["/sellers", "/sellers/2"])
def test_accessibility(
    database: Database, as_role: Callable[..., Watched], signed_in: Callable[..., Person], axe: Callable[..., None],
    path: str,
) -> None:  # fmt: skip
    offers(database)
    signed_in("investigator", name="ivy").ask("POST", "/merges", {"one": "1", "other": "3", "reason": "r"})
    page = as_role("investigator", name="mia").page
    page.goto(path)
    axe(page, path)

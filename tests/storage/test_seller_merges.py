"""Accounts that people say are one seller: what counts sellers counts them once, and it can be taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from storage.batches import forecast, propose
from storage.database import Database
from storage.decisions import decide
from storage.door import Found
from storage.facts import facts_of
from storage.figures import compute
from storage.leases import Mode, Wanted
from storage.merges import merge, merges, undo_merge
from storage.models import FlagRow, SearchDocument, SellerRow, utcnow
from storage.sampling import next_item
from storage.search.accounts import account, sellers
from storage.search.finding import find
from storage.search.index import catch_up, rebuild
from storage.search.query import parse
from storage.search.suggesting import suggestions
from storage.sellers import accounts_of
from tests.storage.helpers import Crawl, listing, opinion
from wildtrade.errors import UsageError
from wildtrade.records import DecisionLabel, Label

NAMES = ("Ana", "Ben", "Cem", "Dee")
NUMBERS = {"Ana": 3, "Ben": 2, "Cem": 4, "Dee": 1}  # listings
PHONE = "0901 234 567"


@pytest.fixture
def market(database: Database, crawl: Crawl) -> Database:
    """Ana and Ben give one phone number and show one picture, Ben names @Cem, Dee has nothing in common with any."""
    say = {"Ana": f"call {PHONE}", "Ben": f"call {PHONE} or telegram: Cem", "Cem": "for sale", "Dee": "for sale"}
    offers = [(name, number) for name in NAMES for number in range(NUMBERS[name])]
    for at, (name, number) in enumerate(offers):
        images = ("https://x.example/same.jpg",) if name in ("Ana", "Ben") else ()
        offer = listing(f"{name}{number}", seller=name, description=say[name], images=images, title=f"tusk {at}")
        crawl.store(Found(listing=offer, assessment=opinion(Label.FLAG, 0.95 - at / 50)))
    assert catch_up(database)
    return database


def ids_of(database: Database) -> dict[str, int]:
    with database.session(read_only=True) as session:
        return {row.name: row.id for row in session.scalars(select(SellerRow))}


def counted(database: Database) -> list[tuple[str, int]]:
    with database.session(read_only=True) as session:
        return [(row.name, number) for row, number in sellers(session, limit=9)]


def truly_counted(database: Database) -> dict[int, int]:
    """The listings of each seller, counted from the documents."""
    with database.session(read_only=True) as session:
        head = func.coalesce(SellerRow.head_id, SellerRow.id)
        query = select(head, func.count()).join(SearchDocument, SearchDocument.seller_id == SellerRow.id)
        return dict(session.execute(query.group_by(head)).all())


def test_suggestions_list_their_evidence(market: Database) -> None:
    ids = ids_of(market)
    with market.session(read_only=True) as session:
        found = account(session, ids["Ana"])
        assert found
        told = {one.other.name: {kind: (n, hits) for kind, n, hits in one.evidence} for one in
                suggestions(session, found)}  # fmt: skip
        assert told == {"Ben": {"phone": (1, 3), "image": (1, 3)}}
        alone = account(session, ids["Dee"])
        assert alone
        assert suggestions(session, alone) == []


def test_the_same_name_elsewhere_is_evidence(market: Database, crawl_of: Callable[..., Crawl]) -> None:
    ids = ids_of(market)
    with market.session() as session:
        session.add(SellerRow(source="other", name="Ana"))
        session.flush()
        found = account(session, ids["Ana"])
        assert found
        assert [(one.other.source, one.evidence[0][0]) for one in suggestions(session, found)][-1] == (
            "other",
            "name",
        )


def test_what_many_accounts_share_speaks_for_none(market: Database, crawl_of: Callable[..., Crawl]) -> None:
    many = [listing(f"m{n}", seller=f"shop {n}", images=("https://x.example/same.jpg",)) for n in range(6)]
    crawl_of(market, 1.0).store(*many)
    catch_up(market)
    with market.session(read_only=True) as session:
        found = account(session, ids_of(market)["Ana"])
        assert found
        assert {one.other.name: [kind for kind, *_ in one.evidence] for one in suggestions(session, found)} == {
            "Ben": ["phone"]
        }


def test_merged_accounts_are_one_seller_everywhere(market: Database) -> None:
    ids = ids_of(market)
    assert counted(market) == [("Cem", 4), ("Ana", 3), ("Ben", 2), ("Dee", 1)]
    with market.session() as session:
        merge(session, ids["Ben"], ids["Ana"], "ivy", reason="one phone", evidence=[("phone", 3)])
    assert counted(market) == [("Ana", 5), ("Cem", 4), ("Dee", 1)]
    with market.session() as session:
        for name in ("Ana", "Ben"):
            found = account(session, ids[name])
            assert found
            assert ([one.name for one in found.accounts], found.total) == (["Ana", "Ben"], 5)
            assert not [one for one in found.links if set(one.sellers) & {ids["Ana"], ids["Ben"]}]
            assert len(find(session, parse(f"seller:#{ids[name]}")).hits) == 5
        assert len(find(session, parse(f"-seller:#{ids['Ben']} tusk")).hits) == 5
        figures = compute(session, 7, utcnow() + timedelta(seconds=1))["sellers"]
        assert (figures["sellers"], figures["curve"][0]) == (3, [1, 0.5])
        every = session.scalars(select(FlagRow.id)).all()
        assert forecast(session, propose(session, "ana", DecisionLabel.UNSURE, every)).sellers == 3


def test_a_seller_in_a_row_is_a_merged_one(market: Database) -> None:
    ids = ids_of(market)
    with market.session() as session:
        merge(session, ids["Ana"], ids["Dee"], "ivy", reason="same person")
    got = []
    for _ in range(4):
        with market.session() as session:
            flag_id = next_item(session, "ana", Wanted(mode=Mode.SELLER)) or 0
            said = session.get_one(FlagRow, flag_id).assessment_id
            decide(session, flag_id, DecisionLabel.UNSURE, "ana", assessment_id=said)
        got.append(flag_id)
    assert sorted(got) == [1, 2, 3, 10]


def test_a_confirmed_listing_counts_for_all_accounts(market: Database) -> None:
    ids = ids_of(market)
    with market.session() as session:
        said = session.get_one(FlagRow, 10).assessment_id  # Dee's
        decide(session, 10, DecisionLabel.WILDLIFE, "ana", assessment_id=said)
        anas = session.get_one(FlagRow, 1).assessment_id
        assert not facts_of(session.connection(), [anas], utcnow())[1].seller_confirmed
        merge(session, ids["Ana"], ids["Dee"], "ivy", reason="same person")
        assert facts_of(session.connection(), [anas], utcnow())[1].seller_confirmed


def test_undo_parts_what_nothing_else_holds_together(market: Database) -> None:
    ids = ids_of(market)
    a, b, c, d = (ids[name] for name in NAMES)
    with market.session() as session:
        first = merge(session, b, c, "ivy", reason="r").id
        second = merge(session, a, b, "ivy", reason="r").id
        merge(session, d, c, "ivy", reason="r")
        assert accounts_of(session, d) == [a, b, c, d]
    assert counted(market) == [("Ana", 10)]
    with market.session() as session:
        undone = undo_merge(session, first, "mara", reason="other voices")
        assert (undone.undoes_id, undone.actor) == (first, "mara")
        assert accounts_of(session, a) == [a, b]
        assert accounts_of(session, d) == [c, d]
        assert [one.id for one in merges(session, [a])] == [second]
        for wrong in (first, undone.id, 99):
            with pytest.raises(UsageError):
                undo_merge(session, wrong, "mara", reason="again")
    assert counted(market) == [("Ana", 5), ("Cem", 5)] or counted(market) == [("Cem", 5), ("Ana", 5)]
    with market.session() as session:
        undo_merge(session, second, "mara", reason="")
        assert accounts_of(session, a) == [a]


def test_counts_follow_the_index(market: Database, crawl_of: Callable[..., Crawl]) -> None:
    ids = ids_of(market)
    with market.session() as session:
        merge(session, ids["Ana"], ids["Cem"], "ivy", reason="r")
    crawl_of(market, 1.0).store(
        listing("new", seller="Cem"), listing("Ana0", seller="Dee"), listing("none", seller=None)
    )
    catch_up(market)
    assert dict(counted(market)) == {"Ana": 7, "Ben": 2, "Dee": 2}
    with market.session(read_only=True) as session:
        stored = {row.id: number for row, number in sellers(session, limit=9)}
    assert stored == truly_counted(market)
    rebuild(market)
    assert dict(counted(market)) == {"Ana": 7, "Ben": 2, "Dee": 2}


def test_what_cannot_be_merged(market: Database) -> None:
    ids = ids_of(market)
    with market.session() as session:
        merge(session, ids["Ana"], ids["Ben"], "ivy", reason="r")
        for one, other, reason in (("Ana", "Ben", "r"), ("Ana", "Ana", "r"), ("Ana", "Cem", " ")):
            with pytest.raises(UsageError):
                merge(session, ids[one], ids[other], "ivy", reason=reason)
        with pytest.raises(UsageError):
            merge(session, ids["Ana"], 99, "ivy", reason="r")

"""Accounts that people say are one seller: what counts sellers counts them once, and it can be taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from xml.etree.ElementTree import fromstring

import pytest
from sqlalchemy import func, select, update

from storage import exports
from storage.batches import forecast, propose
from storage.cluster_members import read_cluster
from storage.clusters import find_duplicates, related
from storage.database import Database
from storage.decisions import decide
from storage.door import Found
from storage.exporting.forms import write_graphml
from storage.facts import facts_of
from storage.figures import compute
from storage.leases import Mode, Wanted
from storage.merges import merge, merges, tell_apart, told_apart, undo_merge
from storage.models import FlagRow, SearchDocument, SellerRow, utcnow
from storage.pictures import sellers_of
from storage.sampling import next_item
from storage.search.accounts import account, sellers
from storage.search.around import around
from storage.search.finding import find
from storage.search.index import catch_up, rebuild
from storage.search.links import graph
from storage.search.query import parse
from storage.search.suggesting import kept, refresh, standing, suggestions
from storage.sellers import accounts_of, sellers_of_listings
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
        assert {hit.seller_id for hit in find(session, parse(f"seller:#{ids['Ben']}")).hits} == {ids["Ana"]}
        assert around(session, 1).seller_listings == 5
        drawn = graph(session, ids["Ben"])
        assert drawn
        assert (drawn.start, sum(node.kind == "seller" for node in drawn.nodes.values())) == (ids["Ana"], 1)
        assert sellers_of(session, range(1, 11)) == 3


def test_near_duplicates_count_merged_accounts_once(database: Database, crawl: Crawl) -> None:
    said = "carved tusk of an old elephant, polished, with a stand of rosewood"
    crawl.store(*(listing(name, seller=name, description=said, title="x") for name in NAMES))
    catch_up(database)
    with database.session() as session:
        find_duplicates(session)
        number = session.scalars(select(FlagRow.cluster_id)).first() or 0
        merge(session, 1, 3, "ivy", reason="r")
        near, cluster = related(session, 1), read_cluster(session, number)
        assert cluster
        assert (near.size, near.sellers, near.same_seller, cluster.sellers) == (4, 3, 1, 3)
        assert sorted(one.seller_id or 0 for one in cluster.members) == [1, 1, 2, 4]
        assert [(one.sellers, len(one.listings)) for one in near.pictures] == [(3, 4)]


def test_exports_keep_the_account_and_add_the_seller(market: Database, crawl_of: Callable[..., Crawl]) -> None:
    ids = ids_of(market)
    with market.session() as session:
        merge(session, ids["Ana"], ids["Ben"], "ivy", reason="r")
        said = session.get_one(FlagRow, 5).assessment_id  # Ben's
        decide(session, 5, DecisionLabel.WILDLIFE, "ana", assessment_id=said)
    crawl_of(market, 1.0).store(listing("new", seller="Eve"), listing("none", seller=None))  # not in the index yet
    with market.session(read_only=True) as session:
        rows = list(exports.flagged(session))
        told = {row["seller"]: row["merged_seller"] for row in rows}
        assert told == {name: ids["Ana" if name == "Ben" else name] for name in NAMES} | {"Eve": None, None: None}
        assert [row["merged_seller"] for row in exports.decisions(session)] == [ids["Ana"]]
        assert sellers_of_listings(session, (1, 5, 11, 12)) == {1: ids["Ana"], 5: ids["Ana"]}
        assert compute(session, 7, utcnow() + timedelta(seconds=1))["sellers"]["sellers"] == 4
    file = BytesIO()
    write_graphml(rows, file)
    edges = {(one.get("source"), one.get("target")) for one in fromstring(file.getvalue()).iter() if "edge" in one.tag}
    assert {(f"seller:market/{name}", f"merged_seller:#{ids['Ana']}") for name in ("Ana", "Ben")} <= edges


def test_that_two_accounts_are_two_is_said_and_taken_back(market: Database) -> None:
    a, b, c, _d = (ids_of(market)[name] for name in NAMES)
    with market.session() as session:
        row = tell_apart(session, b, a, "ivy", reason="two shops", evidence=[("phone", 3)])
        merge(session, b, c, "ivy", reason="r")
        for one, other in ((a, b), (a, c)):  # it counts for all accounts of either
            for told in (merge, tell_apart):
                with pytest.raises(UsageError):
                    told(session, one, other, "ivy", reason="r")
        assert told_apart(session) == {frozenset((a, b))}
        found = account(session, a)
        assert found
        assert suggestions(session, found) == []
        assert [(one.same, one.evidence) for one in merges(session, [a])] == [(False, [["phone", 3]])]
        undo_merge(session, row.id, "mara", reason="one shop after all")
        assert merge(session, a, c, "mara", reason="r").same
        assert accounts_of(session, b) == [a, b, c]


def test_suggestions_of_the_whole_workspace(market: Database, crawl_of: Callable[..., Crawl]) -> None:
    """Ana and Ben share phone and picture, Ben names Cem, and there is another Dee elsewhere; a picture of seven speaks
    for none."""
    a, b, c, d = (ids_of(market)[name] for name in NAMES)
    many = [listing(f"m{n}", seller=f"shop {n}", images=("https://x.example/many.jpg",)) for n in range(7)]
    crawl_of(market, 1.0).store(*many)
    catch_up(market)
    with market.session() as session:
        session.add(SellerRow(source="other", name="DEE"))
        session.flush()
        session.execute(update(SearchDocument).where(SearchDocument.listing_id == 12).values(seller_id=12))
        find_duplicates(session)
    refresh(market)

    def told() -> list[tuple[int, int, dict[str, tuple[int, int]]]]:
        with market.session(read_only=True) as session:
            found = standing(session, kept(session) or {})
            return [(one.one.id, one.other.id, {kind: tuple(n) for kind, *n in one.evidence}) for one in found]

    phones = (a, b, {"phone": (1, 5), "image": (1, 5)})
    assert told() == [phones, (b, c, {"handle": (1, 2)}), (d, 12, {"name": (1, 0)})]
    with market.session() as session:
        merge(session, a, c, "ivy", reason="r")
        tell_apart(session, d, 12, "ivy", reason="r")
    assert told() == [phones]  # Ben and Cem are Ben and Ana now, which is told once
    refresh(market)
    with market.session() as session:
        assert [(one.one.id, one.other.id) for one in standing(session, kept(session) or {})] == [(a, b)]
        merge(session, a, b, "ivy", reason="r")
    assert told() == []


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

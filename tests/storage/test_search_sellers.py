"""Sellers, links, what happened, and saved searches, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from storage.database import Database
from storage.models import Alert, User
from storage.rights import install_rights, load_rights
from storage.search import saved
from storage.search.accounts import account, sellers
from storage.search.index import catch_up
from storage.search.links import graph
from storage.search.query import parse
from storage.search.story import events, story
from storage.users import add_user
from tests.storage.helpers import Crawl, listing
from wildtrade.errors import UsageError
from wildtrade.records import Money


@pytest.fixture
def market(database: Database, crawl_of: Callable[..., Crawl]) -> Database:
    """Ana and Béla share a phone number, Ana and Cem a picture; Ana's price falls, then it is gone."""
    ana = listing("1", description="call 0901 234 567", images=("https://x.example/a.jpg",))
    crawl_of(database).store(
        ana,
        listing("2", seller="Béla", description="+84 901 234 567", images=()),
        listing("3", seller="Cem", images=("https://x.example/a.jpg",), price=None),
    )
    lower = Money(amount=Decimal("99.00"), currency="USD")
    crawl_of(database, 1.0).store(listing("1", description="call 0901 234 567", images=ana.images, price=lower))
    crawl_of(database, 2.0).store(gone_key="1")
    assert catch_up(database)
    return database


def test_an_account_and_what_it_shares(market: Database) -> None:
    with market.session(read_only=True) as session:
        names = {row.name: row.id for row, number in sellers(session, limit=9) if number == 1}
        assert set(names) == {"Ana", "Béla", "Cem"}
        found = account(session, names["Ana"])
        assert found
        assert found.prices == [("USD", Decimal("99.00"), Decimal("99.00"))]
        shared = {(link.kind, link.sellers) for link in found.links}
        assert shared == {("phone", (names["Béla"],)), ("image", (names["Cem"],))}
        drawn = graph(session, names["Ana"])
        assert drawn
        assert {node.id for node in drawn.nodes.values() if node.step == 2} == {names["Béla"], names["Cem"]}
        assert graph(session, 999) is None
        assert account(session, 999) is None


def test_what_happened_to_a_listing(market: Database) -> None:
    with market.session(read_only=True) as session:
        told = story(session, 1)
        assert told
        assert [one.change.value for one, _ in told.captures] == ["gone", "changed", "new"]
        happened = [(one.kind, one.detail) for one in events(session, [1])]
        assert happened == [("found", ""), ("price", "99.00 USD"), ("gone", "")]
        assert story(session, 999) is None


def test_a_saved_search_knows_what_is_new(market: Database, crawl_of: Callable[..., Crawl]) -> None:
    with market.session() as session:
        install_rights(session, load_rights())
        owner = add_user(session, "mara", ["reviewer"])
        kept = saved.save(session, owner.id, "bangles", "bangle -tiger")
        kept.alert = Alert.INSTANT
        secret = saved.open_feed(kept)
        saved.seen(session, kept)
        assert [one.hits for one in saved.history_of_counts(session, kept.id)] == [3]
        with pytest.raises(UsageError):
            saved.save(session, owner.id, " ", "bangle")
    crawl_of(market, 3.0).store(listing("4"))
    catch_up(market)
    with market.session() as session:
        assert [(one.name, number) for one, number in saved.alerts(session, owner.id)] == [("bangles", 1)]
        found = saved.feed(session, secret)
        assert found
        assert found.id == kept.id
        saved.seen(session, found)
        assert saved.alerts(session, owner.id) == []
        for query in ("bangle", "tiger", "bangle"):
            saved.asked(session, owner.id, parse(query))
        assert list(saved.history(session, owner.id)) == ["bangle", "tiger"]
        session.get_one(User, owner.id).disabled_at = kept.created_at
        session.flush()
        assert saved.feed(session, secret) is None
        saved.remove(session, found)
    with market.session(read_only=True) as session:
        assert list(saved.visible(session, owner.id)) == []

"""The review queue: order, filters, decisions, what happens when two people are at one item, undo."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, update

from storage import queue
from storage.database import Database
from storage.door import Found
from storage.flags import refresh
from storage.models import DecisionRow, FlagRow, FlagState, ListingRow, Run, RunState, utcnow
from tests.storage.helpers import Crawl, count, listing, opinion
from wildtrade.records import DecisionLabel, Label, Money, Taxon

CrawlOf = Callable[..., Crawl]


def taxon(appendix: str | None) -> Taxon:
    return Taxon(name=f"Species {appendix}", rank="species", appendix=appendix)


@pytest.fixture
def three(database: Database, crawl: Crawl) -> Crawl:
    """Three flags: appendix II, I and none, in the order they were found."""
    for key, appendix, language in (("two", "II", "th"), ("one", "I", "es"), ("none", None, "es")):
        said = opinion(Label.FLAG, 0.9, taxon(appendix))
        crawl.store(Found(listing=listing(key), assessment=replace(said, language=language)))
    return crawl


def titles(items: list[queue.QueueItem]) -> list[str]:
    return [(one.title or "").removeprefix("Carved bangle ") for one in items]


def first(database: Database) -> queue.QueueItem:
    with database.session(read_only=True) as session:
        found = queue.item(session, queue.page(session, limit=1)[0].flag_id)
    assert found is not None
    return found


def test_the_most_urgent_comes_first(database: Database, three: Crawl) -> None:
    with database.session(read_only=True) as session:
        assert titles(queue.page(session, limit=10)) == ["one", "two", "none"]
        assert titles(queue.page(session, limit=1, offset=1)) == ["two"]


@pytest.mark.parametrize(
    ("narrowed", "expected"),
    [
        ({"appendix": "I"}, ["one"]),
        ({"appendix": "other"}, ["none"]),
        ({"language": "es"}, ["one", "none"]),
        ({"source": "market"}, ["one", "two", "none"]),
        ({"source": "elsewhere"}, []),
        ({"label": Label.UNSURE}, []),
        ({"states": (FlagState.DECIDED,)}, []),
    ],
)
def test_filters(database: Database, three: Crawl, narrowed: dict[str, Any], expected: list[str]) -> None:
    with database.session(read_only=True) as session:
        assert titles(queue.page(session, limit=10, **narrowed)) == expected
        assert queue.choices(session) == {"source": ["market"], "language": ["es", "th"], "appendix": ["I", "II"]}


def test_an_item_carries_what_a_reviewer_needs(database: Database, three: Crawl) -> None:
    item = first(database)
    assert (item.title, item.seller, item.location, item.price_text) == (
        "Carved bangle one",
        "Ana",
        "Lima",
        "120.50 USD",
    )
    assert item.signals[0]["text"] == (item.title or "")[item.signals[0]["start"] : item.signals[0]["end"]]
    assert (item.captures, item.label, item.state) == (1, Label.FLAG, FlagState.OPEN)
    assert item.priority_parts["severity"] == 1.0


def test_the_text_shown_is_the_one_that_was_judged(database: Database, three: Crawl, crawl_of: CrawlOf) -> None:
    """A listing that is cleaned after it was flagged keeps its flag and the words that raised it."""
    cleared = Found(listing=listing("one", title="Nothing to see"), assessment=opinion(Label.CLEAR, 0.01))
    crawl_of(database, 1).store(cleared)
    assert first(database).title == "Carved bangle one"


def test_a_decision_takes_the_flag_out(database: Database, three: Crawl) -> None:
    item = first(database)
    with database.session() as session:
        queue.decide(
            session,
            item.flag_id,
            DecisionLabel.NOT_WILDLIFE,
            "ana",
            assessment_id=item.assessment_id,
            reason="colour_name",
            note="a colour",
        )
    with database.session(read_only=True) as session:
        assert titles(queue.page(session, limit=10)) == ["two", "none"]
        counted = queue.counts(session)
        assert (counted.open, counted.decided_today) == (2, 1) and counted.oldest is not None
        (decision,) = queue.history(session, item.listing_id)
        assert (decision.label, decision.reason, decision.actor) == (DecisionLabel.NOT_WILDLIFE, "colour_name", "ana")


def test_two_people_at_one_item(database: Database, three: Crawl) -> None:
    item, outcomes = first(database), []
    begin = threading.Barrier(2)

    def decide(actor: str) -> None:
        begin.wait()
        try:
            with database.session() as session:
                queue.decide(session, item.flag_id, DecisionLabel.WILDLIFE, actor, assessment_id=item.assessment_id)
            outcomes.append("stored")
        except queue.ConflictError as error:
            outcomes.append(error.message)

    people = [threading.Thread(target=decide, args=(name,)) for name in ("ana", "ben")]
    for one in people:
        one.start()
    for one in people:
        one.join()
    assert sorted(one == "stored" for one in outcomes) == [False, True]
    assert any("decided this item at" in one for one in outcomes)
    with database.session(read_only=True) as session:
        assert count(session, DecisionRow) == 1


def test_a_listing_that_changed_meanwhile_is_looked_at_again(
    database: Database, three: Crawl, crawl_of: CrawlOf
) -> None:
    item = first(database)
    crawl_of(database, 1).store(Found(listing=listing("one", title="Edited"), assessment=opinion()))
    with pytest.raises(queue.ConflictError, match="changed since"), database.session() as session:
        queue.decide(session, item.flag_id, DecisionLabel.WILDLIFE, "ana", assessment_id=item.assessment_id)
    with pytest.raises(queue.ConflictError, match="no such item"), database.session() as session:
        queue.decide(session, 999, DecisionLabel.WILDLIFE, "ana", assessment_id=1)
    with database.session(read_only=True) as session:
        assert count(session, DecisionRow) == 0


def decide_first(database: Database, actor: str, label: DecisionLabel = DecisionLabel.WILDLIFE) -> queue.QueueItem:
    item = first(database)
    with database.session() as session:
        queue.decide(session, item.flag_id, label, actor, assessment_id=item.assessment_id)
    return item


def test_undo_is_a_new_row_and_brings_the_item_back(database: Database, three: Crawl) -> None:
    one, two = decide_first(database, "ana"), decide_first(database, "ana")
    with database.session() as session:
        undone = queue.undo(session, "ana")
        assert undone is not None and undone.flag_id == two.flag_id
        undone = queue.undo(session, "ana")
        assert undone is not None and undone.flag_id == one.flag_id
        assert queue.undo(session, "ana") is None
        assert queue.undo(session, "ben") is None
    with database.session(read_only=True) as session:
        assert [row.action.value for row in queue.history(session, one.listing_id)] == ["decide", "undo"]
        counted = queue.counts(session)
        assert (counted.open, counted.decided_today) == (3, 0)


def test_what_somebody_else_decided_since_stays(database: Database, three: Crawl) -> None:
    item = decide_first(database, "ana")
    with database.session() as session:
        session.execute(update(FlagRow).where(FlagRow.id == item.flag_id).values(state=FlagState.OPEN))
    decide_first(database, "ben")
    with database.session() as session:
        assert queue.undo(session, "ana") is None
        assert session.scalars(select(FlagRow.state).where(FlagRow.id == item.flag_id)).one() is FlagState.DECIDED


def parts_of(database: Database, key: str) -> dict[str, object]:
    query = select(FlagRow.priority_parts).join(ListingRow, ListingRow.id == FlagRow.listing_id)
    with database.session(read_only=True) as session:
        boosts: dict[str, object] = session.scalars(query.where(ListingRow.key == key)).one()["boosts"]
        return boosts


def test_a_confirmed_seller_s_other_listings_rise(database: Database, crawl_of: CrawlOf) -> None:
    crawl_of(database).store(listing("first", seller="Bo"))
    decide_first(database, "ana")
    later = crawl_of(database, 1)
    later.store(listing("second", seller="Bo"), listing("third", seller="Cy"))
    assert "seller_confirmed" in parts_of(database, "second")
    assert "seller_confirmed" not in parts_of(database, "third")
    with database.session() as session:
        queue.undo(session, "ana")
    later.store(listing("fourth", seller="Bo"))
    assert "seller_confirmed" not in parts_of(database, "fourth")


def test_a_lowered_price_and_a_new_source_rise(database: Database, crawl_of: CrawlOf) -> None:
    price = Money(amount=Decimal(60), currency="USD")
    begun = crawl_of(database)
    begun.store(listing("1"), listing("2"))
    assert set(parts_of(database, "1")) == {"new_source"}
    with database.session() as session:
        session.execute(update(Run).where(Run.id == begun.run.id).values(state=RunState.FINISHED))
    crawl_of(database, 1).store(listing("1", price=price), listing("2", title="Other"))
    assert set(parts_of(database, "1")) == {"price_drop"} and not parts_of(database, "2")


def test_refresh_lets_freshness_fade_and_waiting_count(database: Database, three: Crawl) -> None:
    with database.session() as session:
        assert refresh(session) == 0
        old = utcnow() - timedelta(days=28)
        session.execute(update(FlagRow).values(computed_at=old, created_at=utcnow() - timedelta(hours=96)))
        session.execute(update(ListingRow).values(last_seen_at=old))
    with database.session() as session:
        assert refresh(session, limit=2) == 2
        assert refresh(session, limit=2) == 1
        assert refresh(session) == 0
    parts = first(database).priority_parts
    assert parts["freshness"] == 0.25 and parts["boosts"]["long_waiting"] == 0.5


def test_a_decided_flag_is_not_refreshed(database: Database, three: Crawl) -> None:
    decide_first(database, "ana")
    with database.session() as session:
        session.execute(update(FlagRow).values(computed_at=utcnow() - timedelta(days=1)))
        assert refresh(session) == 2

"""The last listings with what people decided: what the lexicon's changes are tried on."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.database import Database
from storage.models import FlagRow
from storage.queue import decide, undo
from storage.recent import confirmed_texts, recent_opinions, recent_texts
from tests.storage.helpers import Crawl, listing
from wildtrade.records import DecisionLabel


def decide_on(session: Session, listing_id: int, label: DecisionLabel) -> None:
    flag = session.scalars(select(FlagRow).where(FlagRow.listing_id == listing_id)).one()
    decide(session, flag.id, label, "ana", assessment_id=flag.assessment_id)


def test_the_listings_seen_last_come_first_with_the_standing_decision(crawl: Crawl, database: Database) -> None:
    for key in ("1", "2", "3"):
        crawl.store(listing(key))
    with database.session() as session:
        decide_on(session, 2, DecisionLabel.WILDLIFE)
        decide_on(session, 3, DecisionLabel.NOT_WILDLIFE)
        undo(session, "ana")
    with database.session(read_only=True) as session:
        found = list(recent_texts(session, 2))
        assert [(one.title, one.price, one.images) for one in found] == [
            ("Carved bangle 3", "120.50 USD", 1),
            ("Carved bangle 2", "120.50 USD", 1),
        ]
        assert [one.decision for one in found] == [None, DecisionLabel.WILDLIFE]
        assert [one.title for one in confirmed_texts(session, 10)] == ["Carved bangle 2"]


def test_a_confirmed_listing_is_given_as_the_person_saw_it(
    crawl: Crawl, crawl_of: Callable[..., Crawl], database: Database
) -> None:
    crawl.store(listing("1", title="before"))
    with database.session() as session:
        decide_on(session, 1, DecisionLabel.WILDLIFE)
    crawl_of(database, 1).store(listing("1", title="after"))
    with database.session(read_only=True) as session:
        assert [one.title for one in confirmed_texts(session, 10)] == ["before"]
        assert [one.title for one in recent_texts(session, 10)] == ["after"]


def test_opinions_carry_signals_and_the_standing_decision(crawl: Crawl, database: Database) -> None:
    crawl.store(listing("1"))
    crawl.store(listing("2"))
    with database.session() as session:
        decide_on(session, 1, DecisionLabel.NOT_WILDLIFE)
    with database.session(read_only=True) as session:
        found = list(recent_opinions(session, 10))
    assert [[signal["source"] for signal in signals] for signals, _ in found] == [["L001"], ["L001"]]
    assert [decision for _, decision in found] == [None, DecisionLabel.NOT_WILDLIFE]

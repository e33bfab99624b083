"""What is counted of each lexicon term: listings of a month, and decisions, each listing once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select, update

from storage.database import Database
from storage.decisions import decide
from storage.door import Found
from storage.models import AssessmentRow, FlagRow, utcnow
from storage.second_review import SecondReview
from storage.terms import compute, kept, refresh
from storage.undoing import undo
from tests.storage.helpers import Crawl, listing, opinion
from wildtrade.records import DecisionLabel, Label, Signal, SignalKind

IVORY, TUSK = "lexicon:ivory/ivory", "lexicon:ivory/tusk"


def signal(source: str, kind: SignalKind = SignalKind.TERM) -> Signal:
    return Signal(
        kind=kind, field="title", start=0, end=1, text="i", weight=1.0, source=source, message_key="term.strong"
    )


def test_listings_and_decisions_are_counted_once(database: Database, crawl: Crawl) -> None:
    guard = signal("G1", SignalKind.GUARD)
    for number in range(5):
        signals = (signal(IVORY), signal(IVORY), *([signal(TUSK)] if number % 2 else []), guard)
        crawl.store(Found(listing=listing(str(number)), assessment=replace(opinion(Label.FLAG, 0.9), signals=signals)))
    with database.session() as session:
        for number, label in ((1, "wildlife"), (2, "not_wildlife"), (3, "not_wildlife"), (4, "unsure")):
            said = session.get_one(FlagRow, number).assessment_id
            twice = SecondReview(appendix_i=False, into_case=False, random_share=1.0 if number == 3 else 0.0)
            decide(session, number, DecisionLabel(label), "ana", assessment_id=said, rules=twice)
        said = session.get_one(FlagRow, 3).assessment_id
        decide(session, 3, DecisionLabel.WILDLIFE, "ben", assessment_id=said)  # the last one counts
        decide(session, 5, DecisionLabel.WILDLIFE, "ben", assessment_id=session.get_one(FlagRow, 5).assessment_id)
        assert undo(session, "ben") == 5  # taken back
        old = utcnow() - timedelta(days=31)
        session.execute(update(AssessmentRow).where(AssessmentRow.listing_id == 2).values(assessed_at=old))
    with database.session(read_only=True) as session:
        assert compute(session) == {IVORY: [4, 2, 3], TUSK: [1, 0, 1]}
        assert kept(session) is None
    refresh(database)
    with database.session(read_only=True) as session:
        found = kept(session)
        assert found
        assert found["terms"][IVORY] == [4, 2, 3]


def test_what_was_drawn_at_random_says_nothing_of_a_term(database: Database, crawl: Crawl) -> None:
    said = replace(opinion(Label.FLAG, 0.9), signals=(signal(IVORY),))
    crawl.store(Found(listing=listing("1"), assessment=said))
    with database.session() as session:
        session.execute(update(FlagRow).values(inclusion_probability=0.1))
        opinion_id = session.scalars(select(FlagRow.assessment_id)).one()
        decide(session, 1, DecisionLabel.WILDLIFE, "ana", assessment_id=opinion_id)
        assert compute(session) == {IVORY: [1, 0, 0]}

"""Nobody is shown more graphic items in a day than the workspace says."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from storage import graphic
from storage import queue as items
from storage.database import Database
from storage.decisions import Findings, decide
from storage.door import Found
from storage.graphic import (
    DayLimit,
    Today,
    known_graphic,
    limit_reached,
    note_graphic,
    pass_limit,
    set_day_limit,
    today,
)
from storage.leases import Wanted, claim
from storage.models import FlagRow, utcnow
from storage.undoing import undo
from tests.storage.helpers import Crawl, listing, opinion
from wildtrade.records import DecisionLabel, Label

ANA, BEN = 1, 2  # numbers of people


@pytest.fixture
def four(database: Database, crawl: Crawl) -> Database:
    """Four flags, the first the most urgent; the second and the third are near-duplicates."""
    for number in range(4):
        crawl.store(Found(listing=listing(str(number)), assessment=opinion(Label.FLAG, 0.9 - number / 10)))
    with database.session() as session:
        session.execute(update(FlagRow).where(FlagRow.id.in_((2, 3))).values(cluster_id=2))
    return database


def mark(session: Session, flag_id: int, actor: str = "ana", sensitivity: str = "graphic") -> None:
    said, found = session.get_one(FlagRow, flag_id).assessment_id, Findings(sensitivity=sensitivity)
    decide(session, flag_id, DecisionLabel.WILDLIFE, actor, assessment_id=said, findings=found)


def known(session: Session) -> list[int]:
    return [flag_id for flag_id in range(1, 5) if known_graphic(session, flag_id)]


def test_what_is_marked_is_known_with_its_near_duplicates_until_it_is_taken_back(four: Database) -> None:
    with four.session() as session:
        mark(session, 1, sensitivity="personal_data")
        assert known(session) == []
        mark(session, 2)
        assert known(session) == [2, 3]
        undo(session, "ana")
        assert known(session) == []


def test_calm_work_leaves_it_out(four: Database) -> None:
    with four.session() as session:
        mark(session, 2)
        assert [one.flag_id for one in items.page(session, limit=9, calm=True)] == [1, 4]
        place = items.place_of(session, 1, Wanted(calm=True), "ben")
        assert (place.total, place.next) == (2, 4)
        assert [claim(session, name, Wanted(calm=True)) for name in ("ben", "cem", "dee")] == [1, 4, None]
        assert claim(session, "dee", Wanted()) == 3


def test_each_item_counts_once_and_for_one_person(four: Database) -> None:
    with four.session() as session:
        set_day_limit(session, DayLimit(most=2, may_pass=False))
        for flag_id in (1, 1, 1):
            note_graphic(session, ANA, flag_id)
        assert not limit_reached(session, ANA)
        note_graphic(session, ANA, 2)
        assert limit_reached(session, ANA)
        assert not limit_reached(session, BEN)
        assert not pass_limit(session, ANA)
        set_day_limit(session, DayLimit(most=2, may_pass=True))
        assert pass_limit(session, ANA)
        assert not limit_reached(session, ANA)
        assert list(today(session, ANA).flags) == [1, 2]
        set_day_limit(session, DayLimit(most=2, may_pass=False))  # who may no longer pass has seen enough
        assert limit_reached(session, ANA)
        set_day_limit(session, DayLimit(most=0, may_pass=False))
        assert not limit_reached(session, ANA)


def test_tomorrow_begins_anew(four: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with four.session() as session:
        set_day_limit(session, DayLimit(most=1))
        note_graphic(session, ANA, 1)
        pass_limit(session, ANA)
        tomorrow = utcnow() + timedelta(days=1)
        monkeypatch.setattr(graphic, "utcnow", lambda: tomorrow)
        assert today(session, ANA) == Today()
        note_graphic(session, ANA, 2)
        assert list(today(session, ANA).flags) == [2]  # of yesterday nothing is kept
        assert limit_reached(session, ANA)

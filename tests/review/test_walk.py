"""Walking the queue visits every waiting item once, in the order of the queue, filtered or not."""

from __future__ import annotations

import pytest

from review.walk import Filters
from storage import queue
from storage.database import Database
from storage.leases import Wanted
from tests.review.conftest import fill, listing, opinion, store
from wildtrade.records import DecisionLabel


@pytest.mark.parametrize("filters", [Filters(), Filters(language="th"), Filters(source="market", appendix="I")])
def test_forth_and_back_is_the_order_of_the_queue(database: Database, filters: Filters) -> None:
    fill(database, 9, languages=("en", "th", "vi"))
    store(database, [(listing(f"same {n}"), opinion(0.7, language="th")) for n in range(4)])
    store(database, [(listing("of no appendix"), opinion(0.6, taxa=()))])
    with database.session(read_only=True) as session:
        expected = [item.flag_id for item in queue.page(session, limit=50, **filters.narrowed)]  # type: ignore[arg-type]
        places = [queue.place_of(session, flag, filters.wanted()) for flag in expected]
    assert [place.position for place in places] == list(range(1, len(expected) + 1))
    assert {place.total for place in places} == {len(expected)}
    assert [place.next for place in places] == expected[1:] + expected[:1]
    assert [place.previous for place in places] == [None, *expected[:-1]]


def test_a_decided_item_still_knows_its_neighbours(database: Database) -> None:
    fill(database, 3)
    with database.session() as session:
        queue.decide(session, 2, DecisionLabel.UNSURE, "mara", assessment_id=2)
        place = queue.place_of(session, 2, Wanted())
    assert (place.previous, place.next, place.total) == (1, 3, 2)


def test_the_last_item_has_no_neighbours(database: Database) -> None:
    fill(database, 1)
    with database.session(read_only=True) as session:
        place = queue.place_of(session, 1, Wanted())
    assert (place.position, place.total, place.previous, place.next) == (1, 1, None, None)


def test_filters_stay_in_addresses() -> None:
    filters = Filters(language="th", source="a&b")
    assert filters.address("/review/7", part=2) == "/review/7?source=a%26b&language=th&part=2"
    assert Filters().address("/") == "/"

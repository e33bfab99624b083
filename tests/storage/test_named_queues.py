"""Queues that people make: what they count is what they hand out, in their order, to those who may."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text, update

from storage import queue as items
from storage.database import Database
from storage.decisions import decide
from storage.door import Found
from storage.leases import LEASE, Mode, Wanted, claim, hold, hold_of, release_all
from storage.models import DecisionRow, FlagRow, FlagState, NamedQueue, QueueMember, Settled, Stage, utcnow
from storage.overview import NamedLine, handling_seconds, named_overview, second_for
from storage.queues import (
    REFILL_AFTER,
    close,
    count_matching,
    due,
    fill,
    hides_decisions,
    keep,
    may_work,
    newest_matching,
)
from storage.search.index import catch_up
from storage.search.query import QueryError, parse
from storage.undoing import undo
from tests.storage.helpers import Crawl, listing, opinion
from wildtrade.errors import UsageError
from wildtrade.records import DecisionLabel, Label


@pytest.fixture
def market(database: Database, crawl: Crawl) -> Database:
    """Twelve flags: every second one of tusks, every third in Thai; the first is the most urgent."""
    for number in range(12):
        title = "ivory tusk" if number % 2 == 0 else "pangolin scale"
        said = replace(opinion(Label.FLAG, 0.95 - number / 30), language="th" if number % 3 == 0 else "en")
        offer = listing(str(number), title=title, description="for sale", seller=f"seller {number % 4}")
        crawl.store(Found(listing=offer, assessment=said))
    assert catch_up(database)
    return database


def make(database: Database, query: str = "", **settings: object) -> int:
    """A queue that is filled."""
    values = {"name": "Q", "mode": Mode.PRIORITY, "overlap": 1, "roles": [], "people": [], "lease_minutes": 10}
    with database.session() as session:
        named = keep(session, NamedQueue(query=query, created_by="mara", **(values | settings)))
        queue_id = named.id
    fill(database, queue_id, 0.5)
    return queue_id


def line(database: Database, queue_id: int) -> NamedLine:
    with database.session(read_only=True) as session:
        return next(one for one in named_overview(session) if one.queue.id == queue_id)


def handed_out(database: Database, wanted: Wanted, actor: str = "ana") -> list[int]:
    """Everything a person is given, each item decided."""
    got: list[int] = []
    while True:
        with database.session() as session:
            flag_id = claim(session, actor, wanted)
            if flag_id is None:
                return got
            said = session.get_one(FlagRow, flag_id).assessment_id
            decide(session, flag_id, DecisionLabel.UNSURE, actor, assessment_id=said)
        got.append(flag_id)


@pytest.mark.parametrize(
    ("query", "expected"),
    [("", range(1, 13)), ("tusk", range(1, 13, 2)), ("tusk lang:th", (1, 7)), ("-tusk", range(2, 13, 2)),
     ("is:flagged tusk", range(1, 13, 2)), ("is:waiting lang:th", (1, 4, 7, 10)), ("rosewood", ())],
)  # fmt: skip
def test_a_queue_hands_out_what_it_counts(market: Database, query: str, expected: range) -> None:
    queue_id = make(market, query)
    told = line(market, queue_id)
    with market.session(read_only=True) as session:
        counted = count_matching(session, parse(query))
        listed = [one.flag_id for one in items.page(session, limit=20, queue=queue_id)]
        newest = newest_matching(session, parse(query), most=20)
    got = handed_out(market, Wanted(queue=queue_id))
    assert got == listed == list(expected)
    assert told.pending == counted == len(newest) == len(got)
    assert line(market, queue_id).pending == 0


def test_each_order_is_the_one_of_the_whole_queue(market: Database) -> None:
    with market.session() as session:  # ages that are not in the order of urgency
        for flag in session.scalars(select(FlagRow)):
            flag.created_at = utcnow() - timedelta(hours=(flag.id * 5) % 12)
    for mode in (Mode.PRIORITY, Mode.OLDEST, Mode.RANDOM):
        queue_id = make(market, mode=mode)
        whole = _walk(market, Wanted(mode=mode))
        assert _walk(market, Wanted(queue=queue_id, mode=mode)) == whole
    uncertain = _walk(market, Wanted(queue=make(market, mode=Mode.UNCERTAINTY), mode=Mode.UNCERTAINTY))
    with market.session(read_only=True) as session:
        distance = {row.id: abs(row.score - 0.5) for row in session.scalars(select(FlagRow))}
    assert uncertain == sorted(uncertain, key=lambda one: distance[one])


def _walk(database: Database, wanted: Wanted) -> list[int]:
    """The order of claims, while others hold what was claimed before; nothing is decided."""
    got: list[int] = []
    for number in range(12):
        with database.session() as session:
            flag_id = claim(session, f"person {number}", wanted)
        assert flag_id is not None
        got.append(flag_id)
    for number in range(12):
        with database.session() as session:
            release_all(session, f"person {number}")
    return got


def test_by_seller_a_person_finishes_one_seller_in_a_row(market: Database) -> None:
    from storage.sampling import next_item

    queue_id = make(market, mode=Mode.SELLER)
    got: list[int] = []
    for _ in range(12):
        with market.session() as session:
            flag_id = next_item(session, "ana", Wanted(queue=queue_id, mode=Mode.SELLER))
            assert flag_id is not None
            decide(
                session, flag_id, DecisionLabel.UNSURE, "ana",
                assessment_id=session.get_one(FlagRow, flag_id).assessment_id,
            )  # fmt: skip
        got.append(flag_id)
    sellers = [(one - 1) % 4 for one in got]
    assert sellers == sorted(sellers)


def test_places_and_neighbours_follow_the_queue(market: Database) -> None:
    queue_id = make(market, "tusk", mode=Mode.OLDEST)
    with market.session(read_only=True) as session:
        place = items.place_of(session, 5, Wanted(queue=queue_id))
        assert (place.position, place.total, place.previous, place.next) == (3, 6, 3, 7)
        assert items.place_of(session, 11, Wanted(queue=queue_id)).next == 1


def test_what_is_held_is_counted_and_named(market: Database) -> None:
    queue_id = make(market, "tusk", lease_minutes=30)
    with market.session() as session:
        first = claim(session, "ana", Wanted(queue=queue_id))
        held = hold_of(session, first or 0)
        assert held
        assert timedelta(minutes=29) < held.until - utcnow() <= timedelta(minutes=30)
        assert session.get_one(FlagRow, first).queue_id == queue_id
        kept = hold(session, first or 0, "ana")
        assert kept
        assert kept.until >= held.until
        assert claim(session, "ben", Wanted(queue=queue_id)) == 3
        other = hold(session, 2, "cem", queue_id)  # does not belong to it
        assert other
        assert other.until - utcnow() <= LEASE
    told = line(market, queue_id)
    assert (told.pending, told.held, told.people) == (6, 2, ("ana", "ben"))


def test_how_long_an_item_takes_is_measured(market: Database) -> None:
    queue_id = make(market, "tusk")
    with market.session() as session:
        flag_id = claim(session, "ana", Wanted(queue=queue_id)) or 0
        session.execute(update(FlagRow).where(FlagRow.id == flag_id).values(held_at=utcnow() - timedelta(seconds=40)))
        session.expire_all()
        said = session.get_one(FlagRow, flag_id).assessment_id
        decide(session, flag_id, DecisionLabel.WILDLIFE, "ana", assessment_id=said)
        decide(session, 2, DecisionLabel.UNSURE, "ana", assessment_id=session.get_one(FlagRow, 2).assessment_id)
        found = handling_seconds(session)
        assert session.scalar(select(func.count()).where(DecisionRow.seconds.is_(None))) == 1  # it was not held
    assert 40 <= found[queue_id] < 60
    assert found[queue_id] == found[FlagState.OPEN]


def test_two_people_decide_where_the_queue_says_so(market: Database) -> None:
    make(market, "tusk", overlap=2)
    with market.session() as session:
        for flag_id, state in ((1, FlagState.SECOND), (2, FlagState.DECIDED)):
            said = session.get_one(FlagRow, flag_id).assessment_id
            decide(session, flag_id, DecisionLabel.UNSURE, "ana", assessment_id=said)
            flag = session.get_one(FlagRow, flag_id)
            assert (flag.state, flag.second_because) == (state, "overlap" if flag_id == 1 else None)


def test_both_decisions_are_given_in_the_queue_where_two_decide(market: Database) -> None:
    queue_id = make(market, "tusk", overlap=2)
    both, tusks = Wanted(queue=queue_id, twice=True), list(range(1, 13, 2))
    assert handed_out(market, both, "ana") == tusks  # and none of hers again
    fill(market, queue_id, 0.5)
    told = line(market, queue_id)
    assert (told.pending, told.second) == (6, 6)
    with market.session(read_only=True) as session:
        named = session.get_one(NamedQueue, queue_id)
        assert (second_for(session, named, "ana"), second_for(session, named, "ben")) == (0, 6)
        assert items.place_of(session, 5, both, "ben").total == 6
        assert items.place_of(session, 5, both, "ana").total == 0
    assert handed_out(market, Wanted(queue=queue_id), "cem") == []  # without the right to second decisions
    assert handed_out(market, both, "ben") == tusks
    assert line(market, queue_id).pending == 0
    with market.session(read_only=True) as session:
        decisions = session.scalars(select(DecisionRow)).all()
        assert {(row.actor, row.stage, row.queue_id) for row in decisions} == {
            ("ana", Stage.FIRST, queue_id), ("ben", Stage.SECOND, queue_id),
        }  # fmt: skip
        settled = select(FlagRow.settled).where(FlagRow.id.in_(tusks)).distinct()
        assert list(session.scalars(settled)) == [Settled.AGREEMENT]


def test_who_race_in_such_a_queue_decide_each_item_twice_and_nobody_both_times(market: Database) -> None:
    queue_id = make(market, overlap=2)
    begin, problems = threading.Barrier(4), list[BaseException]()

    def work(name: str) -> None:
        begin.wait()
        try:
            handed_out(market, Wanted(queue=queue_id, twice=True), name)
        except Exception as error:  # noqa: BLE001  (told by the test's own thread)
            problems.append(error)

    people = [threading.Thread(target=work, args=(name,)) for name in ("ana", "ben", "cem", "dee")]
    for one in people:
        one.start()
    for one in people:
        one.join()
    assert problems == []
    # Whoever looks last may find the rest held by somebody who then leaves it to them.
    for name in ("ana", "ben"):
        handed_out(market, Wanted(queue=queue_id, twice=True), name)
    with market.session(read_only=True) as session:
        decisions = session.scalars(select(DecisionRow)).all()
        assert len(decisions) == len({(row.listing_id, row.actor) for row in decisions}) == 24
        assert len({(row.listing_id, row.stage) for row in decisions}) == 24


def test_one_decision_less_per_item_takes_the_second_ones_out(market: Database) -> None:
    queue_id = make(market, "tusk", overlap=2)
    handed_out(market, Wanted(queue=queue_id, twice=True))
    with market.session() as session:
        named = session.get_one(NamedQueue, queue_id)
        named.overlap = 1
        keep(session, named)
    fill(market, queue_id, 0.5)
    with market.session(read_only=True) as session:
        assert session.scalar(select(func.count()).select_from(QueueMember)) == 0
    second = handed_out(market, Wanted(state=FlagState.SECOND), "ben")  # for whoever takes those of all queues
    assert sorted(second) == list(range(1, 13, 2))


def test_an_undone_decision_is_in_the_queue_again(market: Database) -> None:
    queue_id = make(market, "tusk")
    assert handed_out(market, Wanted(queue=queue_id))[-1] == 11
    with market.session() as session:
        assert undo(session, "ana") == 11
    assert line(market, queue_id).pending == 1
    assert handed_out(market, Wanted(queue=queue_id)) == [11]


def test_a_changed_rule_and_new_listings_are_followed(market: Database, crawl_of: Callable[..., Crawl]) -> None:
    queue_id = make(market, "tusk")
    with market.session(read_only=True) as session:
        assert due(session) == []
    crawl_of(market, 1.0).store(Found(listing=listing("99", title="a tusk"), assessment=opinion(Label.FLAG, 0.99)))
    catch_up(market)
    with market.session() as session:
        session.execute(update(NamedQueue).values(filled_at=utcnow() - 2 * REFILL_AFTER))
    with market.session(read_only=True) as session:
        assert due(session) == [queue_id]
    fill(market, queue_id, 0.5)
    assert line(market, queue_id).pending == 7
    with market.session() as session:
        named = session.get_one(NamedQueue, queue_id)
        named.query = "pangolin"
        keep(session, named)
        assert due(session) == [queue_id]
    fill(market, queue_id, 0.5)
    assert sorted(handed_out(market, Wanted(queue=queue_id))) == [2, 4, 6, 8, 10, 12]


def test_a_closed_queue_hands_out_nothing(market: Database) -> None:
    queue_id = make(market)
    with market.session() as session:
        close(session, session.get_one(NamedQueue, queue_id))
    fill(market, queue_id, 0.5)
    with market.session() as session:
        assert claim(session, "ana", Wanted(queue=queue_id)) is None
        assert session.scalar(select(func.count()).select_from(QueueMember)) == 0
        assert named_overview(session) == []


def test_what_a_queue_must_not_be(market: Database) -> None:
    with pytest.raises(QueryError):
        make(market, "sller:x")
    for wrong in ({"query": "seller:ana"}, {"name": " "}, {"name": "x" * 121}, {"lease_minutes": 1}):
        with pytest.raises(UsageError):
            make(market, **wrong)  # type: ignore[arg-type]
    assert line(market, make(market, "seller:#1")).pending == 3


def test_who_may_work_it() -> None:
    assert may_work(NamedQueue(roles=[], people=[]), "ana", ["reviewer"])
    assert may_work(NamedQueue(roles=["senior"], people=["ana"]), "ana", ["reviewer"])
    assert may_work(NamedQueue(roles=["senior"], people=[]), "ana", ["reviewer", "senior"])
    assert not may_work(NamedQueue(roles=["senior"], people=["ben"]), "ana", ["reviewer"])


def test_hidden_decisions(market: Database) -> None:
    make(market, "tusk", hides_decisions=True)
    with market.session(read_only=True) as session:
        assert hides_decisions(session, 1)
        assert not hides_decisions(session, 2)


def test_handing_out_walks_the_index_of_the_queue(market: Database) -> None:
    """No sort, no scan: what a page that a reviewer waits for must not do with 50,000 items."""
    if market.engine.dialect.name != "sqlite":
        pytest.skip("the plan of SQLite")
    queue_id = make(market)
    from storage.leases import _orders

    with market.session(read_only=True) as session:
        wanted = Wanted(queue=queue_id), Wanted(queue=queue_id, twice=True)
        for order in (order for one in wanted for order in _orders(session, "ana", one)):
            compiled = order.limit(1).compile(market.engine, compile_kwargs={"literal_binds": True})
            plan = " / ".join(row.detail for row in session.execute(text(f"EXPLAIN QUERY PLAN {compiled}")))
            assert "USING COVERING INDEX ix_queue_member_place (queue_id=?)" in plan, plan
            assert "USE TEMP B-TREE" not in plan, plan
            assert "SCAN" not in plan, plan

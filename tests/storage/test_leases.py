"""Holds: nobody gets what another has, whatever they do at once; modes; expiry; the random tenth."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from storage.database import Database
from storage.decisions import ConflictError, decide, skip
from storage.door import Found
from storage.drafts import draft_of, save_draft
from storage.flags import refresh
from storage.leases import LEASE, Mode, Wanted, claim, hold, hold_of, release, release_all, renew
from storage.models import DecisionRow, FlagRow, FlagState, utcnow
from storage.sampling import EVERY, draw, next_item
from tests.storage.helpers import Crawl, listing, opinion
from wildtrade.records import DecisionLabel, Label


def fill(crawl: Crawl, count: int, **fields: object) -> None:
    """So many flags, the first the most urgent."""
    for number in range(count):
        said = opinion(Label.FLAG, 0.99 - number / (2 * count))
        crawl.store(Found(listing=listing(str(number), **fields), assessment=said))


def assessment_of(database: Database, flag_id: int) -> int:
    with database.session(read_only=True) as session:
        return session.get_one(FlagRow, flag_id).assessment_id


def test_many_people_at_once_decide_each_item_once(database: Database, crawl: Crawl) -> None:
    fill(crawl, 60)
    begin, got, problems = threading.Barrier(6), list[int](), list[str]()

    def work(name: str) -> None:
        begin.wait()
        while True:
            with database.session() as session:
                flag_id = claim(session, name, Wanted())
            if flag_id is None:
                return
            try:
                with database.session() as session:
                    said = session.get_one(FlagRow, flag_id).assessment_id
                    decide(session, flag_id, DecisionLabel.UNSURE, name, assessment_id=said)
                got.append(flag_id)
            except ConflictError as error:
                problems.append(error.message)

    people = [threading.Thread(target=work, args=(f"person {number}",)) for number in range(6)]
    for one in people:
        one.start()
    for one in people:
        one.join()
    assert problems == []
    assert (len(got), len(set(got))) == (60, 60)
    with database.session(read_only=True) as session:
        assert session.scalar(select(func.count()).select_from(DecisionRow)) == 60


def test_a_hold_keeps_others_out_until_it_is_over(database: Database, crawl: Crawl) -> None:
    fill(crawl, 2)
    said = assessment_of(database, 1)
    with database.session() as session:
        assert claim(session, "ana", Wanted()) == 1
        assert claim(session, "ben", Wanted()) == 2
        assert claim(session, "cleo", Wanted()) is None
        held = hold(session, 1, "ben")
        assert held is not None and held.holder == "ana"
    with pytest.raises(ConflictError, match="ana took this item at"), database.session() as session:
        decide(session, 1, DecisionLabel.WILDLIFE, "ben", assessment_id=said)
    with database.session() as session:
        session.execute(update(FlagRow).values(lease_until=utcnow() - timedelta(seconds=1)))
        assert hold_of(session, 1) is None
        renewed = renew(session, 1, "ana")  # nobody has taken it since
        assert renewed is not None and renewed.until > utcnow() + LEASE - timedelta(seconds=5)
        release(session, 1, "ana", renewed.number - 1)  # an older hold's end changes nothing
        assert hold_of(session, 1) is not None
        release_all(session, "ana")
        assert claim(session, "ben", Wanted()) == 1
        late = renew(session, 1, "ana")
        assert late is not None and late.holder == "ben"


def test_a_draft_outlives_a_lost_hold(database: Database, crawl: Crawl) -> None:
    fill(crawl, 1)
    said = assessment_of(database, 1)
    with database.session() as session:
        claim(session, "ana", Wanted())
        save_draft(session, "ana", 1, {"note": "half a thought", "taxon": ""})
        release_all(session, "ana")
        claim(session, "ben", Wanted())
        assert draft_of(session, "ana", 1) == {"note": "half a thought"}
        decide(session, 1, DecisionLabel.UNSURE, "ben", assessment_id=said)
        assert draft_of(session, "ana", 1) == {"note": "half a thought"}
        assert save_draft(session, "ana", 99, {"note": "x"}) is None
        save_draft(session, "ana", 1, {"note": ""})
        assert draft_of(session, "ana", 1) == {}


def test_what_somebody_skipped_goes_to_others(database: Database, crawl: Crawl) -> None:
    fill(crawl, 2)
    with database.session() as session:
        assert claim(session, "ana", Wanted()) == 1
        skip(session, 1, "ana", reason="language")
        assert claim(session, "ana", Wanted()) == 2
        assert claim(session, "ben", Wanted()) == 1


def test_modes(database: Database, crawl: Crawl) -> None:
    for key, score, seller in (("a", 0.95, "Bo"), ("b", 0.6, "Bo"), ("c", 0.9, "Cy"), ("d", 0.52, "Dee")):
        found = Found(listing=listing(key, seller=seller), assessment=opinion(Label.FLAG, score))
        crawl.store(found)

    def order(mode: Mode) -> list[int]:
        taken = []
        with database.session() as session:
            while (flag_id := next_item(session, "ana", Wanted(mode=mode), mix=False)) is not None:
                taken.append(flag_id)
                session.execute(update(FlagRow).where(FlagRow.id == flag_id).values(state=FlagState.DECIDED))
            session.execute(update(FlagRow).values(state=FlagState.OPEN, holder=None, lease_until=None))
        return taken

    assert order(Mode.PRIORITY) == [1, 3, 2, 4]
    assert order(Mode.OLDEST) == [1, 2, 3, 4]
    assert order(Mode.UNCERTAINTY) == [4, 2, 3, 1]
    assert order(Mode.SELLER)[:3] in ([1, 2, 3], [4, 1, 2])
    assert sorted(order(Mode.RANDOM)) == [1, 2, 3, 4]


def test_a_held_item_is_not_moved(database: Database, crawl: Crawl) -> None:
    fill(crawl, 2)
    long_ago = utcnow() - timedelta(hours=200)
    with database.session() as session:
        session.execute(update(FlagRow).values(computed_at=long_ago, created_at=long_ago))
        claim(session, "ana", Wanted())
        before = session.get_one(FlagRow, 1).priority
        assert refresh(session) == 1
    with database.session() as session:
        assert session.get_one(FlagRow, 1).priority == before


def test_every_tenth_is_drawn_from_what_the_machine_found_clear(database: Database, crawl: Crawl) -> None:
    fill(crawl, 18)
    for number in range(40):
        crawl.store(Found(listing=listing(f"clear {number}"), assessment=opinion(Label.CLEAR, 0.02)))
    got = []
    for _ in range(18):
        with database.session() as session:
            flag_id = next_item(session, "ana", Wanted())
            assert flag_id is not None
            flag = session.get_one(FlagRow, flag_id)
            got.append(flag.state)
            decide(session, flag_id, DecisionLabel.NOT_WILDLIFE, "ana", assessment_id=flag.assessment_id)
    drawn = [at for at, state in enumerate(got, 1) if state is FlagState.SAMPLED]
    assert drawn == [EVERY]
    with database.session(read_only=True) as session:
        (chance,) = session.scalars(
            select(DecisionRow.inclusion_probability).where(DecisionRow.inclusion_probability.is_not(None))
        ).all()
    assert chance == pytest.approx(9 / 9 / 40)  # nine waited, of forty that nobody flagged


def test_an_empty_pool_gives_no_lot(database: Database, crawl: Crawl) -> None:
    fill(crawl, 2)
    with database.session() as session:
        assert draw(session, "ana") is None


def test_a_lot_that_was_let_go_is_offered_again(database: Database, crawl: Crawl) -> None:
    for number in range(50):
        crawl.store(Found(listing=listing(f"clear {number}"), assessment=opinion(Label.CLEAR, 0.02)))
    with database.session() as session:
        first = draw(session, "ana")
        release_all(session, "ana")
        assert draw(session, "ben") == first
        assert draw(session, "ana") not in (first, None)

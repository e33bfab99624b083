"""The one write door: what a visit leaves behind, and that it does so once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from storage.database import Database
from storage.door import Found, latest_hashes, record, stored_key
from storage.models import (
    AssessmentRow,
    CaptureRow,
    FlagRow,
    FlagState,
    ListingRow,
    PageCapture,
    Revision,
    Unit,
    UnitKind,
    UnitState,
)
from storage.runs import NewUnit
from tests.storage.helpers import START, Crawl, count, listing, opinion
from wildtrade.records import Assessment, Change, Label, Money, PageKind, Taxon

CrawlOf = Callable[..., Crawl]


def test_a_new_listing_is_stored_whole(database: Database, crawl: Crawl) -> None:
    recorded = crawl.store(listing())
    with database.session(read_only=True) as session:
        row = session.scalars(select(ListingRow)).one()
        assert recorded.changes == ((row.id, Change.NEW),)
        revision = session.get_one(Revision, row.revision_id)
        assert (revision.title, revision.amount, revision.currency) == ("Carved bangle 1", Decimal("120.50"), "USD")
        assert revision.images == ["https://market.example/1.jpg"]
        assessment = session.scalars(select(AssessmentRow)).one()
        assert (assessment.appendix, assessment.signals[0]["text"]) == ("I", "Carved")
        assert session.scalars(select(FlagRow)).one().assessment_id == assessment.id
        assert session.scalars(select(Unit.state)).one() is UnitState.DONE
        page = session.scalars(select(PageCapture)).one()
        assert (page.file, page.kind, page.captured_at) == ("a.warc.gz", "listing", row.first_seen_at)


def test_recording_a_finished_unit_again_changes_nothing(database: Database, crawl: Crawl) -> None:
    visit = crawl.visit(listing(), units=(NewUnit(kind=UnitKind.LISTING, url="https://market.example/2"),))
    with database.session() as session:
        first = record(session, visit)
    with database.session() as session:
        again = record(session, replace(visit, found=(Found(listing=listing("2")),)))
    assert (len(first.changes), first.new_units) == (1, 1)
    assert (again.changes, again.new_units) == ((), 0)
    with database.session(read_only=True) as session:
        assert [count(session, one) for one in (ListingRow, Revision, CaptureRow, PageCapture)] == [1, 1, 1, 1]


def test_a_listing_seen_twice_in_a_run_is_one_capture(database: Database, crawl: Crawl) -> None:
    assert crawl.change(listing(), listing()) == ["new"]
    assert crawl.change(listing(title="Another title")) == []
    with database.session(read_only=True) as session:
        assert count(session, CaptureRow) == count(session, Revision) == 1


def test_a_price_that_goes_a_b_a_has_three_revisions(database: Database, crawl_of: CrawlOf) -> None:
    prices = [Decimal(100), Decimal(90), Decimal(100)]
    for day, amount in enumerate(prices):
        crawl_of(database, days=day).store(listing(price=Money(amount=amount, currency="PEN")))
    with database.session(read_only=True) as session:
        assert list(session.scalars(select(Revision.amount).order_by(Revision.id))) == prices
        assert list(session.scalars(select(CaptureRow.change).order_by(CaptureRow.id))) == ["new", "changed", "changed"]


def test_same_content_adds_a_capture_and_no_opinion(database: Database, crawl_of: CrawlOf) -> None:
    for day in range(3):
        crawl_of(database, days=day).store(listing())
    with database.session(read_only=True) as session:
        assert [count(session, one) for one in (CaptureRow, Revision, AssessmentRow, FlagRow)] == [3, 1, 1, 1]
        row = session.scalars(select(ListingRow)).one()
        assert row.last_seen_at - row.first_seen_at >= timedelta(days=2)


def test_gone_is_said_once_and_a_return_takes_it_back(database: Database, crawl_of: CrawlOf) -> None:
    crawl_of(database).store(listing())
    assert crawl_of(database, days=1).change(gone_key="1") == ["gone"]
    assert crawl_of(database, days=2).change(gone_key="1") == []
    assert crawl_of(database, days=3).change(gone_key="unknown") == []
    with database.session(read_only=True) as session:
        row = session.scalars(select(ListingRow)).one()
        assert row.gone_at is not None and row.gone_at.date() == (START + timedelta(days=1)).date()
        assert latest_hashes(session, "market", ["1"]) == {}
    assert crawl_of(database, days=4).change(listing()) in (["changed"], ["same"])
    with database.session(read_only=True) as session:
        assert session.scalars(select(ListingRow.gone_at)).one() is None
        assert latest_hashes(session, "market", ["1", "2"]) == {"1": listing().content_hash()}


def test_a_feed_page_brings_many_listings_at_once(database: Database, crawl: Crawl) -> None:
    posts = [listing(str(n)) for n in range(50)]
    recorded = crawl.store(*posts, kind=PageKind.SOCIAL)
    assert [change for _, change in recorded.changes] == [Change.NEW] * 50
    with database.session(read_only=True) as session:
        query = select(ListingRow.key, Revision.title).join(Revision, Revision.id == ListingRow.revision_id)
        titles = [tuple(row) for row in session.execute(query.order_by(ListingRow.id))]
        assert titles == [(str(n), f"Carved bangle {n}") for n in range(50)]
        assert session.scalars(select(CaptureRow.page_id).distinct()).all() == [1]


def test_new_units_come_once_per_canonical_address(database: Database, crawl: Crawl) -> None:
    urls = ["https://market.example/a?b=1&a=2", "https://MARKET.example/a?a=2&b=1#x", "https://market.example/b"]
    units = tuple(NewUnit(kind=UnitKind.LISTING, url=url) for url in urls)
    assert crawl.store(units=units).new_units == 2
    assert crawl.store(units=units).new_units == 0


def test_a_failed_page_is_kept_as_evidence(database: Database, crawl: Crawl) -> None:
    crawl.store(failed="blocked: challenge page", kind=PageKind.BLOCKED)
    with database.session(read_only=True) as session:
        unit = session.scalars(select(Unit)).one()
        assert (unit.state, unit.error, unit.status) == (UnitState.FAILED, "blocked: challenge page", 200)
        assert session.scalars(select(PageCapture.note)).one() == "blocked: challenge page"


def test_a_page_that_never_came_has_no_capture(database: Database, crawl: Crawl) -> None:
    crawl.store(capture=None, failed="timed out after 60 s")
    with database.session(read_only=True) as session:
        assert count(session, PageCapture) == 0
        assert session.scalars(select(Unit.state)).one() is UnitState.FAILED


def test_listings_without_evidence_are_refused(database: Database, crawl: Crawl) -> None:
    visit = crawl.visit(listing(), capture=None)
    with pytest.raises(ValueError, match="evidence"), database.session() as session:
        record(session, visit)
    with database.session(read_only=True) as session:
        assert session.scalars(select(Unit.state)).one() is UnitState.CLAIMED


def test_nothing_is_left_of_a_transaction_that_fails(database: Database, crawl: Crawl) -> None:
    with pytest.raises(ZeroDivisionError), database.session() as session:
        record(session, crawl.visit(listing()))
        raise ZeroDivisionError
    with database.session(read_only=True) as session:
        assert count(session, ListingRow) == count(session, PageCapture) == 0


HOSTILE = "ivory \x00\ud800 \u202e\U0001f418 象牙"


def test_hostile_text_is_stored_and_its_spans_still_fit(database: Database, crawl: Crawl) -> None:
    said = opinion()
    signal = replace(said.signals[0], start=0, end=5, text=HOSTILE)
    hostile = listing(
        key=HOSTILE,
        url=f"https://market.example/{HOSTILE}",
        title=HOSTILE,
        description=HOSTILE * 1000,
        seller=HOSTILE * 1000,
        language="x-" + HOSTILE,
        location=HOSTILE,
        images=(HOSTILE,),
        identifiers={HOSTILE: HOSTILE},
        price=Money(amount=Decimal("1e30"), currency=HOSTILE),
    )
    visit = crawl.visit(
        Found(listing=hostile, assessment=replace(said, signals=(signal,))),
        units=(NewUnit(kind=UnitKind.LISTING, url=f"https://x.example/{HOSTILE}", query=HOSTILE),),
        note=HOSTILE,
    )
    with database.session() as session:
        record(session, visit)
    with database.session(read_only=True) as session:
        revision = session.scalars(select(Revision)).one()
        assert revision.title is not None and len(revision.title) == len(HOSTILE)
        assert revision.title == HOSTILE.replace("\x00", "\ufffd").replace("\ud800", "\ufffd")
        assert revision.amount == Decimal(10) ** 30
        assert session.scalars(select(AssessmentRow)).one().signals[0]["text"] == revision.title


def test_a_key_too_long_for_an_index_is_still_a_key(database: Database, crawl_of: CrawlOf) -> None:
    keys = ["https://market.example/" + "ม" * 4000 + end for end in "ab"]
    assert stored_key(keys[0]) != stored_key(keys[1])
    assert crawl_of(database).change(*(listing(key) for key in keys)) == ["new", "new"]
    assert crawl_of(database, days=1).change(listing(keys[0])) == ["same"]
    with database.session(read_only=True) as session:
        assert set(latest_hashes(session, "market", keys)) == set(keys)


def state_of_flag(database: Database) -> tuple[FlagState, float, dict[str, object]]:
    with database.session(read_only=True) as session:
        flag = session.scalars(select(FlagRow)).one()
        return flag.state, flag.priority, flag.priority_parts


def decide_all(database: Database) -> None:
    with database.session() as session:
        for flag in session.scalars(select(FlagRow)):
            flag.state = FlagState.DECIDED


def test_clear_raises_no_flag_and_unsure_does(database: Database, crawl: Crawl) -> None:
    crawl.store(Found(listing=listing("1"), assessment=opinion(Label.CLEAR, 0.1)))
    crawl.store(Found(listing=listing("2"), assessment=opinion(Label.UNSURE, 0.5)))
    with database.session(read_only=True) as session:
        assert session.scalars(select(ListingRow.key).join(FlagRow, FlagRow.listing_id == ListingRow.id)).all() == ["2"]


def test_an_open_flag_follows_the_newest_opinion(database: Database, crawl_of: CrawlOf) -> None:
    crawl_of(database).store(Found(listing=listing(), assessment=opinion(Label.UNSURE, 0.5)))
    before = state_of_flag(database)[1]
    crawl_of(database, 1).store(Found(listing=listing(title="Ivory bangle"), assessment=opinion(Label.FLAG, 0.95)))
    assert state_of_flag(database)[1] > before
    with database.session(read_only=True) as session:
        assert session.scalars(select(FlagRow.assessment_id)).one() == max(session.scalars(select(AssessmentRow.id)))


@pytest.mark.parametrize(
    ("second", "opens"),
    [
        (opinion(Label.FLAG, 0.75), False),
        (opinion(Label.FLAG, 0.82), True),
        (opinion(Label.CLEAR, 0.05), False),
        (opinion(Label.FLAG, 0.6, Taxon(name="Manis javanica", rank="species", appendix="I")), True),
    ],
    ids=["about the same", "clearly higher", "now clear", "another taxon"],
)
def test_a_decided_flag_opens_again_only_for_news(
    database: Database, crawl_of: CrawlOf, second: Assessment, opens: bool
) -> None:
    crawl_of(database).store(Found(listing=listing(), assessment=opinion(Label.FLAG, 0.6)))
    decide_all(database)
    crawl_of(database, 1).store(Found(listing=listing(title="Edited"), assessment=second))
    state, _, parts = state_of_flag(database)
    assert (state is FlagState.OPEN, "reopened" in parts) == (opens, opens)


def test_a_visit_of_another_run_s_unit_is_not_recorded(database: Database, crawl_of: CrawlOf) -> None:
    first = crawl_of(database)
    visit = first.visit(listing())
    other = crawl_of(database)
    with database.session() as session:
        assert record(session, replace(visit, run_id=other.run.id)).changes == ()

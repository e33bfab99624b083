"""Runs: resumed after a crash, never worked on twice, rechecked, counted."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from storage.database import Database
from storage.door import Found, Visit, latest_hashes, record
from storage.models import (
    CaptureRow,
    ListingRow,
    PageCapture,
    Revision,
    Run,
    RunState,
    Unit,
    UnitKind,
    UnitState,
    utcnow,
)
from storage.runs import (
    NewUnit,
    add_rechecks,
    add_units,
    claim,
    finish_run,
    open_run,
    pending,
    unfinished,
    url_key,
)
from storage.summary import summary
from tests.storage.helpers import Crawl, capture, count, listing, opinion
from wildtrade.errors import RefusedError
from wildtrade.records import Label, PageKind, Taxon

CrawlOf = Callable[..., Crawl]
PAGES = [NewUnit(kind=UnitKind.SEARCH, url=f"https://market.example/search?p={n}", query="ivory") for n in range(5)]


def begin(database: Database, *, fresh: bool = False, source: str = "market") -> tuple[int, bool]:
    with database.session() as session:
        opened = open_run(session, source, PAGES, {"limit": 5}, fresh=fresh)
        return opened.id, opened.resumed


def test_an_unfinished_run_is_resumed_and_its_claims_wait_again(database: Database) -> None:
    run_id, resumed = begin(database)
    assert not resumed
    with database.session() as session:
        taken = claim(session, run_id, 3)
        assert [(task.kind, task.query) for task in taken] == [(UnitKind.SEARCH, "ivory")] * 3
    assert begin(database) == (run_id, True)
    with database.session() as session:
        # What was never tried comes first, so that a page that kills the process cannot block the others.
        assert [task.id for task in claim(session, run_id, 2)] == [4, 5]
        assert [task.id for task in claim(session, run_id, 9)] == [task.id for task in taken]
        assert claim(session, run_id, 9) == []
        assert pending(session, run_id) == 5


def test_fresh_closes_the_unfinished_run(database: Database) -> None:
    first, _ = begin(database)
    second, resumed = begin(database, fresh=True)
    assert second != first and not resumed
    with database.session(read_only=True) as session:
        run = session.get_one(Run, first)
        assert (run.state, run.reason, run.ended_at is not None) == (RunState.STOPPED, "closed by a fresh start", True)
        assert [one.id for one in unfinished(session)] == [second]
        assert unfinished(session, ["elsewhere"]) == []


def test_a_finished_run_is_not_resumed_nor_closed_twice(database: Database) -> None:
    first, _ = begin(database)
    with database.session() as session:
        finish_run(session, first, RunState.FINISHED, "finished")
        finish_run(session, first, RunState.FAILED, "too late")
    assert begin(database)[0] != first
    with database.session(read_only=True) as session:
        assert session.get_one(Run, first).reason == "finished"


def pretend(database: Database, run_id: int, **values: object) -> None:
    with database.session() as session:
        session.execute(update(Run).where(Run.id == run_id).values(**values))


def test_a_run_of_a_living_process_is_left_alone(database: Database) -> None:
    run_id, _ = begin(database)
    other = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    pretend(database, run_id, pid=other.pid)
    for fresh in (False, True):
        with pytest.raises(RefusedError, match=f"still running, pid {other.pid}"):
            begin(database, fresh=fresh)
    pretend(database, run_id, updated_at=utcnow() - timedelta(hours=1))
    assert begin(database) == (run_id, True)  # it has given no sign of life for long
    pretend(database, run_id, pid=other.pid)
    other.communicate(b"\n")
    assert begin(database) == (run_id, True)  # it has ended


def test_a_killed_process_that_nobody_waited_for_is_dead(database: Database) -> None:
    run_id, _ = begin(database)
    other = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    pretend(database, run_id, pid=other.pid)
    other.kill()
    os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)  # a zombie now
    assert begin(database) == (run_id, True)
    other.communicate()


def test_a_run_on_another_machine_counts_as_alive_while_it_gives_signs(database: Database) -> None:
    run_id, _ = begin(database)
    pretend(database, run_id, pid=1, host="another-machine")
    with pytest.raises(RefusedError, match="on another-machine"):
        begin(database)
    pretend(database, run_id, updated_at=utcnow() - timedelta(hours=1))
    assert begin(database)[1]


def test_two_openers_get_one_run(database: Database) -> None:
    found: list[int] = []
    people = [threading.Thread(target=lambda: found.append(begin(database)[0])) for _ in range(6)]
    for one in people:
        one.start()
    for one in people:
        one.join()
    assert len(found) == 6 and len(set(found)) == 1


def test_many_claimers_never_get_the_same_unit(database: Database) -> None:
    run_id, _ = begin(database)
    with database.session() as session:
        add_units(
            session.connection(),
            run_id,
            [NewUnit(kind=UnitKind.LISTING, url=f"https://market.example/{n}") for n in range(300)],
        )
    taken: list[int] = []

    def work() -> None:
        while True:
            with database.session() as session:
                tasks = claim(session, run_id, 7)
            if not tasks:
                return
            taken.extend(task.id for task in tasks)

    people = [threading.Thread(target=work) for _ in range(4)]
    for one in people:
        one.start()
    for one in people:
        one.join()
    assert len(taken) == len(set(taken)) == 305


def test_rechecks_are_what_this_run_has_not_seen(database: Database, crawl_of: CrawlOf) -> None:
    crawl_of(database).store(*(listing(str(n)) for n in range(6)))
    crawl_of(database, 1).store(gone_key="5")
    now = crawl_of(database, 2)
    now.store(listing("0"))
    with database.session() as session:
        failed = NewUnit(kind=UnitKind.LISTING, url="https://market.example/item/1")
        add_units(session.connection(), now.run.id, [failed])
        assert add_rechecks(session, now.run.id, 2) == 2
        assert add_rechecks(session, now.run.id, 100) == 1
        assert add_rechecks(session, now.run.id, 100) == 0
        query = select(Unit.url).where(Unit.run_id == now.run.id, Unit.kind == UnitKind.RECHECK).order_by(Unit.id)
        assert session.scalars(query).all() == [f"https://market.example/item/{n}" for n in (2, 3, 4)]


def test_pages_are_the_same_by_their_canonical_address() -> None:
    assert url_key("https://a.example/x?b=1&a=2") == url_key("HTTPS://A.example:443/x?a=2&b=1&utm_source=q#top")
    assert url_key("not a url") != url_key("not a url either")
    assert len(url_key("https://a.example/\ud800")) == 64


def test_summary(database: Database, crawl_of: CrawlOf) -> None:
    crawl_of(database).store(*(listing(str(n)) for n in range(4)))
    run = crawl_of(database, 1)
    bare = listing("0", price=None, seller=None, images=())
    said = [opinion(Label.FLAG, 0.9, Taxon(name="x", rank="species", appendix=one)) for one in ("II", None)]
    run.store(Found(listing=bare, assessment=said[0]))
    run.store(listing("1"))
    run.store(Found(listing=listing("new"), assessment=said[1]))
    run.store(Found(listing=listing("maybe"), assessment=opinion(Label.UNSURE, 0.4)))
    run.store(gone_key="3", capture=capture(status=404))
    run.store(failed="server error", capture=capture(status=503))
    run.store(failed="timed out", capture=None)
    run.store(capture=capture(requested_url="https://market.example/old"))
    with database.session(read_only=True) as session:
        figures = summary(session, [run.run.id])
    assert figures["pages"] == {"total": 8, "ok": 5, "redirect": 1, "client_error": 1, "server_error": 1}
    assert figures["listings"] == {"new": 2, "changed": 1, "same": 1, "gone": 1}
    assert figures["flagged"] == {"I": 1, "II": 1, "III": 0, "other": 1} and figures["unsure"] == 1
    assert figures["coverage"] == {
        "title": 1.0,
        "price": 0.75,
        "seller": 0.75,
        "location": 1.0,
        "description": 1.0,
        "images": 0.75,
        "posted_at": 0.0,
    }
    assert figures["captures"] == 7


def test_summary_of_nothing(database: Database) -> None:
    with database.session(read_only=True) as session:
        figures = summary(session, [])
    assert figures["pages"]["total"] == figures["captures"] == 0
    assert set(figures["coverage"].values()) <= {0.0}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    days=st.lists(
        st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.booleans()), min_size=1, max_size=6),
        min_size=1,
        max_size=5,
    )
)
def test_however_often_visits_are_recorded_the_story_is_the_same(
    database: Database, days: list[list[tuple[int, int, bool]]]
) -> None:
    """Each day is a run of visits (listing, what it says, twice?); a model of three lines says what must be there."""
    source = f"s{utcnow().timestamp()}"[:40]
    captures: set[tuple[int, int]] = set()
    texts: dict[int, list[int]] = {}
    for day, visits in enumerate(days):
        urls = [NewUnit(kind=UnitKind.LISTING, url=f"https://x.example/{day}/{n}") for n in range(len(visits))]
        with database.session() as session:
            run_id = open_run(session, source, urls, {}, fresh=True).id
            tasks = claim(session, run_id, 99)
        for task, (key, text, twice) in zip(tasks, visits, strict=True):
            said = replace(listing(str(key), title=f"says {text}"), source=source)
            visit = Visit(
                run_id=run_id,
                unit_id=task.id,
                source=source,
                kind=PageKind.LISTING,
                capture=capture(),
                found=(Found(listing=said, assessment=opinion()),),
            )
            for _ in range(1 + twice):
                with database.session() as session:
                    record(session, visit)
            first_today = (day, key) not in captures
            captures.add((day, key))
            if first_today and (texts.get(key) or [None])[-1] != text:
                texts.setdefault(key, []).append(text)
    with database.session(read_only=True) as session:
        mine = ListingRow.source == source
        assert count(session, ListingRow, mine) == len({key for _, key in captures})
        ids = select(ListingRow.id).where(mine)
        assert count(session, CaptureRow, CaptureRow.listing_id.in_(ids)) == len(captures)
        for key, said_so_far in texts.items():
            rows = select(Revision.title).join(ListingRow, ListingRow.id == Revision.listing_id)
            titles = session.scalars(rows.where(mine, ListingRow.key == str(key)).order_by(Revision.id)).all()
            assert titles == [f"says {text}" for text in said_so_far]
            last = replace(listing(str(key), title=titles[-1]), source=source).content_hash()
            assert latest_hashes(session, source, [str(key)]) == {str(key): last}
        units = select(Unit.id).join(Run, Run.id == Unit.run_id).where(Run.source == source)
        assert count(session, PageCapture, PageCapture.unit_id.in_(units)) == sum(len(visits) for visits in days)
        assert count(session, Unit, Unit.id.in_(units), Unit.state != UnitState.DONE) == 0

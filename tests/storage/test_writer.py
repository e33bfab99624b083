"""The writer: groups, one culprit among many, a disk or database that refuses, and never a waiter left alone."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import wait
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, select

from storage.database import Database, sqlite_path
from storage.door import Found, Visit
from storage.evidence import seal
from storage.models import ListingRow, PageCapture, Run, Unit, UnitState
from storage.verify import verify_captures
from storage.writer import Writer
from tests.storage.helpers import Crawl, count, exchange, listing, opinion
from wildtrade.errors import StorageError
from wildtrade.records import Change


@pytest.fixture
def evidence(tmp_path: Path) -> Path:
    return tmp_path / "evidence"


@contextmanager
def writing(database: Database, evidence: Path, floor: int = 0) -> Iterator[Writer]:
    with closing(Writer(database, evidence, floor)) as writer:
        yield writer


def unsealed(crawl: Crawl, key: str, **fields: Any) -> Visit:
    return replace(crawl.visit(listing(key)), capture=None, **fields)


def test_a_group_shares_one_transaction(database: Database, crawl: Crawl, evidence: Path) -> None:
    visits = [(unsealed(crawl, str(n)), seal(exchange())) for n in range(120)]
    commits: list[object] = []
    event.listen(database.engine, "commit", commits.append)
    with writing(database, evidence) as writer:
        results = [one.result(60) for one in [writer.submit(*visit) for visit in visits]]
    assert [change for one in results for _, change in one.changes] == [Change.NEW] * 120
    assert len(commits) < 12
    report = verify_captures(database, evidence)
    assert (report.checked, report.ok, report.stray) == (120, True, 0)
    with database.session(read_only=True) as session:
        pages = session.scalars(select(PageCapture)).all()
        assert {page.file for page in pages} == {f"market-{crawl.run.id:06d}-001.warc.gz"}
        run = session.scalars(select(Run)).one()
        assert run.updated_at > run.started_at


def test_one_that_cannot_be_stored_does_not_hurt_the_others(database: Database, crawl: Crawl, evidence: Path) -> None:
    visits = [unsealed(crawl, str(n)) for n in range(5)]
    naive = replace(opinion(), score="not a number")  # type: ignore[arg-type]
    visits[2] = replace(visits[2], found=(Found(listing=listing("2"), assessment=naive),))
    with writing(database, evidence) as writer:
        results = [one.result(60) for one in [writer.submit(visit, seal(exchange())) for visit in visits]]
    assert [bool(one.problem) for one in results] == [False, False, True, False, False]
    with database.session(read_only=True) as session:
        assert set(session.scalars(select(ListingRow.key))) == {"0", "1", "3", "4"}
        failed = session.scalars(select(Unit).where(Unit.state == UnitState.FAILED)).one()
        assert failed.id == visits[2].unit_id and "cannot be stored" in (failed.error or "")
        assert count(session, PageCapture) == 5
    assert verify_captures(database, evidence).ok


def test_an_unforeseen_error_reaches_who_waits(database: Database, crawl: Crawl, evidence: Path) -> None:
    broken = replace(unsealed(crawl, "1"), found=None)  # type: ignore[arg-type]
    with writing(database, evidence) as writer:
        assert "TypeError" in writer.submit(broken, seal(exchange())).result(60).problem
        assert writer.submit(unsealed(crawl, "2"), seal(exchange())).result(60).changes


def test_a_visit_that_gave_nothing_needs_no_evidence(database: Database, crawl: Crawl, evidence: Path) -> None:
    with writing(database, evidence) as writer:
        writer.submit(unsealed(crawl, "1", found=(), failed="timed out")).result(60)
    assert not evidence.exists()


def test_who_gave_up_waiting_does_not_stop_the_writer(database: Database, crawl: Crawl, evidence: Path) -> None:
    with writing(database, evidence) as writer:
        futures = [writer.submit(unsealed(crawl, str(n)), seal(exchange())) for n in range(4)]
        futures[3].cancel()
        done = wait(futures, timeout=60).done
        assert len(done) == 4
        assert writer.submit(unsealed(crawl, "9"), seal(exchange())).result(60).changes


def test_a_closed_writer_takes_nothing(database: Database, crawl: Crawl, evidence: Path) -> None:
    writer = Writer(database, evidence)
    writer.close()
    with pytest.raises(StorageError, match="closed"):
        writer.submit(unsealed(crawl, "1"))


def test_closing_writes_what_waits(database: Database, crawl: Crawl, evidence: Path) -> None:
    visits = [unsealed(crawl, str(n)) for n in range(30)]
    writer = Writer(database, evidence, 0)
    futures = [writer.submit(visit, seal(exchange())) for visit in visits]
    writer.close()
    assert all(one.done() and one.result().changes for one in futures)


def test_a_disk_below_its_floor_refuses_before_it_is_full(database: Database, crawl: Crawl, evidence: Path) -> None:
    with writing(database, evidence, floor=10**9) as writer, pytest.raises(StorageError, match="nearly full") as caught:
        writer.submit(unsealed(crawl, "1"), seal(exchange())).result(60)
    assert caught.value.fix
    with database.session(read_only=True) as session:
        assert session.scalars(select(Unit.state)).one() is UnitState.CLAIMED


def test_after_a_refused_commit_evidence_and_rows_agree(database: Database, crawl: Crawl, evidence: Path) -> None:
    """The database refuses in the moment of the commit, then works again."""
    visits = [unsealed(crawl, str(n)) for n in range(4)]
    refuse = threading.Event()
    refuse.set()

    def refusing(_connection: object) -> None:
        if refuse.is_set():
            raise StorageError("the disk is full")

    event.listen(database.engine, "commit", refusing)
    with writing(database, evidence) as writer:
        failed = [writer.submit(visit, seal(exchange())) for visit in visits[:3]]
        assert all(isinstance(one.exception(60), StorageError) for one in failed)
        refuse.clear()
        writer.submit(visits[3], seal(exchange())).result(60)
    with database.session(read_only=True) as session:
        assert session.scalars(select(ListingRow.key)).all() == ["3"]
    report = verify_captures(database, evidence)
    assert (report.checked, report.ok, report.stray) == (1, True, 0)


def test_a_locked_database_says_so(
    database: Database, crawl: Crawl, evidence: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = sqlite_path(database.engine.url)
    if path is None:
        pytest.skip("a server has no lock on the whole database")
    visit = unsealed(crawl, "1")
    database.engine.dispose()
    monkeypatch.setattr("storage.database.BUSY_SECONDS", 0)
    from storage.database import open_database

    impatient = open_database(f"sqlite:///{path}")
    with closing(sqlite3.connect(path, isolation_level=None)) as other, writing(impatient, evidence) as writer:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageError, match="locked by another process"):
            writer.submit(visit, seal(exchange())).result(60)
        other.execute("ROLLBACK")
        assert writer.submit(visit, seal(exchange())).result(60).changes
    impatient.close()
    assert verify_captures(database, evidence).ok


def test_a_full_file_is_followed_by_the_next(
    database: Database, crawl: Crawl, evidence: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.segments.FULL", 2000)
    for _ in range(2):  # a second writer goes on where the first stopped
        with writing(database, evidence) as writer:
            for _ in range(4):
                writer.submit(unsealed(crawl, str(next(crawl.numbers))), seal(exchange())).result(60)
    assert len(list(evidence.glob("*.warc.gz"))) >= 3
    report = verify_captures(database, evidence)
    assert (report.checked, report.ok, report.stray) == (8, True, 0)


def test_two_writers_at_one_listing(database: Database, crawl: Crawl, evidence: Path) -> None:
    visits = [unsealed(crawl, str(n % 20)) for n in range(200)]
    with writing(database, evidence / "a") as one, writing(database, evidence / "b") as two:
        futures = [(one, two)[n % 2].submit(visit, seal(exchange())) for n, visit in enumerate(visits)]
        results = [future.result(60) for future in futures]
    assert not any(result.problem for result in results)
    assert sum(len(result.changes) for result in results) == 20
    with database.session(read_only=True) as session:
        assert count(session, ListingRow) == 20
        assert count(session, PageCapture) == 200


def test_verify_names_what_was_changed_or_lost(database: Database, crawl: Crawl, evidence: Path) -> None:
    with writing(database, evidence) as writer:
        for n in range(3):
            writer.submit(unsealed(crawl, str(n)), seal(exchange(f"page {n}".encode()))).result(60)
    with database.session(read_only=True) as session:
        pages = session.scalars(select(PageCapture).order_by(PageCapture.id)).all()
    path = evidence / pages[0].file
    data = bytearray(path.read_bytes())
    data[pages[1].offset + 60] ^= 1
    path.write_bytes(data[: pages[2].offset + 10])
    report = verify_captures(database, evidence)
    assert (report.checked, report.changed, report.missing) == (3, [pages[1].id], [pages[2].id])
    assert not report.ok

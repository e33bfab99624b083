"""The crash rule: killed at any moment, nothing is lost, nothing doubled, and every capture can be verified."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import func, select
from warcio.archiveiterator import ArchiveIterator

from storage.database import Database, open_database
from storage.models import CaptureRow, FlagRow, ListingRow, PageCapture, Revision, Run, Unit, UnitState
from storage.verify import verify_captures
from tests.storage.helpers import count


def start(url: str, folder: Path, number: int) -> subprocess.Popen[str]:
    words = [sys.executable, "-m", "tests.storage.crash_worker", url, str(folder), str(number)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2])
    assert process.stdout is not None and process.stdout.readline() == "begun\n"
    return process


def crawl_with_kills(url: str, folder: Path, *, kills: int, number: int, seed: int) -> int:
    """Kill the crawl at random moments after it has begun, then let it end; returns how often it died at work."""
    chance, died = random.Random(seed), 0
    for _ in range(kills):
        process = start(url, folder, number)
        try:
            process.wait(chance.uniform(0.0, 0.35))
        except subprocess.TimeoutExpired:
            process.kill()
            died += 1
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
    last = start(url, folder, number)
    assert last.wait(120) == 0
    assert last.stdout is not None
    last.stdout.close()
    return died


def check_nothing_lost_or_doubled(database: Database, folder: Path, number: int) -> None:
    with database.session(read_only=True) as session:
        assert count(session, Run) == 1
        assert count(session, Unit, Unit.state != UnitState.DONE) == 0
        assert [count(session, one) for one in (ListingRow, Revision, CaptureRow, FlagRow)] == [number] * 4
        assert count(session, PageCapture) == count(session, Unit) == 2 * number
        assert session.scalar(select(func.count(ListingRow.key.distinct()))) == number
    report = verify_captures(database, folder)
    assert report.ok and report.checked == 2 * number and report.stray == 0
    for path in folder.glob("*.warc.gz"):
        with path.open("rb") as file:
            kinds = [record.rec_type for record in ArchiveIterator(file, check_digests="raise")]
        assert kinds[0] == "warcinfo" and kinds.count("response") == kinds.count("request")


@pytest.mark.slow
def test_fifteen_kills_lose_and_double_nothing(tmp_path: Path) -> None:
    from storage.migrate import upgrade

    url, folder, number = f"sqlite:///{tmp_path}/wildtrade.db", tmp_path / "evidence", 1500
    upgrade(url, tmp_path / "backups")
    died = crawl_with_kills(url, folder, kills=15, number=number, seed=5)
    assert died >= 8
    database = open_database(url)
    check_nothing_lost_or_doubled(database, folder, number)
    database.close()


@pytest.mark.postgres
@pytest.mark.slow
def test_killed_clients_of_a_server_lose_and_double_nothing(fresh_postgres_url: str, tmp_path: Path) -> None:
    from storage.migrate import upgrade

    upgrade(fresh_postgres_url, tmp_path / "backups")
    died = crawl_with_kills(fresh_postgres_url, tmp_path / "evidence", kills=4, number=600, seed=7)
    assert died >= 2
    database = open_database(fresh_postgres_url)
    check_nothing_lost_or_doubled(database, tmp_path / "evidence", 600)
    database.close()

"""Files kept beside the WARCs: named by content, told of before the database, verified, packed, erased."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from storage.artifacts import artifact_bytes, artifacts_of_listing
from storage.audit import Actor
from storage.cases import add_listing, open_case
from storage.custody import CustodyLog
from storage.custody.line import take_apart
from storage.database import Database
from storage.evidence import Attachment, seal
from storage.exhibits import captures_of, seal_exhibit
from storage.exporting.check import verify_package
from storage.exporting.package import build_package
from storage.models import Artifact, ListingRow, PageCapture, RunState
from storage.retention.choosing import Chosen
from storage.retention.erasing import apply
from storage.runs import finish_run
from storage.verify import verify_captures
from storage.writer import Writer
from tests.storage.helpers import START, Crawl, count, exchange, listing
from wildtrade.errors import StorageError

ANA = Actor(name="ana", roles=("investigator",))
SHOT, PICTURE = b"\x89PNG shot", b"\xff\xd8\xff picture"


@pytest.fixture
def evidence(tmp_path: Path) -> Path:
    return tmp_path / "evidence"


def files_of(number: int) -> tuple[Attachment, ...]:
    """A screenshot of its own, and a picture that all listings share."""
    url = f"https://market.example/{number}"
    shot = Attachment(kind="screenshot", url=url, media_type="image/png", body=SHOT + b"%d" % number, captured_at=START)
    facts = {"status": 200, "ip": "192.0.2.7"}
    picture = Attachment(
        kind="media", url=f"{url}.jpg", media_type="image/jpeg", body=PICTURE, captured_at=START, facts=facts
    )
    return (shot, picture)


def store(database: Database, evidence: Path, crawl: Crawl, *numbers: int) -> None:
    with closing(Writer(database, evidence, 0)) as writer:
        for number in numbers:
            visit = replace(crawl.visit(listing(str(number))), capture=None, attachments=files_of(number))
            writer.submit(visit, seal(exchange(b"page %d" % number))).result(60)


def test_files_are_kept_once_and_verified(database: Database, evidence: Path, crawl: Crawl) -> None:
    store(database, evidence, crawl, 1, 2)
    names = sorted(path.name for path in (evidence / "artifacts").iterdir())
    assert len(names) == 3
    assert verify_captures(database, evidence).ok
    with database.session(read_only=True) as session:
        first, second = artifacts_of_listing(session, 1)
    assert (first.kind, second.kind) == ("screenshot", "media")
    assert artifact_bytes(evidence, second) == PICTURE
    path = evidence / second.path
    assert path.stat().st_mode & 0o777 == 0o444
    told = map(take_apart, (evidence / "custody" / "log.jsonl").read_bytes().splitlines())
    entries = [one.details for one in told if one.entry["action"] == "artifact"]
    assert [one["path"] for one in entries].count(second.path) == 2
    assert entries[1]["ip"] == "192.0.2.7" and entries[1]["url"] == "https://market.example/1.jpg"
    path.chmod(0o644)
    path.write_bytes(b"forged")
    assert [one.file for one in verify_captures(database, evidence).report.problems] == [second.path]
    with pytest.raises(StorageError, match="not what was kept"):
        artifact_bytes(evidence, second)
    path.unlink()
    assert [one.kind for one in verify_captures(database, evidence).report.problems] == ["missing"]


def test_a_row_that_no_entry_vouches_for_is_named(database: Database, evidence: Path, crawl: Crawl) -> None:
    store(database, evidence, crawl, 1)
    with database.session() as session:
        row = session.scalars(select(Artifact)).first()
        assert row is not None
        row.sha256 = "0" * 64
    assert [one.kind for one in verify_captures(database, evidence).report.problems] == ["row"]


def test_what_was_killed_between_file_log_and_rows_is_settled(
    database: Database, evidence: Path, crawl: Crawl, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(database, evidence, crawl, 1)
    leftover = evidence / "artifacts" / ("f" * 64 + ".png")
    leftover.write_bytes(b"killed before its entry")

    def fail(*_: object) -> None:
        raise StorageError("killed before the rows", fix="")

    with monkeypatch.context() as patch:
        patch.setattr("storage.writer.record_all", fail)
        with pytest.raises(StorageError, match="killed"):
            store(database, evidence, crawl, 2)
    store(database, evidence, crawl, 3)
    result = verify_captures(database, evidence)
    assert result.ok, result.report.problems
    assert not leftover.exists()
    with database.session(read_only=True) as session:
        assert count(session, Artifact) == 4


def test_files_go_with_the_last_page_that_names_them(
    database: Database, evidence: Path, crawl_of: Callable[..., Crawl]
) -> None:
    crawl = crawl_of(database)
    store(database, evidence, crawl, 1, 2)
    log = CustodyLog(evidence)
    with database.session() as session:
        finish_run(session, crawl.run.id, RunState.FINISHED, "finished")
        pages = list(session.scalars(select(PageCapture.id).order_by(PageCapture.id)))
        ids = list(session.scalars(select(ListingRow.id).order_by(ListingRow.id)))
    first = Chosen(listings={ids[0]: "old"}, pages={pages[0]: "old"})
    assert apply(database, log, first, ANA) == {"listings": 1, "pages": 1, "files": 1, "imports": 0, "busy": []}
    kept = {path.read_bytes() for path in (evidence / "artifacts").iterdir()}
    assert kept == {PICTURE, SHOT + b"2"}
    result = verify_captures(database, evidence)
    assert result.ok and len(result.report.erased) == 2
    second = Chosen(listings={ids[1]: "old"}, pages={pages[1]: "old"})
    assert apply(database, log, second, ANA)["files"] == 2
    assert not list((evidence / "artifacts").iterdir())
    assert verify_captures(database, evidence).ok
    store(database, evidence, crawl_of(database), 1)  # seen again: kept again
    assert verify_captures(database, evidence).ok
    assert len(list((evidence / "artifacts").iterdir())) == 2


def test_a_running_crawl_keeps_its_files(database: Database, evidence: Path, crawl: Crawl) -> None:
    """Between the log's entry and the rows a file has no row yet: it must not go."""
    with closing(Writer(database, evidence, 0)) as writer:
        visit = replace(crawl.visit(listing("1")), capture=None, attachments=files_of(1))
        writer.submit(visit, seal(exchange(b"page"))).result(60)
        with database.session() as session:
            for row in session.scalars(select(Artifact)):
                session.delete(row)
        assert apply(database, CustodyLog(evidence), Chosen(), ANA)["files"] == 0
    assert apply(database, CustodyLog(evidence), Chosen(), ANA)["files"] == 2


def test_a_package_holds_them_and_its_check_names_a_forged_one(
    database: Database, evidence: Path, crawl: Crawl, tmp_path: Path
) -> None:
    store(database, evidence, crawl, 1)
    log = CustodyLog(evidence)
    with database.session() as session:
        case = open_case(session, "Tables", ANA)
        add_listing(session, case, 1, ANA)
        seal_exhibit(session, log, case, captures_of(session, 1)[0][0], ANA)
        number = case.number
    package = build_package(database, log, number, ANA, tmp_path / f"{number}.zip").path
    assert verify_package(package).ok, verify_package(package).problems
    subprocess.run(["unzip", "-q", package, "-d", tmp_path / "out"], check=True)
    exhibit = tmp_path / "out" / number / "data/exhibits/EX-001"
    assert (exhibit / "screenshot-1.png").read_bytes() == SHOT + b"1"
    assert (exhibit / "images/1.jpg").read_bytes() == PICTURE
    said = json.loads((exhibit / "meta.json").read_text())["files"]["images/1.jpg"]
    assert said["url"] == "https://market.example/1.jpg"
    (exhibit / "images/1.jpg").write_bytes(b"another picture")
    report = verify_package(tmp_path / "out" / number)
    assert {one.file for one in report.problems} == {"data/exhibits/EX-001/images/1.jpg"}
    assert "the log knows no such file of this capture" in {one.what for one in report.problems}
    masked = build_package(database, log, number, ANA, tmp_path / "masked.zip", identities=False).path
    assert verify_package(masked).ok
    assert not [
        name for name in subprocess.check_output(["unzip", "-Z1", masked], text=True).split() if "media" in name
    ]

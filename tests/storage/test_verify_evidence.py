"""Verifying a folder and a workspace: crashes, erasure, rows of the database, the command."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

from storage.audit import COMMAND, record
from storage.custody.artifacts import keep
from storage.custody.audit import mirror
from storage.custody.erasure import erase, finish_erasure
from storage.custody.line import take_apart
from storage.custody.log import CustodyLog
from storage.custody.report import Kind
from storage.custody.verify import Trust, verify_folder
from storage.database import Database, open_database
from storage.evidence import seal
from storage.models import AuditRow, PageCapture
from storage.verify import verify_captures
from storage.writer import Writer
from tests.storage.helpers import Crawl, exchange
from wildtrade.cli import run
from wildtrade.errors import ConfigError, RefusedError, StorageError


@pytest.fixture
def evidence(tmp_path: Path) -> Path:
    return tmp_path / "evidence"


def store(database: Database, crawl: Crawl, evidence: Path, number: int = 4) -> list[PageCapture]:
    writer = Writer(database, evidence, 0)
    for n in range(number):
        visit = replace(crawl.visit(), capture=None)
        writer.submit(visit, seal(exchange(f"page {n}".encode() * 50))).result(60)
    writer.close()
    with database.session(read_only=True) as session:
        return list(session.scalars(select(PageCapture).order_by(PageCapture.id)).all())


def kinds(database: Database, evidence: Path) -> list[str]:
    return sorted(one.kind.value for one in verify_captures(database, evidence).report.problems)


def test_a_crawl_ends_with_a_checkpoint_that_holds(database: Database, crawl: Crawl, evidence: Path) -> None:
    store(database, crawl, evidence)
    log = CustodyLog(evidence)
    report = verify_folder(evidence, Trust(keys=[log.signer.public], anchor=log.anchor)).report
    assert report.ok and not report.notices
    assert (report.records, report.checkpoints) == (5, 1)


def test_what_was_logged_but_not_committed_is_abandoned_not_missing(
    database: Database, crawl: Crawl, evidence: Path
) -> None:
    """As after ``kill -9`` between log and commit: the last rows never were."""
    pages = store(database, crawl, evidence)
    with database.session() as session:
        session.execute(delete(PageCapture).where(PageCapture.id.in_([pages[2].id, pages[3].id])))
    before = verify_captures(database, evidence)
    assert before.ok and any("2 records at the end" in notice for notice in before.report.notices)
    store(database, crawl, evidence, 1)
    after = verify_captures(database, evidence)
    assert after.ok and after.report.abandoned == 2 and (after.checked, after.stray) == (3, 0)
    assert not any("have no row" in notice for notice in after.report.notices)


def test_what_was_written_but_not_logged_is_set_aside(database: Database, crawl: Crawl, evidence: Path) -> None:
    pages = store(database, crawl, evidence)
    with (evidence / pages[0].file).open("ab") as file:
        file.write(b"half a rec")
    (evidence / "other-000009-001.warc.gz").write_bytes(b"begun by a run nobody resumed")
    assert kinds(database, evidence) == ["added", "added"]
    store(database, crawl, evidence, 1)
    report = verify_captures(database, evidence).report
    assert report.ok, report.problems
    kept = sorted(path.read_bytes() for path in (evidence / "torn").iterdir())
    assert kept == [b"begun by a run nobody resumed", b"half a rec"]


def test_a_file_somebody_writes_to_is_left_alone(database: Database, crawl: Crawl, evidence: Path) -> None:
    from storage.evidence import WarcFile

    store(database, crawl, evidence, 1)
    other = WarcFile(evidence, "other-000009-001.warc.gz")
    store(database, crawl, evidence, 1)
    assert (evidence / other.name).stat().st_size == other.size
    with pytest.raises(StorageError, match="another process writes"):
        WarcFile(evidence, other.name, other.size)
    other.close()


@pytest.mark.parametrize("which", [1, 3])
def test_a_cut_log_stops_the_writer(database: Database, crawl: Crawl, evidence: Path, which: int) -> None:
    pages = store(database, crawl, evidence)
    log = CustodyLog(evidence)
    lines = log.path.read_bytes().splitlines(keepends=True)
    log.path.write_bytes(b"".join(lines[:which]))
    with pytest.raises(StorageError, match="a checkpoint knows entry"):
        store(database, crawl, evidence, 1)
    shutil.rmtree(log.folder / "checkpoints")
    before = (evidence / pages[0].file).read_bytes()
    with pytest.raises(StorageError, match="database knows captures up to"):
        store(database, crawl, evidence, 1)
    assert (evidence / pages[0].file).read_bytes() == before and not (evidence / "torn").exists()


def test_rows_are_held_against_the_log(database: Database, crawl: Crawl, evidence: Path) -> None:
    pages = store(database, crawl, evidence)
    with database.session() as session:
        session.execute(delete(PageCapture).where(PageCapture.id == pages[1].id))
        session.execute(update(PageCapture).where(PageCapture.id == pages[2].id).values(record_sha256="f" * 64))
        session.execute(update(PageCapture).where(PageCapture.id == pages[0].id).values(file="no-000001-001.warc.gz"))
    result = verify_captures(database, evidence)
    assert (result.missing, result.changed) == ([pages[0].id], [pages[2].id])
    assert (
        kinds(database, evidence) == ["row"] * 4
    )  # the first stands twice: no record for its row, no row for its record


def test_the_audit_trail_is_under_the_chain(database: Database, crawl: Crawl, evidence: Path) -> None:
    store(database, crawl, evidence, 1)
    log = CustodyLog(evidence)
    with database.session() as session:
        rows = [record(session, "view", COMMAND, id=n, before={"b": 1, "a": [1.5, None]}).seq for n in range(600)]
    assert mirror(log, database, timedelta()) == 600
    assert mirror(log, database, timedelta()) == 0
    assert verify_captures(database, evidence).ok
    with database.session() as session:
        session.execute(update(AuditRow).where(AuditRow.seq == rows[3]).values(actor="nobody"))
        session.execute(delete(AuditRow).where(AuditRow.seq == rows[5]))
    problems = verify_captures(database, evidence).report.problems
    assert [(one.kind, f"row {rows[n]} " in one.what) for one, n in zip(problems, (3, 5), strict=True)] == [
        (Kind.ROW, True)
    ] * 2


def test_an_erased_record_is_neither_missing_nor_changed(database: Database, crawl: Crawl, evidence: Path) -> None:
    pages = store(database, crawl, evidence)
    log, old = CustodyLog(evidence), pages[0].file
    gone = (evidence / old).read_bytes()[pages[1].offset :][: pages[1].length]
    done = erase(log, old, [pages[1].offset], rule="retention 2 years", actor="ana", reason="time is up")
    assert any("still there" in one.what for one in verify_folder(evidence).report.problems)
    with database.session() as session:
        session.execute(delete(PageCapture).where(PageCapture.id == pages[1].id))
        for page in (pages[0], pages[2], pages[3]):
            new = {"file": done.new_file, "offset": done.moved[page.offset]}
            session.execute(update(PageCapture).where(PageCapture.id == page.id).values(**new))
    finish_erasure(log, old)
    assert not any(gone in path.read_bytes() for path in evidence.rglob("*") if path.is_file())
    result = verify_captures(database, evidence)
    assert result.ok and result.checked == 3
    assert [(one.file, one.offset) for one in result.report.erased] == [(old, pages[1].offset)]
    store(database, crawl, evidence, 2)  # the run goes on in its next file
    assert verify_captures(database, evidence).ok
    assert {path.name for path in evidence.glob("*.warc.gz")} == {done.new_file, old.replace("-001", "-002")}


def test_nothing_is_erased_from_what_has_changed_or_is_in_use(database: Database, crawl: Crawl, evidence: Path) -> None:
    from storage.evidence import WarcFile

    pages = store(database, crawl, evidence)
    log, path = CustodyLog(evidence), evidence / pages[0].file
    with pytest.raises(StorageError, match="no record begins"):
        erase(log, path.name, [7], rule="r", actor="ana")
    file = WarcFile(evidence, path.name, path.stat().st_size)
    with pytest.raises(RefusedError, match="a crawl writes"):
        erase(log, path.name, [pages[0].offset], rule="r", actor="ana")
    file.close()
    data = bytearray(path.read_bytes())
    data[pages[2].offset + 30] ^= 1
    path.write_bytes(data)
    with pytest.raises(StorageError, match="has changed"):
        erase(log, path.name, [pages[0].offset], rule="r", actor="ana")
    with pytest.raises(ValueError, match="still in force"):
        finish_erasure(log, path.name)


def test_a_name_in_the_log_leads_nowhere_else(tmp_path: Path) -> None:
    log = CustodyLog(tmp_path / "evidence")
    from storage.custody.events import Event

    log.append_all([Event("artifact", "ana", {"path": "../../etc/passwd", "sha256": "0" * 64})])
    (problem,) = verify_folder(log.evidence).report.problems
    assert "leads out of the folder" in problem.what


def test_a_folder_without_evidence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no evidence here"):
        verify_folder(tmp_path)


def wildtrade(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str]:
    code = run([str(word) for word in words])
    return code, capsys.readouterr().out


def test_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, crawl_of: Callable[..., Crawl]
) -> None:
    home = tmp_path / "case"
    monkeypatch.setenv("WILDTRADE_HOME", str(home))
    assert wildtrade(capsys, "init", home)[0] == 0
    evidence = home / "data" / "evidence"
    database = open_database(f"sqlite:///{home}/data/wildtrade.db")
    pages = store(database, crawl_of(database), evidence)
    database.close()
    code, said = wildtrade(capsys, "evidence", "checkpoint", "--json")
    anchor = json.loads(said)["anchor"]
    assert code == 0
    (pub,) = (evidence / "custody" / "keys").glob("*.pub")
    (tmp_path / "anchor.txt").write_text(f"kept on paper: {anchor}\n")
    code, said = wildtrade(capsys, "evidence", "verify", "--pub", pub, "--anchor", tmp_path / "anchor.txt")
    assert code == 0 and "everything holds" in said and "note:" not in said
    code, said = wildtrade(capsys, "evidence", "verify", evidence)
    assert code == 0 and "no anchor was given" in said and "no public key was given" in said

    path = evidence / pages[0].file
    data = bytearray(path.read_bytes())
    data[pages[2].offset + 40] ^= 1
    path.write_bytes(data)
    code, said = wildtrade(capsys, "evidence", "verify", evidence, "--json")
    report = json.loads(said)
    assert code == 1 and not report["ok"]
    place = {"file": path.name, "offset": pages[2].offset, "length": pages[2].length}
    assert place.items() <= report["problems"][0].items() and report["counts"] == {"changed": 1}
    code, said = wildtrade(capsys, "evidence", "verify")
    assert code == 1 and f"CHANGED  {path.name} @{pages[2].offset}+" in said

    assert wildtrade(capsys, "evidence", "keys", "rotate", "--reason", "yearly")[0] == 0
    assert len(json.loads(wildtrade(capsys, "evidence", "keys", "list", "--json")[1])["keys"]) == 2
    revoked = wildtrade(capsys, "evidence", "keys", "revoke", pub.stem, "--reason", "copied", "--since", "2026-01-01")
    assert revoked[0] == 0
    (home / "data" / "keys" / "custody.key").unlink()
    assert wildtrade(capsys, "evidence", "checkpoint")[0] == 3
    assert wildtrade(capsys, "evidence", "keys", "lost", "--reason", "fire")[0] == 0
    assert wildtrade(capsys, "evidence", "checkpoint")[0] == 0


def test_artifacts_are_named_by_content_and_under_the_chain(database: Database, crawl: Crawl, evidence: Path) -> None:
    store(database, crawl, evidence, 1)
    log = CustodyLog(evidence)
    first, again = (keep(log, b"a copy", ".warc.gz", "ana", {"case": case}) for case in ("WT-1", "WT-2"))
    assert again.details == first.details | {"case": "WT-2"} and again.entry["seq"] == first.entry["seq"] + 1
    path = evidence / first.details["path"]
    assert path.read_bytes() == b"a copy" and path.name == f"{first.details['sha256']}.warc.gz"
    assert path.stat().st_mode & 0o777 == 0o444
    assert verify_captures(database, evidence).ok
    leftover = path.with_name("f" * 64 + ".warc.gz")
    leftover.write_bytes(b"killed before its entry")
    assert kinds(database, evidence) == ["added"]
    store(database, crawl, evidence, 1)
    assert verify_captures(database, evidence).ok and not leftover.exists()
    assert [one.read_bytes() for one in (evidence / "torn").iterdir()] == [b"killed before its entry"]
    path.chmod(0o644)
    path.write_bytes(b"a forgery")
    assert kinds(database, evidence) == ["changed"]
    path.unlink()
    assert kinds(database, evidence) == ["missing"]


def test_a_clock_that_is_a_day_off_breaks_nothing_and_is_said(evidence: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = CustodyLog(evidence)
    log.append("decide", "ana", {"n": 0})
    for days in (-1, 1, 0):

        class Shifted(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None, days: int = days) -> datetime:  # type: ignore[override]
                return datetime.now(tz) + timedelta(days=days)

        with monkeypatch.context() as patch:
            patch.setattr("storage.custody.log.datetime", Shifted)
            log.append("decide", "ana", {"days": days})
    report = verify_folder(evidence).report
    assert report.ok
    assert any("the clock was set back 2 times" in notice for notice in report.notices)
    entries = [take_apart(raw).entry for raw in log.path.read_bytes().splitlines()]
    assert [one["monotonic"] for one in entries] == sorted(one["monotonic"] for one in entries)

"""Retention: what goes, what a case keeps, what the evidence says of it, and what a crash in between leaves."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from storage.audit import Actor, record
from storage.cases import add_listing, open_case, set_hold
from storage.custody.audit import mirror
from storage.custody.erasure import erase
from storage.custody.log import CustodyLog
from storage.database import Database
from storage.door import Found
from storage.evidence import seal
from storage.exhibits import captures_of, seal_exhibit
from storage.imports import end_import, keep_file
from storage.merges import merge
from storage.models import (
    AssessmentRow,
    AuditRow,
    CaptureRow,
    CaseStatus,
    ImportFile,
    ImportState,
    ListingRow,
    PageCapture,
    Revision,
    RunState,
    SearchDocument,
    SellerRow,
    Unit,
)
from storage.retention.choosing import choose
from storage.retention.erasing import apply, settle
from storage.retention.policy import Retention, load_retention
from storage.runs import finish_run, open_run
from storage.verify import verify_captures
from storage.writer import Writer
from tests.storage.helpers import START, Crawl, count, exchange, listing, opinion
from wildtrade.cli import run
from wildtrade.errors import ConfigError
from wildtrade.records import Label

ANA = Actor(name="ana")
LATER = START + timedelta(days=400)
SECRET = b"call Ana 555-0100"
POLICY = Retention.model_validate({"rules": [{"name": "clear-1y", "labels": ["clear"], "after_days": 365}]})


@pytest.fixture
def evidence(tmp_path: Path) -> Path:
    return tmp_path / "data" / "evidence"


@pytest.fixture
def crawl(database: Database, evidence: Path, crawl_of: Callable[..., Crawl]) -> Crawl:
    """Four pages with a listing each, the last two flagged, and a result page; the run has ended."""
    crawl = crawl_of(database)
    writer = Writer(database, evidence, 0)
    for number, label in enumerate([Label.CLEAR, Label.CLEAR, Label.FLAG, Label.FLAG]):
        found = Found(listing=listing(str(number)), assessment=opinion(label))
        page = exchange(b"<html>%d %s</html>" % (number, SECRET), started_at=START + timedelta(minutes=number))
        writer.submit(crawl.visit(found), seal(page)).result(30)
    writer.submit(crawl.visit(), seal(exchange(b"<html>results</html>"))).result(30)
    writer.close()
    with database.session() as session:
        finish_run(session, crawl.run.id, RunState.FINISHED, "finished")
    return crawl


def ids(database: Database) -> list[int]:
    with database.session(read_only=True) as session:
        return list(session.scalars(select(ListingRow.id).order_by(ListingRow.id)))


def test_what_is_past_its_time_goes_and_the_rest_stays(database: Database, crawl: Crawl, evidence: Path) -> None:
    log = CustodyLog(evidence)
    with database.session(read_only=True) as session:
        chosen = choose(session, POLICY, LATER)
    first, second, *rest = ids(database)
    assert chosen.listings == {first: "clear-1y", second: "clear-1y"}
    assert len(chosen.pages) == 2
    assert apply(database, log, chosen, ANA) == {"listings": 2, "pages": 2, "files": 0, "imports": 0, "busy": []}
    with database.session(read_only=True) as session:
        gone = session.scalars(select(Revision).where(Revision.listing_id.in_([first, second]))).all()
        assert {(one.title, one.description, one.seller, one.location) for one in gone} == {(None,) * 4}
        assert not session.scalars(select(CaptureRow).where(CaptureRow.listing_id == first)).all()
        assert all(session.scalars(select(Revision.title).where(Revision.listing_id.in_(rest))))
        assert all(session.scalars(select(AssessmentRow.signals).where(AssessmentRow.listing_id.in_(rest))))
        assert sorted(session.scalars(select(Unit.url)))[:2] == ["", ""]
        assert count(session, SearchDocument) == 4
    left = b"".join(path.read_bytes() for path in evidence.glob("*.warc.gz"))
    result = verify_captures(database, evidence)
    assert result.ok, result.report.problems
    assert result.checked == 3 and len(result.report.erased) == 2
    with database.session(read_only=True) as session:
        pages = session.scalars(select(PageCapture)).all()
    assert all(len(left) >= page.offset + page.length for page in pages)


def test_nothing_is_chosen_twice_or_before_its_time(database: Database, crawl: Crawl, evidence: Path) -> None:
    log = CustodyLog(evidence)
    with database.session(read_only=True) as session:
        assert choose(session, POLICY, START + timedelta(days=364)).listings == {}
        chosen = choose(session, POLICY, LATER)
    apply(database, log, chosen, ANA)
    with database.session(read_only=True) as session:
        again = choose(session, POLICY, LATER)
    assert (again.listings, again.pages) == ({}, {})
    assert apply(database, log, again, ANA) == {"listings": 0, "pages": 0, "files": 0, "imports": 0, "busy": []}


def test_sources_and_labels_narrow_a_rule(database: Database, crawl: Crawl) -> None:
    def chosen(**fields: object) -> int:
        rule = {"name": "r", "labels": ["clear"], "after_days": 1, **fields}
        with database.session(read_only=True) as session:
            return len(choose(session, Retention.model_validate({"rules": [rule]}), LATER).listings)

    assert chosen() == 2
    assert chosen(sources=["market"]) == 2
    assert chosen(sources=["elsewhere"]) == 0
    assert chosen(labels=["flag"]) == 2
    assert chosen(labels=["wildlife"]) == 0


def test_a_case_keeps_its_listings_until_it_is_over(database: Database, crawl: Crawl) -> None:
    first, second, *_ = ids(database)
    with database.session() as session:
        case = open_case(session, "Parrots", ANA)
        add_listing(session, case, first, ANA)
        number = case.number
        chosen = choose(session, POLICY, LATER)
        assert (list(chosen.listings), dict(chosen.held)) == ([second], {number: 1})
        assert len(chosen.pages) == 1
        case.status = CaseStatus.CLOSED
        session.flush()
        assert len(choose(session, POLICY, LATER).listings) == 2
        case.retention_until = (LATER + timedelta(days=1)).date()
        session.flush()
        assert list(choose(session, POLICY, LATER).listings) == [second]
        case.retention_until = None
        set_hold(session, case, ANA, "court order")
        session.flush()
        assert list(choose(session, POLICY, LATER).listings) == [second]


def test_exhibits_outlive_their_case(database: Database, crawl: Crawl, evidence: Path) -> None:
    log, (first, second, *_) = CustodyLog(evidence), ids(database)
    with database.session() as session:
        case = open_case(session, "Parrots", ANA)
        add_listing(session, case, first, ANA)
        exhibit = seal_exhibit(session, log, case, captures_of(session, first)[0][0], ANA)
        case.status = CaseStatus.CLOSED
        path = evidence / exhibit.path
    with database.session(read_only=True) as session:
        chosen = choose(session, POLICY, LATER)
    assert (list(chosen.listings), chosen.exhibits) == ([second], 1)
    apply(database, log, chosen, ANA)
    assert path.is_file()
    assert verify_captures(database, evidence).ok


def test_other_pages_have_a_time_of_their_own(database: Database, crawl: Crawl, evidence: Path) -> None:
    policy = Retention.model_validate({"other_pages_after_days": 30})
    with database.session(read_only=True) as session:
        chosen = choose(session, policy, LATER)
    assert list(chosen.pages.values()) == ["other-pages"]
    apply(database, CustodyLog(evidence), chosen, ANA)
    assert verify_captures(database, evidence).ok


def test_two_rules_rewrite_one_file_in_turn(database: Database, crawl: Crawl, evidence: Path) -> None:
    policy = POLICY.model_copy(update={"other_pages_after_days": 30})
    with database.session(read_only=True) as session:
        chosen = choose(session, policy, LATER)
    assert apply(database, CustodyLog(evidence), chosen, ANA)["pages"] == 3
    result = verify_captures(database, evidence)
    assert result.ok and result.checked == 2
    assert [path.name for path in evidence.glob("*.warc.gz")] == [f"market-{crawl.run.id:06d}-001.r2.warc.gz"]


def test_an_erasure_cut_off_by_a_crash_is_finished(
    database: Database, crawl: Crawl, evidence: Path, crawl_of: Callable[..., Crawl]
) -> None:
    log = CustodyLog(evidence)
    with database.session(read_only=True) as session:
        page = session.scalars(select(PageCapture).order_by(PageCapture.offset)).first()
    assert page is not None
    erase(log, page.file, [page.offset], rule="r", actor="ana")  # and here the process dies
    more = crawl_of(database)
    writer = Writer(database, evidence, 0)
    writer.submit(more.visit(), seal(exchange())).result(30)
    writer.close()  # a crawl in between takes nothing for lost
    settle(database, log)
    result = verify_captures(database, evidence)
    assert result.ok, result.report.problems
    assert result.checked == 5 and not (evidence / page.file).exists()
    assert result.report.abandoned == 0


@pytest.mark.parametrize("merged", [False, True])
def test_a_seller_nobody_else_names_is_forgotten(
    database: Database, crawl: Crawl, evidence: Path, merged: bool
) -> None:
    """What people said of it stays, without its name."""
    everything = Retention.model_validate(
        {"rules": [{"name": "all", "labels": ["clear", "flag"], "after_days": 30}], "other_pages_after_days": 30}
    )
    from storage.search.index import catch_up

    catch_up(database)
    with database.session() as session:
        assert count(session, SellerRow) == 1
        session.add_all(SellerRow(source="other", name=name) for name in ("Bo", "Cy"))
        if merged:
            merge(session, 1, 2, "ivy", reason="one voice")
        chosen = choose(session, everything, LATER)
    apply(database, CustodyLog(evidence), chosen, ANA)
    with database.session(read_only=True) as session:
        left = [(row.name, row.head_id) for row in session.scalars(select(SellerRow).order_by(SellerRow.id))]
        assert left == ([("erased #1", 1), ("erased #2", 1)] if merged else [])
        assert count(session, PageCapture) == 0
    assert verify_captures(database, evidence).ok


def test_a_hold_set_after_the_choice_is_obeyed(database: Database, crawl: Crawl, evidence: Path) -> None:
    log, (first, second, *_) = CustodyLog(evidence), ids(database)
    with database.session(read_only=True) as session:
        chosen = choose(session, POLICY, LATER)
    assert set(chosen.listings) == {first, second}
    with database.session() as session:
        case = open_case(session, "Parrots", ANA)
        add_listing(session, case, first, ANA)
        set_hold(session, case, ANA, "court order")
        case.status = CaseStatus.CLOSED
    before = len(log.path.read_bytes())
    assert apply(database, log, chosen, ANA)["pages"] == 1
    with database.session(read_only=True) as session:
        assert session.scalars(select(Revision.title).where(Revision.listing_id == first)).all() == ["Carved bangle 0"]
        assert session.scalars(select(Revision.title).where(Revision.listing_id == second)).all() == [None]
    assert len(log.path.read_bytes()) > before
    assert verify_captures(database, evidence).ok


def brought_in(database: Database, name: str, run_id: int | None, ended_at: datetime) -> int:
    with database.session() as session:
        kept = keep_file(session, name, b"title,seller\nCarved bangle,Ana 555-0100\n", "ana", "from Ana")
        end_import(session, kept.id, ImportState.DONE, "", run_id=run_id)
        kept.ended_at = ended_at
        return kept.id


def test_the_text_of_a_file_brought_in_goes_with_its_listings(
    database: Database, evidence: Path, crawl_of: Callable[..., Crawl]
) -> None:
    with database.session() as session:
        run = open_run(session, "import", [], {}, fresh=True)
    crawl = Crawl(database, run, itertools.count())
    with closing(Writer(database, evidence, 0)) as writer:
        found = Found(listing=listing("1", source="import"), assessment=opinion(Label.CLEAR))
        writer.submit(replace(crawl.visit(found), source="import"), seal(exchange(SECRET))).result(30)
    with database.session() as session:
        finish_run(session, run.id, RunState.FINISHED, "finished")
    with_listing = brought_in(database, "a.csv", run.id, LATER)
    old = brought_in(database, "b.csv", None, LATER - timedelta(days=31))
    young = brought_in(database, "c.csv", None, LATER - timedelta(days=29))
    policy = POLICY.model_copy(update={"other_pages_after_days": 30})
    with database.session(read_only=True) as session:
        assert choose(session, POLICY, START).imports == []
        chosen = choose(session, policy, LATER)
    assert chosen.imports == [with_listing, old]
    assert apply(database, CustodyLog(evidence), chosen, ANA)["imports"] == 2
    with database.session(read_only=True) as session:
        rows = {row.id: row for row in session.scalars(select(ImportFile))}
        assert (rows[old].content, rows[old].note, rows[with_listing].content) == ("", "", "")
        assert "555-0100" in rows[young].content and rows[old].name == "b.csv" and len(rows[old].sha256) == 64
        assert choose(session, policy, LATER).imports == []


def test_the_audit_trail_outlives_what_it_tells_of(database: Database, crawl: Crawl, evidence: Path) -> None:
    log = CustodyLog(evidence)
    with database.session() as session:
        record(session, "view_identity", ANA, kind="listing", id=ids(database)[0])
    mirror(log, database, timedelta())
    with database.session(read_only=True) as session:
        chosen = choose(session, POLICY, LATER)
    apply(database, log, chosen, ANA)
    mirror(log, database, timedelta())
    with database.session(read_only=True) as session:
        assert [row.action for row in session.scalars(select(AuditRow))] == ["view_identity", "retention"]
    assert verify_captures(database, evidence).ok


def test_what_was_erased_is_said_and_is_no_problem(
    database: Database, crawl: Crawl, evidence: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = CustodyLog(evidence)
    with database.session(read_only=True) as session:
        chosen = choose(session, POLICY, LATER)
    apply(database, log, chosen, ANA)
    assert run(["evidence", "verify", str(evidence)]) == 0
    said = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in said].count("ERASED") == 2
    assert said[-1] == "everything holds"
    assert all("clear-1y" in line for line in said if line.startswith("ERASED"))


def test_a_broken_policy_is_refused(tmp_path: Path) -> None:
    for wrong in ("rules: [{name: x, labels: [green], after_days: 1}]", "rules: [{name: x, after_days: 0}]", "a: ["):
        (tmp_path / "retention.yaml").write_text(wrong, encoding="utf-8")
        with pytest.raises(ConfigError, match=r"retention\.yaml"):
            load_retention(tmp_path)
    assert load_retention().rules  # the shipped one can be read


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = tmp_path / "w"
    assert run(["init", str(home)]) == 0
    capsys.readouterr()
    assert run(["--home", str(home), "retention", "--dry-run", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said == {"listings": {}, "pages": {}, "imports": 0, "held": {}, "exhibits": 0, "dry_run": True}
    assert run(["--home", str(home), "retention"]) == 0
    assert "erased 0 listings" in capsys.readouterr().out

"""The whole crawl against a real server: what is stored, what a second visit finds, what a bad site gets."""

from __future__ import annotations

import asyncio
import getpass
import gzip
import hashlib
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import scrapy

from crawler.context import RunContext
from crawler.outcome import judge
from crawler.run import CrawlOptions, _open_runs
from crawler.spider import SourceSpider
from storage.database import open_database
from storage.models import RunState
from storage.verify import verify_captures
from support.rawsite import Site, listing_page, response, search_page, serving, wildtrade, workspace
from wildtrade.errors import Exit
from wildtrade.settings import open_workspace
from wildtrade.sources import get_source

CRAWL = ("crawl", "bazaar", "--json", "--quiet")


def rows(home: Path, query: str) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(home / "data" / "wildtrade.db")
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def evidence_holds(home: Path) -> bool:
    space = open_workspace(home)
    database = open_database(space.database_url)
    try:
        report = verify_captures(database, space.evidence)
    finally:
        database.close()
    return report.ok and report.checked > 0 and report.stray == 0


def table_site(count: int = 6) -> Site:
    site = Site()
    numbers = list(range(1, count + 1))
    site.pages["/search?q=table&page=1"] = search_page(numbers[: count // 2], "/search?q=table&page=2")
    site.pages["/search?q=table&page=2"] = search_page(numbers[count // 2 :])
    for number in numbers:
        site.pages[f"/item/{number}"] = listing_page(number)
    return site


def test_new_same_changed_gone(tmp_path: Path) -> None:
    with serving(table_site()) as site:
        home = workspace(tmp_path, site.port)
        first = wildtrade(home, *CRAWL)
        assert first.code == 0, first.err
        data = first.data
        assert data["listings"] == {"new": 6, "changed": 0, "same": 0, "gone": 0}
        # The ninth is a third result page, which the site does not have.
        assert data["pages"] == {"total": 9, "ok": 8, "redirect": 0, "client_error": 1, "server_error": 0}
        assert data["captures"] == 9
        assert data["coverage"]["title"] == data["coverage"]["price"] == data["coverage"]["description"] == 1
        assert data["stopped_because"] == "bazaar: finished"

        second = wildtrade(home, *CRAWL).data
        assert second["listings"] == {"new": 0, "changed": 0, "same": 6, "gone": 0}
        assert second["run_ids"] != data["run_ids"]

        site.pages["/item/2"] = listing_page(2, price="19.00")
        site.pages["/search?q=table&page=2"] = search_page([4, 5])
        del site.pages["/item/6"]
        third = wildtrade(home, *CRAWL).data
        assert third["listings"] == {"new": 0, "changed": 1, "same": 4, "gone": 1}

        fourth = wildtrade(home, *CRAWL).data
        assert fourth["listings"] == {"new": 0, "changed": 0, "same": 5, "gone": 0}
    assert rows(home, "select count(*) from listing") == [(6,)]
    assert rows(home, "select count(*) from capture") == [(6 + 6 + 6 + 5,)]
    assert rows(home, "select count(*) from revision where listing_id = (select id from listing where key = '2')") == [
        (2,)
    ]
    assert rows(home, "select key from listing where gone_at is not null") == [("6",)]
    assert evidence_holds(home)


def test_what_crossed_the_wire_is_what_is_kept(tmp_path: Path) -> None:
    odd = listing_page(1).replace(b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 Sure thing\r\nx-OdD: yes\r\n")
    with serving(Site(pages={"/search?q=table&page=1": search_page([1]), "/item/1": odd})) as site:
        home = workspace(tmp_path, site.port)
        assert wildtrade(home, *CRAWL).code == 0
    (file,) = (home / "data" / "evidence").glob("*.warc.gz")
    stored = gzip.decompress(file.read_bytes())
    assert odd in stored
    assert b"GET /item/1 HTTP/1.1\r\n" in stored
    assert b"WARC/1.1\r\n" in stored
    assert b"WARC-IP-Address: 127.0.0.1" in stored
    log = (home / "data" / "evidence" / "custody" / "log.jsonl").read_text().splitlines()
    (said,) = (entry for entry in (json.loads(line)["entry"] for line in log) if entry["action"] == "crawl")
    facts = said["details"]
    assert said["seq"] == 2 and facts["run"] == 1  # before the first capture
    assert facts["user_agent"].encode() in stored and f"Accept-Language: {facts['accept_language']}".encode() in stored
    assert facts["exit"] == "direct" and facts["account"] == "" and facts["browser"] is None
    assert facts["operator"] == getpass.getuser() and set(facts["clock"]) > {"synchronised"}
    own = hashlib.sha256((home / "wildtrade.toml").read_bytes()).hexdigest()
    assert facts["settings_sha256"]["wildtrade.toml"] == own and len(facts["program"]["code_sha256"]) == 64


def test_limit_and_plan(tmp_path: Path) -> None:
    with serving(table_site()) as site:
        home = workspace(tmp_path, site.port)
        plan = wildtrade(home, "crawl", "bazaar", "--plan", "--json")
        assert plan.code == 0
        assert plan.data["plans"][0]["queries"] == ["table"]
        assert site.asked == []
        limited = wildtrade(home, *CRAWL, "--limit", "2").data
    assert limited["listings"]["new"] == 2
    assert limited["stopped_because"] == "bazaar: limit reached"


def test_robots_txt_is_obeyed(tmp_path: Path) -> None:
    site = table_site()
    site.pages["/robots.txt"] = response("User-agent: *\nDisallow: /search\n", content_type="text/plain")
    with serving(site):
        home = workspace(tmp_path, site.port)
        done = wildtrade(home, *CRAWL)
    assert done.code == 5
    assert "robots.txt forbids" in done.data["stopped_because"]
    assert site.asked == ["/robots.txt"]


def test_a_redirect_into_the_machine_is_blocked(tmp_path: Path) -> None:
    canary = Site(answer=lambda target: response("secret"))
    with serving(canary), serving(table_site(4)) as site:
        moved = response("", "302 Found", extra=f"Location: http://127.0.0.1:{canary.port}/secret\r\n")
        site.pages["/item/1"] = moved
        site.pages["/item/2"] = moved.replace(b"127.0.0.1", b"localhost")
        site.pages["/item/3"] = response("", "302 Found", extra="Location: file:///etc/passwd\r\n")
        home = workspace(tmp_path, site.port)
        done = wildtrade(home, *CRAWL)
    assert canary.asked == []
    assert done.data["listings"]["new"] == 1
    assert sum("no public address" in problem for problem in done.data["problems"]) == 2
    assert b"root:" not in b"".join(path.read_bytes() for path in (home / "data").rglob("*.warc.gz"))


def test_incomplete_bodies_are_kept_and_marked(tmp_path: Path) -> None:
    page = listing_page(1)
    body = page.split(b"\r\n\r\n", 1)[1]
    packed = gzip.compress(body)[:-12]
    short = page.replace(f"Content-Length: {len(body)}".encode(), f"Content-Length: {len(body) + 400}".encode())
    cut = response(packed, extra="Content-Encoding: gzip\r\n")

    def answer(target: str) -> bytes:
        return short.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1) if target == "/item/1" else cut

    with serving(Site(pages={"/search?q=table&page=1": search_page([1, 2])}, answer=answer)) as site:
        home = workspace(tmp_path, site.port)
        (home / "wildtrade.toml").write_text("[crawl]\ntimeout_seconds = 4\n", encoding="utf-8")
        done = wildtrade(home, *CRAWL)
        assert done.code in (0, 6), done.err
    incomplete = {url.rpartition("/")[2] for (url,) in rows(home, "select url from page_capture where not complete")}
    assert incomplete >= {"1", "2"}
    assert evidence_holds(home)


def test_a_wall_stops_the_source(tmp_path: Path) -> None:
    wall = """<html><head><title>Just a moment...</title></head><body><h1>Checking your browser</h1>
<p>Please complete the security check: verify you are human.</p>
<script src="/cdn-cgi/challenge-platform/x.js"></script></body></html>"""

    def answer(target: str) -> bytes:
        return response(wall, "403 Forbidden") if "search" in target else response("", "404 Not Found")

    site = Site(answer=answer)
    with serving(site):
        home = workspace(tmp_path, site.port)
        done = wildtrade(home, *CRAWL)
    assert done.code == 1
    assert "blocked" in done.data["stopped_because"]
    assert rows(home, "select kind from page_capture") == [("blocked",)]


def test_an_unreachable_site(tmp_path: Path) -> None:
    with serving(table_site()) as site:
        home = workspace(tmp_path, site.port)
    done = wildtrade(home, *CRAWL)
    assert done.code == 1
    assert "bazaar" in done.data["stopped_because"]
    assert "Traceback" not in done.err
    assert rows(home, "select state from run") == [("failed",)]


def test_one_source_down_is_partial(tmp_path: Path) -> None:
    with serving(table_site()) as site:
        home = workspace(tmp_path, site.port)
        text = (home / "sources" / "bazaar.yaml").read_text()
        other = text.replace("id: bazaar", "id: ruin").replace(str(site.port), "1")
        (home / "sources" / "ruin.yaml").write_text(other, encoding="utf-8")
        done = wildtrade(home, "crawl", "bazaar", "ruin", "--json", "--quiet")
    assert done.code == 6
    assert done.data["listings"]["new"] == 6


BAD_CALLS = [
    (("crawl", "bazar"), 2, "unknown source"),
    (("crawl", "bazaar", "--since", "yesterday"), 2, "no period"),
    (("crawl", "shut"), 5, "disabled"),
    (("crawl", "broken"), 3, "broken.yaml"),
    (("extract", "nowhere.html"), 1, "nowhere.html"),
]


@pytest.mark.parametrize(("words", "code", "message"), BAD_CALLS)
def test_bad_calls_end_with_one_clear_message(tmp_path: Path, words: tuple[str, ...], code: int, message: str) -> None:
    home = workspace(tmp_path, 9)
    text = (home / "sources" / "bazaar.yaml").read_text()
    shut = text.replace("id: bazaar", "id: shut\nenabled: false\ndisabled_reason: its terms forbid it")
    (home / "sources" / "shut.yaml").write_text(shut, encoding="utf-8")
    (home / "sources" / "broken.yaml").write_text("id: broken\nname: [", encoding="utf-8")
    plain = wildtrade(home, *words)
    assert plain.code == code, plain.err
    assert plain.err.startswith("error: ")
    assert message in plain.err
    assert "Traceback" not in plain.err
    as_json = wildtrade(home, *words, "--json")
    assert as_json.code == code
    error = json.loads(as_json.err.strip().splitlines()[-1])["error"]
    assert set(error) == {"code", "message", "file", "line", "field", "fix"}
    assert error["fix"]


def test_without_a_workspace(tmp_path: Path) -> None:
    done = wildtrade(tmp_path, "crawl", "practice_market")
    assert done.code == 3
    assert "wildtrade init" in done.err


def test_a_locked_database(tmp_path: Path) -> None:
    with serving(table_site()) as site:
        home = workspace(tmp_path, site.port)
        lock = sqlite3.connect(home / "data" / "wildtrade.db", isolation_level=None)
        lock.execute("BEGIN EXCLUSIVE")
        try:
            done = wildtrade(home, *CRAWL)
        finally:
            lock.execute("ROLLBACK")
            lock.close()
    assert done.code == 1
    assert "locked" in done.err
    assert "Traceback" not in done.err


def test_a_database_that_hands_out_no_work_ends_the_run_with_a_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Locked here; a full disk refuses in the same place. The run stays open."""
    with serving(table_site()) as site:
        space = open_workspace(workspace(tmp_path, site.port))
    monkeypatch.setattr("storage.database.BUSY_SECONDS", 0)
    with closing(open_database(space.database_url)) as database:
        (run,) = _open_runs(space, database, [get_source("bazaar", space.sources)], CrawlOptions(queries=["table"]))
        lock = sqlite3.connect(space.root / "data" / "wildtrade.db")
        with closing(run.writer), closing(run.reader), closing(lock):
            lock.isolation_level = None
            lock.execute("BEGIN IMMEDIATE")
            requests = asyncio.run(all_requests(run))
        outcome = judge(run)
    assert requests == [] and "locked" in outcome.reason
    assert (outcome.state, outcome.exit_code) == (RunState.RUNNING, Exit.PROBLEM)


async def all_requests(run: RunContext) -> list[scrapy.Request]:
    return [request async for request in SourceSpider(run).start()]


def test_a_full_disk(tmp_path: Path) -> None:
    with serving(table_site()) as site:
        home = workspace(tmp_path, site.port)
        (home / "wildtrade.toml").write_text("[storage]\nfree_space_floor_mb = 900000000\n", encoding="utf-8")
        done = wildtrade(home, *CRAWL)
        assert done.code == 1
        assert "the disk is nearly full" in done.data["stopped_because"]
        (home / "wildtrade.toml").write_text("[storage]\nfree_space_floor_mb = 1\n", encoding="utf-8")
        resumed = wildtrade(home, *CRAWL).data
    assert resumed["run_ids"] == done.data["run_ids"]
    assert resumed["listings"]["new"] == 6
    assert evidence_holds(home)

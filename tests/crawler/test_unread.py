"""Pages that could not be read in time: fetched again, and where that does not help, told of; no listing is lost in
silence."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from sqlalchemy import select

from crawler.outcome import Outcome, unfinished
from storage.database import open_database
from storage.models import RunState, Unit
from support.rawsite import Site, listing_page, response, search_page, serving, wildtrade, workspace
from wildtrade.errors import Exit
from wildtrade.settings import open_workspace

SLOW = "/search?q=table&page=2&slow"


def test_a_page_that_the_box_could_not_read_is_fetched_again_and_then_told_of(tmp_path: Path) -> None:
    once = search_page([1], "/search?q=table&page=2&once")
    site = Site(pages={"/search?q=table&page=1": once, "/search?q=table&page=2&once": search_page([2], SLOW)})
    site.pages |= {SLOW: search_page([3]), "/item/1": listing_page(1), "/item/2": listing_page(2)}
    site.pages |= {"/item/3": listing_page(3), "/search?q=table&page=4": response("nothing here")}
    with serving(site):
        home = workspace(tmp_path / "home", site.port)
        tests = Path(__file__).resolve().parent.parent
        more = {"PYTHONPATH": os.pathsep.join([str(tests), str(tests.parent)]), "SLOW_READING": str(tmp_path / "mark")}
        command = [sys.executable, "-m", "support.slow_reading", str(home), "bazaar"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | more)
    said = json.loads(done.stdout.splitlines()[-1])
    with closing(open_database(open_workspace(home).database_url)) as database, database.session() as session:
        units = {unit.url.partition(str(site.port))[2]: unit for unit in session.scalars(select(Unit))}
        assert units["/search?q=table&page=2&once"].state == "done"
        assert units[SLOW].state == "failed" and "could not be read" in (units[SLOW].error or "")
    assert [site.asked.count(one) for one in ("/search?q=table&page=2&once", SLOW, "/item/1")] == [2, 3, 1]
    assert said["listings"]["new"] == 3  # the tokenizer found the link to the third
    assert done.returncode == Exit.PARTIAL and "pages lost: 1;" in said["stopped_because"], said


def test_a_result_page_that_says_nothing_because_it_is_cut_is_no_empty_one(tmp_path: Path) -> None:
    begin = "<html><head><title>Search</title></head><body><p>" + "Tables of all kinds, old and new. " * 30 + "<ul>"
    whole = f"Content-Length: {len(begin)}".encode()
    cut = response(begin).replace(whole, b"Content-Length: 9000\r\nConnection: close")
    site = Site(
        pages={"/search?q=table&page=1": search_page([1], "/search?q=table&page=2"), "/item/1": listing_page(1)}
    )
    site.pages["/search?q=table&page=2"] = cut
    with serving(site):
        done = wildtrade(workspace(tmp_path, site.port), "crawl", "bazaar", "--json", "--quiet")
    assert site.asked.count("/search?q=table&page=2") == 3
    assert done.code == Exit.PARTIAL and "cut short" in done.data["stopped_because"]
    assert done.data["listings"]["new"] == 1


def test_a_run_with_pages_to_go_is_not_finished() -> None:
    outcome = unfinished(Outcome(source="bazaar", state=RunState.FINISHED, reason="finished"), 7)
    assert (outcome.state, outcome.exit_code) == (RunState.RUNNING, Exit.PROBLEM)
    assert "7 pages to go" in outcome.reason

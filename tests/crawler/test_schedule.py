"""Schedules: cron in a time zone, each due time taken once, missed ones folded into one, history with reasons."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from support.rawsite import Site, listing_page, search_page, serving, wildtrade, workspace
from wildtrade.errors import UsageError
from wildtrade.timetable import due_times, in_words, next_time, trigger_for

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def test_cron_is_read_in_its_own_zone() -> None:
    assert next_time("10 2 * * *", "Africa/Johannesburg", NOON) == datetime(2026, 11, 25, 0, 10, tzinfo=UTC)
    assert next_time("10 2 * * *", "America/Bogota", NOON) == datetime(2026, 11, 25, 7, 10, tzinfo=UTC)
    assert "2026-11-25 02:10 there = 2026-11-25 00:10 UTC" in in_words("10 2 * * *", "Africa/Johannesburg", NOON)


def test_due_times_are_open_at_the_start_and_closed_at_the_end() -> None:
    hours = due_times("0 * * * *", "UTC", NOON - timedelta(hours=3), NOON)
    assert [moment.hour for moment in hours] == [10, 11, 12]
    assert due_times("0 * * * *", "UTC", NOON, NOON) == []
    assert due_times("0 * * * *", "UTC", NOON + timedelta(days=1), NOON) == []  # a clock set back owes nothing


@pytest.mark.parametrize(
    ("cron", "zone"), [("every day", "UTC"), ("0 25 * * *", "UTC"), ("0 2 * * *", "Africa/Nowhere")]
)
def test_bad_times_are_refused(cron: str, zone: str) -> None:
    with pytest.raises(UsageError) as caught:
        trigger_for(cron, zone)
    assert caught.value.fix


def test_the_commands(tmp_path: Path) -> None:
    home = workspace(tmp_path, 9)
    added = wildtrade(home, "schedule", "add", "night", "bazaar", "--cron", "10 2 * * *", "--timezone", "Asia/Bangkok")
    assert added.code == 0, added.err
    assert "= " in added.out
    assert wildtrade(home, "schedule", "add", "night", "bazaar", "--cron", "0 1 * * *").code == 2
    assert wildtrade(home, "schedule", "add", "other", "nowhere", "--cron", "0 1 * * *").code == 2
    assert wildtrade(home, "schedule", "pause", "night").code == 0
    (row,) = wildtrade(home, "schedule", "list", "--json").data["schedules"]
    assert row["paused"]
    assert row["next"] is None
    assert wildtrade(home, "schedule", "resume", "night").code == 0
    assert wildtrade(home, "schedule", "remove", "night").code == 0
    assert wildtrade(home, "schedule", "list").code == 4
    assert wildtrade(home, "schedule", "pause", "night").code == 2


def small_site() -> Site:
    return Site(pages={"/search?q=table&page=1": search_page([1]), "/item/1": listing_page(1)})


def set_back(home: Path, minutes: float) -> None:
    """Pretend that the schedules were made a while ago."""
    then = datetime.now(UTC) - timedelta(minutes=minutes)
    connection = sqlite3.connect(home / "data" / "wildtrade.db")
    connection.execute("update schedule set created_at = ?", [f"{then:%Y-%m-%d %H:%M:%S.%f}"])
    connection.commit()
    connection.close()


def test_missed_times_run_once_and_two_schedulers_take_one_slot(tmp_path: Path) -> None:
    with serving(small_site()) as site:
        home = workspace(tmp_path, site.port)
        assert wildtrade(home, "schedule", "add", "often", "bazaar", "--cron", "* * * * *").code == 0
        set_back(home, 3)
        command = [sys.executable, "-m", "wildtrade", "--home", str(home), "scheduler", "--once", "--quiet"]
        both = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]
        for one in both:
            _, errors = one.communicate(timeout=120)
            assert one.returncode == 0, errors
        slots = wildtrade(home, "schedule", "history", "--json").data["slots"]
    taken = [slot for slot in slots if slot["coalesced"]]
    assert len(taken) == 1
    assert taken[0]["coalesced"] in (2, 3)
    assert taken[0]["state"] == "done", taken
    assert len({slot["due_at"] for slot in slots}) == len(slots)
    assert wildtrade(home, "status", "--json").data["captures"] >= 1


def test_run_now_and_a_failing_crawl_say_why(tmp_path: Path) -> None:
    home = workspace(tmp_path, 9)  # nobody listens there
    assert wildtrade(home, "schedule", "add", "rare", "bazaar", "--cron", "0 0 1 1 *").code == 0
    assert wildtrade(home, "schedule", "run-now", "rare").code == 0
    assert wildtrade(home, "scheduler", "--once", "--quiet").code == 0
    (slot,) = wildtrade(home, "schedule", "history", "rare", "--json").data["slots"]
    assert slot["asked_for"]
    assert slot["state"] == "failed"
    assert slot["reason"]

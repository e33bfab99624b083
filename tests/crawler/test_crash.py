"""Crawls that are killed or run out of disk or database: nothing lost, nothing doubled, the evidence holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks.crash import kill_and_count
from benchmarks.outages import fill_and_count, restart_and_count

pytestmark = pytest.mark.slow


def holds(figures: dict[str, Any], listings: int) -> bool:
    whole = figures["lost"] == figures["doubled"] == figures["unverifiable"] == figures.get("unclear", 0) == 0
    return whole and figures["runs"] == 1 and figures["captures_verified"] >= listings


def test_a_killed_crawl_goes_on_where_it_stopped(tmp_path: Path) -> None:
    figures = kill_and_count(tmp_path, kills=3, listings=500)
    assert figures["times"] >= 1  # the last ones may come after its end
    assert holds(figures, 500), figures


def test_a_full_disk_ends_the_crawl_with_a_message_and_costs_nothing(tmp_path: Path) -> None:
    figures = fill_and_count(tmp_path, times=1, listings=400)
    assert figures["times"] >= 1
    assert holds(figures, 400), figures


@pytest.mark.postgres
def test_a_server_that_goes_away_ends_the_crawl_with_a_message_and_costs_nothing(tmp_path: Path) -> None:
    figures = restart_and_count(tmp_path, times=1, listings=200)
    assert figures["times"] == 1
    assert holds(figures, 200), figures

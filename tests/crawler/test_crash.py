"""``kill -9`` in the middle of a crawl, a few times: nothing lost, nothing doubled, the evidence holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.crash import kill_and_count


@pytest.mark.slow
def test_a_killed_crawl_goes_on_where_it_stopped(tmp_path: Path) -> None:
    figures = kill_and_count(tmp_path, kills=3, listings=500)
    assert figures["kills"] >= 1  # the last ones may come after its end
    assert figures["lost"] == figures["doubled"] == figures["unverifiable"] == 0, figures
    assert figures["runs"] == 1
    assert figures["captures_verified"] >= 500

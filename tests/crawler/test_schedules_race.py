"""Two real schedulers on one database, a clock that jumps, a leader that is killed (``benchmarks.schedules``)."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.schedules import WAYS, Way, race_all


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_no_due_time_is_lost_or_taken_twice(way: Way, tmp_path: Path) -> None:
    (figures,) = race_all(tmp_path, "", 30, [way]).values()
    assert figures["slots"] >= 30
    assert (figures["double"], figures["lost"]) == (0, 0), figures
    assert figures["not_started"] <= figures["kills"], figures
    assert figures["folded"] > 2000 or not way.jumps, figures  # the day that passed at once

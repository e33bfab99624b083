"""The demo keeps its world from one run to the next, and the whole main job reaches its marks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from academy.demo import remove, world_options
from academy.key import read_key
from academy.process import WorldOptions
from academy.scoring import latest_labels, score
from academy.server import listen
from academy.world import World
from wildtrade.errors import UsageError
from wildtrade.records import Label

NOW = date(2026, 11, 24)


def keep(folder: Path, **values: Any) -> None:
    folder.mkdir()
    (folder / "world.json").write_text(json.dumps({"seed": 7, "size": 90, "day": 0, "now": "2026-11-20"} | values))


def test_a_new_demo_opens_today(tmp_path: Path) -> None:
    options = world_options(tmp_path / "demo-data", None, None, None)
    assert (options.seed, options.size, options.day) == (7, 600, 0)


def test_a_second_run_meets_the_same_world(tmp_path: Path) -> None:
    keep(tmp_path / "d")
    expected = WorldOptions(seed=7, size=90, day=0, now=date(2026, 11, 20))
    assert world_options(tmp_path / "d", None, None, None) == expected
    assert world_options(tmp_path / "d", None, None, 3).day == 3


def test_another_world_needs_fresh(tmp_path: Path) -> None:
    keep(tmp_path / "d")
    with pytest.raises(UsageError, match="seed 7, not 8") as caught:
        world_options(tmp_path / "d", 8, None, None)
    assert "--fresh" in (caught.value.fix or "")


def test_fresh_removes_only_what_a_demo_made(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    with pytest.raises(UsageError):
        remove(precious)
    keep(tmp_path / "d")
    remove(tmp_path / "d")
    assert precious.is_dir()
    assert not (tmp_path / "d").exists()


def test_score_counts_what_is_live() -> None:
    world = World(7, 200, 1, NOW)
    live = [where for where, answer in world.key.items() if answer.gone_on is None]
    wildlife = [where for where in live if world.key[where].wildlife]
    clear = [where for where in live if not world.key[where].wildlife]
    labels: dict[tuple[str, str], Label | None] = dict.fromkeys(live[:-1], Label.CLEAR)
    labels |= {wildlife[0]: Label.FLAG, wildlife[1]: Label.UNSURE, clear[0]: Label.FLAG}
    result = score(labels, world.key)
    assert result.capture_ratio == (len(live) - 1) / len(live)
    assert result.recall == 2 / len(wildlife)
    assert result.precision == 2 / 3
    assert [world.key[clear[0]]] == list(result.false)
    assert len(result.missed) == len(wildlife) - 2


def free_base_port() -> int:
    """Three free ports in a row. Picture addresses hold the port, so all runs of one test use the same."""
    for base in range(21_000 + os.getpid() % 5_000, 60_000, 7):
        try:
            held = listen(base)
        except UsageError:
            continue
        for one in held:
            one.close()
        return base
    raise AssertionError("no three free ports in a row")


def run_demo(folder: Path, port: int, *words: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "wildtrade", "demo", "--no-serve", "--json", "--port", str(port), *words]
    environment = {name: value for name, value in os.environ.items() if name != "WILDTRADE_DATABASE_URL"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.slow
@pytest.mark.browser
def test_the_whole_main_job(chromium: str, tmp_path: Path) -> None:
    from storage.database import open_database
    from wildtrade.settings import open_workspace

    port = free_base_port()
    first = run_demo(tmp_path, port)
    assert not first["skipped"]
    assert first["listings"]["new"] >= 0.95 * 600
    workspace = open_workspace(tmp_path / "demo-data")
    key = read_key(workspace.root / "instructor" / "answer_key.jsonl")
    database = open_database(workspace.database_url)
    with database.session(read_only=True) as session:
        result = score(latest_labels(session), key)
    database.close()
    assert result.capture_ratio >= 0.95
    assert result.recall >= 0.9, result.missed
    assert result.precision >= 0.6, result.false

    second = run_demo(tmp_path, port)
    assert second["listings"]["new"] == second["listings"]["changed"] == second["listings"]["gone"] == 0
    assert second["listings"]["same"] == first["listings"]["new"]

    later = run_demo(tmp_path, port, "--day", "1")
    assert later["listings"]["new"] >= 10
    assert later["listings"]["changed"] >= 10
    assert later["listings"]["gone"] >= 5

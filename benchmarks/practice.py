"""How well a crawl of the practice world does against its answer key. Prints one JSON object on its last line.

Bars (issue 2): at least 95 % of the live listings captured; at least 90 % of the true wildlife flagged or unsure at
a precision of at least 0.6. Exit code 1 where one is missed.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from academy.demo import crawl_world, prepare
from academy.key import read_key
from academy.process import WorldOptions, running
from academy.scoring import Score, latest_labels, score
from storage.database import open_database
from wildtrade.settings import Workspace

BARS = {"capture_ratio": 0.95, "recall": 0.9, "precision": 0.6}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--size", type=int, default=600)
    words = parser.parse_args()
    options = WorldOptions(seed=words.seed, size=words.size, day=0, now=datetime.now(UTC).date())
    with tempfile.TemporaryDirectory(prefix="wildtrade-practice-") as folder:
        workspace = prepare(Path(folder) / "workspace", options)
        started = time.perf_counter()
        with running(options, base_port=0) as addresses:
            report = crawl_world(workspace, addresses, lambda text: print(text, flush=True))
        seconds = time.perf_counter() - started
        result = measure(workspace)
    explain(result)
    figures = {"benchmark": "practice", "seed": words.seed, **result.to_dict(), "seconds": round(seconds, 1)}
    missed = [name for name, bar in BARS.items() if getattr(result, name) < bar]
    print(json.dumps({**figures, "bars": BARS, "missed_bars": missed, "skipped": report.skipped}))
    return 1 if missed else 0


def measure(workspace: Workspace) -> Score:
    """Score what the workspace's database holds."""
    database = open_database(workspace.database_url)
    with database.session(read_only=True) as session:
        labels = latest_labels(session)
    database.close()
    return score(labels, read_key(workspace.root / "instructor" / "answer_key.jsonl"))


def explain(result: Score) -> None:
    """Name what was missed and what was wrongly raised."""
    for answer in result.missed:
        print(f"missed  {answer.source} {answer.key} {answer.language} {answer.taxon} {' '.join(answer.tags)}")
    for answer in result.false:
        print(f"false   {answer.source} {answer.key} {answer.language} {' '.join(answer.tags) or 'ordinary'}")


if __name__ == "__main__":
    sys.exit(main())

"""Crawls that are killed, or run out of disk or database: is anything lost, doubled or unverifiable?

    python -m benchmarks.crash [--kills 30] [--listings 2000] [--seed 1]
    python -m benchmarks.crash --disk-full 5
    python -m benchmarks.crash --postgres-restarts 5

Each ``kill -9`` hits the crawl (and its child) somewhere between its start and its end; the next process resumes. A
crawl whose disk is full or whose server is gone must end with a message and exit code 1, and go on when called again.
After the last one the crawl runs to its end, and database and evidence are held against what the site served.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from contextlib import closing
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from benchmarks import crawling
from benchmarks.crawl import prepare
from benchmarks.report import finish
from benchmarks.site import Site, serving
from storage.database import open_database
from storage.models import AssessmentRow, CaptureRow, FlagRow, ListingRow, Revision, Run, Unit, UnitState
from storage.verify import verify_captures
from wildtrade.settings import open_workspace

KILOBYTES = 4  # a page; fifty thousand of them lie in memory
_PAGES_PER_SECOND = 150  # a low guess; only sets how far apart the kills lie
_EARLY = 0.3  # share of kills that come before the first request, while the process before is being settled


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--disk-full", type=int, default=0, metavar="TIMES")
    parser.add_argument("--postgres-restarts", type=int, default=0, metavar="TIMES")
    parser.add_argument("--listings", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="wildtrade-crash-") as folder:
        figures = _measure(Path(folder), arguments)
    figures["seconds"] = round(time.monotonic() - started, 1)
    wanted = arguments.disk_full or arguments.postgres_restarts or arguments.kills
    bars = {
        f"{wanted} times": figures["times"] >= wanted,
        "0 lost": figures["lost"] == 0,
        "0 doubled": figures["doubled"] == 0,
        "0 unverifiable captures": figures["unverifiable"] == 0,
        "each ended with a message": figures.get("unclear", 0) == 0,
    }
    finish("crash", figures, bars)


def _measure(home: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    from benchmarks.outages import fill_and_count, restart_and_count

    if arguments.disk_full:
        return fill_and_count(home, arguments.disk_full, arguments.listings)
    if arguments.postgres_restarts:
        return restart_and_count(home, arguments.postgres_restarts, arguments.listings)
    return kill_and_count(home, arguments.kills, arguments.listings, arguments.seed)


def kill_and_count(home: Path, kills: int, listings: int, seed: int = 1) -> dict[str, Any]:
    """Crawl ``listings`` pages, killed ``kills`` times on the way; what was lost, doubled or cannot be verified."""
    rng = random.Random(seed)
    site = Site(listings, kilobytes=KILOBYTES)
    with serving(site) as port:
        prepare(home, port, listings)
        done = 0
        began = time.monotonic()
        span = listings / _PAGES_PER_SECOND / max(kills, 1)
        while done < kills:
            process = crawling.start(home)
            early = rng.random() < _EARLY
            if early:
                time.sleep(rng.uniform(0, 2.0))
            if not _kill_after(process, site, rng.uniform(0, 2 * span), early):
                break  # it got to its end before the kill: nothing is left to kill
            done += 1
        pace = (time.monotonic() - began) / max(done, 1)
        last = crawling.start(home)
        last.join()
    return {"times": done, "listings": listings, "seconds_a_kill": round(pace, 2), **count(home, listings)}


def _kill_after(process: ForkServerProcess, site: Site, delay: float, early: bool) -> bool:
    """Kill ``delay`` seconds after its first request (early: at once); False where it had ended by itself."""
    before = site.asked
    while not early and site.asked == before and process.is_alive():
        time.sleep(0.002)
    time.sleep(0 if early else delay)
    if not process.is_alive():
        return False
    crawling.kill(process)
    return True


def count(home: Path, listings: int) -> dict[str, Any]:
    """What the database and the evidence hold, against ``listings`` that were served."""
    workspace = open_workspace(home)
    with closing(open_database(workspace.database_url)) as database:
        with database.session(read_only=True) as session:

            def number(model: Any, *where: Any) -> int:
                return session.scalar(select(func.count()).select_from(model).where(*where)) or 0

            runs = number(Run)
            found = number(ListingRow)
            captures = number(CaptureRow)
            unfinished = number(Unit, Unit.state != UnitState.DONE)
            revisions, opinions = number(Revision), number(AssessmentRow)
            flags = number(FlagRow)
            flagged = session.scalar(select(func.count(func.distinct(FlagRow.listing_id)))) or 0
        report = verify_captures(database, workspace.evidence)
    doubled = max(captures - found, 0) + max(revisions - found, 0) + max(opinions - found, 0) + flags - flagged
    return {
        "runs": runs,
        "lost": max(listings - found, 0) + max(found - captures, 0) + max(found - opinions, 0) + unfinished,
        "doubled": max(found - listings, 0) + doubled,
        "unverifiable": len(report.report.problems),
        "captures_verified": report.checked,
    }


if __name__ == "__main__":
    main()

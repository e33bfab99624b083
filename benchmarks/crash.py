"""``kill -9`` at random moments of a crawl: is anything lost, doubled or unverifiable?

    python -m benchmarks.crash [--kills 30] [--listings 2000] [--seed 1]

Each kill hits the crawl (and its child) somewhere between its first request and the end; the next process resumes.
After the last kill the crawl runs to its end, and database and evidence are held against what the site served.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from benchmarks.crawl import prepare
from benchmarks.report import finish
from benchmarks.site import Site, serving
from storage.database import open_database
from storage.models import AssessmentRow, CaptureRow, FlagRow, ListingRow, Revision, Run, Unit, UnitState
from storage.verify import verify_captures
from wildtrade.settings import open_workspace

_PAGES_PER_SECOND = 150  # a low guess; only sets how far apart the kills lie


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--listings", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="wildtrade-crash-") as folder:
        home = Path(folder)
        figures = kill_and_count(home, arguments.kills, arguments.listings, arguments.seed)
    figures["seconds"] = round(time.monotonic() - started, 1)
    bars = {
        f"{arguments.kills} kills": figures["kills"] == arguments.kills,
        "0 lost": figures["lost"] == 0,
        "0 doubled": figures["doubled"] == 0,
        "0 unverifiable captures": figures["unverifiable"] == 0,
    }
    finish("crash", figures, bars)


def kill_and_count(home: Path, kills: int, listings: int, seed: int = 1) -> dict[str, Any]:
    """Crawl ``listings`` pages, killed ``kills`` times on the way; what was lost, doubled or cannot be verified."""
    rng = random.Random(seed)
    site = Site(listings, kilobytes=20)
    with serving(site) as port:
        prepare(home, port, listings)
        done = 0
        span = listings / _PAGES_PER_SECOND / max(kills, 1)
        while done < kills:
            process = _start(home)
            if _kill_after(process, site, rng.uniform(0, 2 * span)):
                done += 1
            else:
                break  # it got to its end before the kill: nothing is left to kill
        last = _start(home)
        last.wait(timeout=600)
    return {"kills": done, "listings": listings, **count(home, listings)}


def _start(home: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "wildtrade", "--home", str(home), "crawl", "bench", "--json", "--quiet"]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)


def _kill_after(process: subprocess.Popen[bytes], site: Site, delay: float) -> bool:
    """Kill the process group ``delay`` seconds after its first request; False where it had ended by itself."""
    before = site.asked
    while site.asked == before and process.poll() is None:
        time.sleep(0.002)
    time.sleep(delay)
    if process.poll() is not None:
        return False
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
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

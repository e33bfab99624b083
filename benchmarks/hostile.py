"""Every hostile class through the real crawler: the required outcome, the memory, and the pages that come after.

    python -m benchmarks.hostile [CLASS ...]

One run of ``wildtrade crawl`` over a loopback site whose every second page is an attack (tests/support/hostile.py).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import select

from benchmarks.report import finish
from storage.database import open_database
from storage.models import CaptureRow, ListingRow, PageCapture, Revision, Unit, UnitState
from storage.verify import verify_captures
from tests.support.hostile import HIDDEN, Case, HostileSite, Outcome, cases, serving
from tests.support.rawsite import Site, response, source_yaml
from tests.support.rawsite import serving as serving_raw
from wildtrade.settings import open_workspace

_MEMORY_MB, _SECONDS, _LIMIT = 150, 240, 10.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("classes", nargs="*", help="names of classes; none: all")
    parser.add_argument("--memory", action="store_true", help="run each class alone and print its memory")
    arguments = parser.parse_args()
    served = [case for case in cases() if not arguments.classes or case.name in arguments.classes]
    if arguments.memory:
        for case in served:
            print(f"{attack([case])['peak_mb_above_idle']:>6} MB  {case.name}", flush=True)
        return
    figures = attack(served)
    bars = {
        "every class with its required outcome": not figures["wrong"],
        "every ordinary page captured": figures["ordinary_captured"] == figures["ordinary"],
        "nothing reached the canary": not figures["canary_hits"],
        "every capture verifies": not figures["unverifiable"],
        f"peak memory <= {_MEMORY_MB} MB above idle": figures["peak_mb_above_idle"] <= _MEMORY_MB,
        f"within {_SECONDS} s": figures["seconds"] <= _SECONDS,
    }
    finish("hostile", figures, bars)


def attack(served: list[Case]) -> dict[str, Any]:
    """Crawl a site that attacks with these classes; what came of it."""
    site = HostileSite(served)
    canary = Site(answer=lambda target: response("secret"))
    with tempfile.TemporaryDirectory(prefix="wildtrade-hostile-") as folder, serving_raw(canary), serving(site):
        site.canary = canary.port
        home = Path(folder)
        _prepare(home, site.port)
        began = time.perf_counter()
        command = [sys.executable, "-m", "wildtrade", "--home", folder, "crawl", "bazaar", "--json", "--quiet"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        memory = Memory(process.pid)
        site.began = memory.mark
        output, errors = process.communicate()
        seconds = time.perf_counter() - began
        peak = memory.stop()
        if not output:
            sys.exit(f"the crawl gave no summary: {errors[-2000:]}")
        found = judge(home, site)
    stopped = json.loads(output.splitlines()[-1])["stopped_because"]
    return {
        "classes": len(served),
        **found,
        "canary_hits": len(canary.asked),
        "peak_mb_above_idle": peak,
        "seconds": round(seconds, 1),
        "stopped_because": stopped[:200],
    }


def _prepare(home: Path, port: int) -> None:
    subprocess.run([sys.executable, "-m", "wildtrade", "init", str(home)], check=True, capture_output=True)
    (home / "sources" / "bazaar.yaml").write_text(source_yaml(port, more="recheck: false\n"), encoding="utf-8")
    (home / "wildtrade.toml").write_text(f"[crawl]\ntimeout_seconds = {_LIMIT}\n", encoding="utf-8")


def judge(home: Path, site: HostileSite) -> dict[str, Any]:
    """Hold the database and the evidence against the required outcomes."""
    workspace = open_workspace(home)
    wrong: dict[str, str] = {}
    captured = 0
    with closing(open_database(workspace.database_url)) as database:
        with database.session(read_only=True) as session:
            units = {unit.url.rpartition(str(site.port))[2]: unit for unit in session.scalars(select(Unit))}
            pages = {page.unit_id: page for page in session.scalars(select(PageCapture))}
            texts = _texts(session)
            for number in range(1, 2 * len(site.served) + 3):
                unit = units.get(f"/item/{number}")
                page = pages.get(unit.id) if unit else None
                text = texts.get(page.id, "") if page else ""
                case = site.case(f"/item/{number}")
                if case is None:
                    captured += unit is not None and unit.state is UnitState.DONE and "Table" in text
                elif miss := _miss(case, unit, page, text):
                    wrong[case.name] = miss
        report = verify_captures(database, workspace.evidence)
    return {
        "wrong": wrong,
        "ordinary": len(site.served) + 2,
        "ordinary_captured": captured,
        "unverifiable": len(report.missing) + len(report.changed),
    }


def _texts(session: Any) -> dict[int, str]:
    rows = session.execute(
        select(CaptureRow.page_id, Revision.title, Revision.description, ListingRow.url)
        .join(Revision, Revision.id == CaptureRow.revision_id)
        .join(ListingRow, ListingRow.id == CaptureRow.listing_id)
    )
    return {page: f"{title} {description}" for page, title, description, _ in rows}


def _miss(case: Case, unit: Unit | None, page: PageCapture | None, text: str) -> str:
    """What is not as required, "" for nothing."""
    if unit is None or unit.state not in (UnitState.DONE, UnitState.FAILED):
        return f"not finished: {unit.state if unit else 'never listed'}"
    error = unit.error or ""
    complete = page.complete if page else None
    kept = f"captured {page is not None}, complete {complete}, error {error[:200]!r}, text {text[:80]!r}"
    match case.outcome:
        case Outcome.REFUSED:
            good = unit.state is UnitState.FAILED and not text and bool(error) and case.says in error
        case Outcome.INCOMPLETE:
            good = page is not None and not page.complete
        case Outcome.BOUNDED:
            good = (not text and bool(error)) or (page is not None and not page.complete)
        case Outcome.READ:
            good = page is not None and page.complete and HIDDEN in text and "root:" not in text
        case Outcome.NO_LISTING:
            good = page is not None and not text
    return "" if good else kept


class Memory:
    """Samples the resident memory of a process and its children; in MB above what it was at ``mark``."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self._idle = self._peak = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def mark(self) -> None:
        """This is the memory of an idle crawl; later calls change nothing."""
        self._idle = self._idle or self._now()

    def _now(self) -> int:
        total = 0
        try:
            for one in [self._process, *self._process.children(recursive=True)]:
                total += one.memory_info().rss
        except psutil.Error:
            return 0
        return total

    def _watch(self) -> None:
        while not self._done.wait(0.05):
            if self._idle:
                self._peak = max(self._peak, self._now())

    def stop(self) -> int:
        """End sampling; the peak above idle in MB."""
        self._done.set()
        self._thread.join()
        return (self._peak - self._idle) // 2**20


if __name__ == "__main__":
    main()

"""Every hostile class through the real crawler: the required outcome, the memory, and the pages that come after.

    python -m benchmarks.hostile [CLASS ...]

One run of ``wildtrade crawl`` over a loopback site whose every second page is an attack (tests/support/hostile.py).
"""

from __future__ import annotations

import argparse
import gzip
import json
import resource
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
from tests.support.hostile import HIDDEN, Case, HostileSite, Outcome, all_cases, serving
from tests.support.rawsite import Site, response, source_yaml
from tests.support.rawsite import serving as serving_raw
from wildtrade.settings import open_workspace

_MEMORY_MB, _SECONDS, _LIMIT = 150, 240, 20.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("classes", nargs="*", help="names of classes; none: all")
    parser.add_argument("--memory", action="store_true", help="run each class alone and print its memory")
    arguments = parser.parse_args()
    served = [case for case in all_cases() if not arguments.classes or case.name in arguments.classes]
    if arguments.memory:
        for case in served:
            print(f"{attack([case])['peak_mb_above_idle']:>6} MB  {case.name}", flush=True)
        return
    figures = attack_all(served)
    bars = {
        "every class with its required outcome": not figures["wrong"],
        "every ordinary page captured": figures["ordinary_captured"] == figures["ordinary"],
        "nothing reached the canary": not figures["canary_hits"],
        "every capture verifies": not figures["unverifiable"],
        f"peak memory <= {_MEMORY_MB} MB above idle": figures["peak_mb_above_idle"] <= _MEMORY_MB,
        f"within {_SECONDS} s": figures["seconds"] <= _SECONDS,
    }
    finish("hostile", figures, bars)


def attack_all(served: list[Case]) -> dict[str, Any]:
    """One crawl over all classes, and one for every two of those that look like a wall."""
    odd = [case for case in served if case.like_wall]
    groups = [[case for case in served if not case.like_wall], *(odd[at : at + 2] for at in range(0, len(odd), 2))]
    found = [attack(group) for group in groups if group]
    sums = ("classes", "ordinary", "ordinary_captured", "cut_off", "unverifiable", "canary_hits", "seconds")
    return {
        **{name: round(sum(one[name] for one in found), 1) for name in (*sums, "cpu_seconds")},
        "wrong": {name: miss for one in found for name, miss in one["wrong"].items()},
        "peak_mb_above_idle": max(one["peak_mb_above_idle"] for one in found),
        "stopped_because": found[0]["stopped_because"],
    }


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
        used = _cpu_of_children()
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
        "cpu_seconds": round(_cpu_of_children() - used, 1),
        "stopped_because": stopped[:200],
    }


def _cpu_of_children() -> float:
    """What the crawl and its children used; call it once they have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _prepare(home: Path, port: int) -> None:
    subprocess.run([sys.executable, "-m", "wildtrade", "init", str(home)], check=True, capture_output=True)
    (home / "sources" / "bazaar.yaml").write_text(source_yaml(port, more="recheck: false\n"), encoding="utf-8")
    (home / "wildtrade.toml").write_text(f"[crawl]\ntimeout_seconds = {_LIMIT}\n", encoding="utf-8")


def judge(home: Path, site: HostileSite) -> dict[str, Any]:
    """Hold the database and the evidence against the required outcomes."""
    workspace = open_workspace(home)
    wrong: dict[str, str] = {}
    captured = cut_off = 0
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
                    captured += unit is not None and unit.state is UnitState.DONE and f"Table number {number} " in text
                    continue
                miss = _miss(case, unit, page, text)
                said = page is not None and _says_truncated(workspace.evidence / page.file, page.offset)
                cut_off += said
                if page is not None and said == page.complete:
                    miss += f"; WARC-Truncated {said}, complete {page.complete}"
                if miss:
                    wrong[case.name] = miss
        report = verify_captures(database, workspace.evidence)
    return {
        "wrong": wrong,
        "ordinary": len(site.served) + 2,
        "ordinary_captured": captured,
        "cut_off": cut_off,
        "unverifiable": len(report.missing) + len(report.changed),
    }


def _says_truncated(file: Path, offset: int) -> bool:
    """Whether the record's own head says that its body is not whole."""
    with file.open("rb") as packed:
        packed.seek(offset)
        with gzip.open(packed) as record:
            return b"\r\nWARC-Truncated: " in record.read(4096).partition(b"\r\n\r\n")[0]


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
            good = good and (page is None or not page.complete or page.status >= 300)
        case Outcome.INCOMPLETE:
            good = page is not None and not page.complete
        case Outcome.BOUNDED:
            good = (not text and bool(error)) or (page is not None and not page.complete)
        case Outcome.READ:
            good = page is not None and page.complete and HIDDEN in text and "root:" not in text
        case Outcome.NO_LISTING:
            good = page is not None and not text
        case Outcome.KEPT:
            good = page is not None and page.complete and "root:" not in text
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

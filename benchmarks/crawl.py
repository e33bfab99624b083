"""Pages per second of the whole path (fetch, parse, capture, assess, store) as a ratio to bare Scrapy.

    python -m benchmarks.crawl [--listings 3000] [--rounds 3]

Both crawl the same pages from the same server in the same run, in turn, at concurrency 16 without delay.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from statistics import median
from typing import Any

import psutil

from benchmarks.report import finish
from benchmarks.site import Site, serving, source_yaml

_RATIO, _MEMORY_MB = 0.6, 400


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--listings", type=int, default=3000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    site = Site(arguments.listings)
    bare, ours, whole, memory = [], [], [], []
    with serving(site) as port:
        for number in range(1, arguments.rounds + 1):
            bare.append(_bare(port))
            result = _ours(port, arguments.listings)
            ours.append(result["pages_per_second"])
            whole.append(result["with_start_up"])
            memory.append(result["peak_mb"])
            print(f"round {number}: bare {bare[-1]:.0f} pages/s, whole path {ours[-1]:.0f} ({ours[-1] / bare[-1]:.2f})")
    ratio = median(mine / other for mine, other in zip(ours, bare, strict=True))
    figures = {
        "listings": arguments.listings,
        "bare_pages_per_second": round(median(bare), 1),
        "pages_per_second": round(median(ours), 1),
        "ratio": round(ratio, 3),
        "pages_per_second_with_start_up": round(median(whole), 1),
        "peak_memory_mb": round(max(memory)),
    }
    bars = {f"ratio >= {_RATIO}": ratio >= _RATIO, f"peak memory <= {_MEMORY_MB} MB": max(memory) <= _MEMORY_MB}
    finish("crawl", figures, bars)


def _bare(port: int) -> float:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.bare", str(port)], capture_output=True, text=True, check=True
    )
    result = json.loads(done.stdout.splitlines()[-1])
    return float(result["pages"] / result["seconds"])


def _ours(port: int, listings: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="wildtrade-bench-") as folder:
        prepare(Path(folder), port, listings)
        began = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "wildtrade", "--home", folder, "crawl", "bench", "--json", "--quiet"],
            stdout=subprocess.PIPE,
            text=True,
        )
        peak = PeakMemory(process.pid)
        output, _ = process.communicate()
        seconds = time.perf_counter() - began
    data: dict[str, Any] = json.loads(output.splitlines()[-1])
    if data["listings"]["new"] != listings:
        sys.exit(f"only {data['listings']['new']} of {listings} listings were stored: {data['stopped_because']}")
    pages = data["pages"]["total"]
    return {
        "pages_per_second": pages / data["work_seconds"],
        "with_start_up": pages / seconds,
        "peak_mb": peak.stop(),
    }


def prepare(folder: Path, port: int, listings: int) -> None:
    """A workspace whose only own source is the benchmark site."""
    subprocess.run([sys.executable, "-m", "wildtrade", "init", str(folder)], check=True, capture_output=True)
    (folder / "sources" / "bench.yaml").write_text(source_yaml(port, listings), encoding="utf-8")


class PeakMemory:
    """Samples the memory of a process and its children until ``stop``; in MB.

    Shared pages are counted once (PSS), since the child shares its libraries with the parent.
    """

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self._peak = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._thread.start()

    def _sample(self) -> None:
        while not self._done.wait(0.25):
            total = 0
            try:
                for one in [self._process, *self._process.children(recursive=True)]:
                    total += one.memory_full_info().pss
            except psutil.Error:
                continue
            self._peak = max(self._peak, total)

    def stop(self) -> float:
        """End sampling and return the peak."""
        self._done.set()
        self._thread.join()
        return self._peak / 2**20


if __name__ == "__main__":
    main()

"""All benchmarks, one after the other: ``python -m benchmarks [NAME ...]``. Exits 1 where one misses a bar."""

from __future__ import annotations

import subprocess
import sys
import time

ALL = (
    "detection",
    "learning_curve",
    "assess",
    "extraction",
    "crawl",
    "crash",
    "tamper",
    "practice",
    "names",
    "hostile",
    "browser_attacks",
    "review",
    "schedules",
)


def main() -> int:
    failed = []
    for name in sys.argv[1:] or ALL:
        print(f"--- {name}", flush=True)
        started = time.monotonic()
        if subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False).returncode:
            failed.append(name)
        print(f"--- {name}: {time.monotonic() - started:.0f} s", flush=True)
    print(f"missed a bar: {', '.join(failed)}" if failed else "every bar met")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

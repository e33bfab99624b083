"""``python -m support.slow_reading HOME SOURCE``: a crawl whose parse box is given pages that it never gets done with.

An address that holds "slow" is never read in time, one that holds "once" not at its first turn.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from crawler import reader, work
from spiders.box import ParseBox
from wildtrade.cli import run
from wildtrade.records import PageReading
from wildtrade.sources import Source


def read(job: tuple[Source, ...] | work.Read) -> PageReading | None:
    """What the child does in place of ``crawler.work.read``."""
    if isinstance(job, work.Read):
        turned = Path(os.environ["SLOW_READING"])
        if "slow" in job.page.url or ("once" in job.page.url and not turned.exists()):
            turned.touch()
            time.sleep(60)
    return work.read(job)


def _box(function: str, **more: object) -> ParseBox:
    if function == "crawler.work:read":
        return ParseBox("support.slow_reading:read", **more, hard_seconds=0.5)  # type: ignore[arg-type]
    return ParseBox(function, **more)  # type: ignore[arg-type]


if __name__ == "__main__":
    reader.ParseBox = _box  # type: ignore[attr-defined,assignment]
    sys.exit(run(["--home", sys.argv[1], "crawl", sys.argv[2], "--json", "--quiet"]))

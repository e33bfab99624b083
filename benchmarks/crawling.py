"""Crawls of the benchmark site as processes of their own, started from one that has the program loaded already.

A thousand kills need a thousand starts. A process forked from a loaded one is as real as a fresh one (own process
group, own database and files, own parse box); it only spares the imports.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import resource
import signal
import sys
from multiprocessing.context import ForkServerProcess
from pathlib import Path

_PRELOAD = (
    "benchmarks.crawling",
    "crawler.commands.crawl",
    "crawler.frontier",
    "crawler.known",
    "crawler.plan",
    "crawler.reader",
    "crawler.run",
    "crawler.settings",
    "crawler.spider",
    "scrapy.crawler",
    "storage.custody.workspace",
    "storage.writer",
    "wildtrade.output",
)


def start(home: Path, *, file_limit: int = 0) -> ForkServerProcess:
    """Begin ``wildtrade crawl bench`` on a workspace; what it prints goes to ``HOME/crawl.log``. ``file_limit`` is the
    most bytes one file may have; 0: no limit."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(_PRELOAD))
    process = context.Process(target=_crawl, args=(str(home), file_limit))
    process.start()
    return process


def kill(process: ForkServerProcess) -> None:
    """``kill -9`` for the crawl and its child."""
    with contextlib.suppress(ProcessLookupError):  # before it leads a group of its own
        os.killpg(process.pid or 0, signal.SIGKILL)
    process.kill()
    process.join()


def _crawl(home: str, file_limit: int) -> None:
    from wildtrade.cli import run

    os.setsid()
    log = os.open(Path(home) / "crawl.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(log, 1)
    os.dup2(log, 2)
    if file_limit:
        resource.setrlimit(resource.RLIMIT_FSIZE, (file_limit, resource.RLIM_INFINITY))
    sys.exit(run(["--home", home, "crawl", "bench", "--json", "--quiet"]))

"""What a person sees while a crawl runs: one live line per source on a terminal, one line each 30 s elsewhere."""

from __future__ import annotations

import sys
import time

from crawler.context import RunContext

_TERMINAL_EVERY = 0.5  # seconds
_ELSEWHERE_EVERY = 30.0


def line_of(run: RunContext, seconds: float) -> str:
    """One source's state in words and numbers; no percentage, since nobody knows the total."""
    counts = run.counts
    rate = counts["pages"] / seconds if seconds else 0.0
    parts = [
        f"{run.source.id:<22} {counts['pages']:>5} pages {rate:6.1f} p/s",
        f"new {counts['new']} changed {counts['changed']} same {counts['same']} gone {counts['gone']}",
        f"flagged {counts['flagged']}  problems {counts['problems']}",
    ]
    return "  ".join(parts)


def watch(runs: list[RunContext]) -> None:
    """Print progress to stderr for as long as the reactor runs."""
    from twisted.internet import reactor
    from twisted.internet.task import LoopingCall

    started = time.monotonic()

    def lines() -> str:
        return "\n".join(line_of(run, time.monotonic() - started) for run in runs)

    if sys.stderr.isatty():
        from rich.console import Console
        from rich.live import Live

        live = Live(lines(), console=Console(stderr=True), transient=True, auto_refresh=False)
        live.start()
        reactor.addSystemEventTrigger("after", "shutdown", live.stop)
        LoopingCall(lambda: live.update(lines(), refresh=True)).start(_TERMINAL_EVERY, now=False)
    else:
        LoopingCall(lambda: print(lines(), file=sys.stderr, flush=True)).start(_ELSEWHERE_EVERY, now=False)

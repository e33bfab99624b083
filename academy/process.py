"""Runs the practice server in a child process."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import IO, Any

from academy.server import BASE_PORT, HOST
from academy.world import SITES
from wildtrade.errors import UsageError, WildtradeError


@dataclass(frozen=True, kw_only=True)
class WorldOptions:
    """Which world: the arguments of ``World``, all of them said."""

    seed: int
    size: int
    day: int
    now: date

    def arguments(self) -> list[str]:
        """For the child's command line."""
        values = {"seed": self.seed, "size": self.size, "day": self.day, "now": self.now.isoformat()}
        return [f"--{name}={value}" for name, value in values.items()]


@contextmanager
def running(options: WorldOptions, base_port: int = BASE_PORT) -> Iterator[dict[str, str]]:
    """Serve a world while the ``with`` block runs; gives each site's address, e.g. ``http://127.0.0.1:8471``.

    ``base_port`` 0 takes any free ports. Raises UsageError where a port is taken.
    """
    command = [sys.executable, "-m", "academy.server", *options.arguments(), f"--port={base_port}"]
    pipe = subprocess.PIPE
    # A session of its own: Ctrl+C is for the crawl, the server ends when we close its standard input.
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, start_new_session=True) as process:
        try:
            ports = _ports(_pipe(process.stdout).readline())
            yield {site: f"http://{HOST}:{port}" for site, port in zip(SITES, ports, strict=True)}
        finally:
            _pipe(process.stdin).close()  # the child ends with its standard input
            try:
                process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                process.kill()


def _pipe(stream: IO[str] | None) -> IO[str]:
    if stream is None:
        raise TypeError("the child was started without pipes")
    return stream


def _ports(line: str) -> list[int]:
    if not line:
        raise WildtradeError("the practice server ended before it listened", fix="its own message stands above")
    answer: dict[str, Any] = json.loads(line)
    if "error" in answer:
        error = answer["error"]
        raise UsageError(error["message"], field=error["field"], fix=error["fix"])
    return list(answer["ports"])

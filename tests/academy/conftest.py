"""One served practice world for all browser and server tests of this room."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from academy.process import WorldOptions, running
from academy.world import World

OPTIONS = WorldOptions(seed=7, size=600, day=1, now=date(2026, 11, 24))


@pytest.fixture(scope="session")
def world() -> World:
    """The world that ``sites`` serves, with its key."""
    return World(OPTIONS.seed, OPTIONS.size, OPTIONS.day, OPTIONS.now)


@pytest.fixture(scope="session")
def sites() -> Iterator[dict[str, str]]:
    """Addresses of the three sites, served by a child process on free ports."""
    with running(OPTIONS, base_port=0) as addresses:
        yield addresses

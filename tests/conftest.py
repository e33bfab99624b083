"""Fixtures every room shares. What is not on this machine is skipped with its reason, never faked."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import postgres

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """The third-party samples beside the project (never copied into it)."""
    folder = ROOT.parent / "shared"
    if not (folder / "pages").is_dir():
        pytest.skip(f"third-party samples are not on this machine: {folder}")
    return folder


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """URL of a real PostgreSQL server: WILDTRADE_TEST_DATABASE_URL, else the one a wheel carries."""
    url = os.environ.get("WILDTRADE_TEST_DATABASE_URL")
    if url:
        yield url
        return
    with postgres.postgres_server() as server:
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of a system Chromium."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    return path

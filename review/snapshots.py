"""Figures that take long to compute: a page shows the last ones, and a thread makes new ones beside it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from storage.database import Database
from storage.models import utcnow
from wildtrade.errors import StorageError

FRESH = timedelta(minutes=10)
PATIENCE = 0.5  # seconds a page waits for figures that were never computed; then it says so
_under_way: dict[tuple[str, str], threading.Event] = {}
_lock = threading.Lock()


def fresh(
    database: Database,
    name: str,
    read: Callable[[], dict[str, Any] | None],
    refresh: Callable[[], None],
    *,
    anew: bool = False,
) -> dict[str, Any] | None:
    """What ``read`` finds (it has ``computed_at``), ten minutes old at most while somebody looks; None while the first
    is computed. ``anew``: however young it is, another is computed and waited for a moment."""
    found = read()
    if found is None or anew or utcnow() - datetime.fromisoformat(found["computed_at"]) > FRESH:
        done = _start((database.name, name), refresh)
        if (found is None or anew) and done.wait(PATIENCE):
            found = read()
    return found


def _start(key: tuple[str, str], refresh: Callable[[], None]) -> threading.Event:
    """Compute in a thread, unless one does so already."""
    with _lock:
        if key in _under_way:
            return _under_way[key]
        done = _under_way[key] = threading.Event()
    threading.Thread(target=_run, args=(key, refresh, done), name=f"figures {key[1]}", daemon=True).start()
    return done


def _run(key: tuple[str, str], refresh: Callable[[], None], done: threading.Event) -> None:
    try:
        refresh()
    except StorageError:
        pass  # the next look tries again
    finally:
        with _lock:
            _under_way.pop(key, None)
        done.set()

"""What keeps the queues in order while the app serves: priorities and the members of named queues every ten minutes,
near-duplicates of new flags and what new pictures look like."""

from __future__ import annotations

import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI

from review.reviewing import threshold
from storage.clusters import find_all_duplicates
from storage.custody.audit import mirror
from storage.database import Database
from storage.flags import keep_in_order
from storage.pictures import look_at_new
from storage.queues import due, fill
from storage.search.index import catch_up
from wildtrade.errors import WildtradeError

_EVERY = 60.0  # seconds; only what is older than ten minutes is computed anew
_log = logging.getLogger(__name__)


@asynccontextmanager
async def keeping(app: FastAPI) -> AsyncIterator[None]:
    """Work in a thread of its own for as long as the app serves."""
    ended = threading.Event()
    thread = threading.Thread(target=_run, args=(app, ended), name="queue keeper", daemon=True)
    thread.start()
    yield
    ended.set()
    thread.join(timeout=2)


def _run(app: FastAPI, ended: threading.Event) -> None:
    custody = app.state.custody
    while not ended.wait(_EVERY):
        try:
            keep(app.state.database, custody.evidence if custody else None)
        except WildtradeError as error:  # a database that is busy now is tried again
            _log.warning("the queues are not in order: %s", error)
        try:
            if custody is not None:
                mirror(custody, app.state.database)  # who looked at what is under the chain within the minute
        except WildtradeError as error:
            _log.warning("the audit trail is not in the custody log yet: %s", error)


def keep(database: Database, evidence: Path | None = None) -> None:
    """Once: look at new pictures where the evidence is here, group what is alike, put in order."""
    if evidence is not None:
        look_at_new(database, evidence)
    find_all_duplicates(database)
    keep_in_order(database)
    catch_up(database)
    with database.session(read_only=True) as session:
        queues = due(session)
    for queue_id in queues:
        fill(database, queue_id, threshold())

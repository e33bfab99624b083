"""Erasing the files kept beside the WARCs (screenshots, DOMs, pictures) once no page names them any more."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from storage.audit import Actor
from storage.custody import CustodyLog, Event
from storage.custody.artifacts import ARTIFACTS
from storage.database import Database
from storage.evidence.torn import sync_folder
from storage.locks import try_lock
from storage.models import Artifact

_RULE = "no page names it any more"


def erase_files(database: Database, log: CustodyLog, who: Actor) -> int:
    """Erase what the log knows and no row names; what a running crawl has just put there stays. Returns how many.

    The log tells of it first; what a crash leaves in between, the next crawl deletes (storage/custody/recovery).
    """
    with log.held():
        state = log.state()
        with database.session(read_only=True) as session:
            used = set(session.scalars(select(Artifact.path).distinct()))
        idle = {one for one in state.artifacts.values() if not _is_written(log.evidence / one)}
        gone = [
            path
            for path, warc in state.artifacts.items()
            if path.startswith(f"{ARTIFACTS}/") and path not in used and warc in idle
        ]
        log.append_all([Event("artifact_erased", who.name, {"path": path, "rule": _RULE}) for path in gone])
        for path in gone:
            (log.evidence / path).unlink(missing_ok=True)
        if gone:
            sync_folder(log.evidence / ARTIFACTS)
    return len(gone)


def _is_written(path: Path) -> bool:
    """Whether a crawl holds this WARC open."""
    if not path.is_file():
        return False
    with path.open("r+b") as file:
        return not try_lock(file.fileno())

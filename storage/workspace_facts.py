"""What is kept of the workspace by name: choices made for everybody, and figures that took long to compute."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from storage.database import Database
from storage.models import WorkspaceFact


def fact(session: Session, name: str, default: Any = None) -> Any:
    """What is kept under a name, as JSON gives it; ``default`` where nothing is."""
    row = session.get(WorkspaceFact, name)
    return default if row is None else row.value


def set_fact(session: Session, name: str, value: Any) -> None:
    """Keep something under a name, in place of what was there."""
    session.merge(WorkspaceFact(name=name, value=value))
    session.flush()


def keep_computed(database: Database, name: str, compute: Callable[[Session], dict[str, Any]]) -> None:
    """Compute something anew and keep it. Nobody waits meanwhile: only keeping it writes."""
    with database.session(read_only=True) as session:
        value = compute(session)
    with database.session() as session:
        set_fact(session, name, value)

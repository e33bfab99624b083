"""What is true of the workspace as a whole: its mode, and whether it is for training."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from storage.models import WorkspaceFact


class Mode(StrEnum):
    """Who may do anything at all here."""

    NORMAL = "normal"
    READ_ONLY = "read-only"
    NO_ACCESS = "no access"  # but for those who may change the mode


def mode(session: Session) -> Mode:
    """The mode of the workspace."""
    return Mode(_fact(session, "mode", Mode.NORMAL))


def set_mode(session: Session, wanted: Mode) -> None:
    """Change the mode."""
    _set(session, "mode", wanted.value)


def is_training(session: Session) -> bool:
    """Whether roles of a class exist here."""
    return bool(_fact(session, "training", False))


def set_training(session: Session, training: bool) -> None:
    """Say whether this workspace is for training."""
    _set(session, "training", training)


def _fact(session: Session, name: str, default: Any) -> Any:
    row = session.get(WorkspaceFact, name)
    return default if row is None else row.value


def _set(session: Session, name: str, value: Any) -> None:
    session.merge(WorkspaceFact(name=name, value=value))
    session.flush()

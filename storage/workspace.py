"""What is true of the workspace as a whole: its mode, and whether it is for training."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy.orm import Session

from storage.workspace_facts import fact, set_fact


class Mode(StrEnum):
    """Who may do anything at all here."""

    NORMAL = "normal"
    READ_ONLY = "read-only"
    NO_ACCESS = "no access"  # but for those who may change the mode


def mode(session: Session) -> Mode:
    """The mode of the workspace."""
    return Mode(fact(session, "mode", Mode.NORMAL))


def set_mode(session: Session, wanted: Mode) -> None:
    """Change the mode."""
    set_fact(session, "mode", wanted.value)


def is_training(session: Session) -> bool:
    """Whether roles of a class exist here."""
    return bool(fact(session, "training", False))


def set_training(session: Session, training: bool) -> None:
    """Say whether this workspace is for training."""
    set_fact(session, "training", training)

"""How pages look to whoever never said how they like them: a choice of the workspace."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.orm import Session

from storage.users import Preferences
from storage.workspace_facts import fact, set_fact

_NAME = "preferences"


def usual_preferences(session: Session) -> Preferences:
    """What a person gets who said nothing."""
    return replace(Preferences(), **fact(session, _NAME, {}))


def set_usual_preferences(session: Session, *, blur: bool, greyscale: bool, break_after: int) -> None:
    """Change how pictures are shown, and after how many minutes a break is proposed."""
    value = {"blur": blur, "greyscale": greyscale, "break_after": break_after}
    set_fact(session, _NAME, value)

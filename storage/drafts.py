"""What people have typed and not yet decided: kept on the server too, so that no lost lease or session loses it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.models import DraftRow, FlagRow, utcnow

Fields = Mapping[str, str | list[str]]


def save_draft(session: Session, actor: str, flag_id: int, fields: Fields) -> datetime | None:
    """Keep what is typed so far; nothing typed removes the draft. Returns when, None where there is no such item."""
    if session.get(FlagRow, flag_id) is None:
        return None
    row, now = session.get(DraftRow, (actor, flag_id)), utcnow()
    typed = {name: value for name, value in fields.items() if value}
    if not typed:
        if row is not None:
            session.delete(row)
    elif row is None:
        session.add(DraftRow(actor=actor, flag_id=flag_id, fields=typed, saved_at=now))
    else:
        row.fields, row.saved_at = typed, now
    session.flush()
    return now


def draft_of(session: Session, actor: str, flag_id: int) -> Fields:
    """What this person typed for an item; empty where nothing."""
    row = session.get(DraftRow, (actor, flag_id))
    return row.fields if row else {}


def drafts_of(session: Session, actor: str) -> list[int]:
    """The items for which a person has a draft, the newest first."""
    return list(
        session.scalars(select(DraftRow.flag_id).where(DraftRow.actor == actor).order_by(DraftRow.saved_at.desc()))
    )

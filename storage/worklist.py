"""What one person did last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from storage.models import DecisionAction, DecisionRow, FlagRow, Revision
from wildtrade.records import DecisionLabel


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A decision of a person, with the beginning of what it was about. ``undone``: it was taken back."""

    flag_id: int | None
    label: DecisionLabel
    title: str | None
    language: str | None
    decided_at: datetime
    undone: bool


def last_decisions(session: Session, actor: str, most: int = 10) -> Sequence[Done]:
    """A person's last decisions, newest first."""
    undo = aliased(DecisionRow)
    query = (
        select(
            FlagRow.id.label("flag_id"),
            DecisionRow.label,
            func.coalesce(Revision.title, func.substr(Revision.description, 1, 200)).label("title"),
            Revision.language,
            DecisionRow.decided_at,
            undo.id.is_not(None).label("undone"),
        )
        .join(Revision, Revision.id == DecisionRow.revision_id)
        .outerjoin(FlagRow, FlagRow.listing_id == DecisionRow.listing_id)
        .outerjoin(undo, undo.undoes_id == DecisionRow.id)
        .where(DecisionRow.actor == actor, DecisionRow.action == DecisionAction.DECIDE)
        .order_by(DecisionRow.id.desc())
        .limit(most)
    )
    return [Done(**row._mapping) for row in session.execute(query)]

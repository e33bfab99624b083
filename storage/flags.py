"""Flags: which listings wait for a person. One per listing, whatever is found again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from storage.models import AssessmentRow, FlagRow, FlagState, table_of, utcnow
from storage.priority import compute
from wildtrade.records import Assessment, Label

CLEARLY_HIGHER = 0.2  # of score; then a decided listing that has changed waits again
_FLAG, _ASSESSMENT = table_of(FlagRow), table_of(AssessmentRow)


def raise_flags(connection: Connection, opinions: Sequence[tuple[int, int, Assessment, datetime]]) -> None:
    """Put listings into the queue, or bring their open flags up to date.

    ``opinions`` are (listing id, assessment id, assessment, last seen). A listing that the machine now finds clear
    keeps its open flag: only a person takes it out. A decided one opens again when the opinion is clearly another.
    """
    existing = _existing(connection, [listing_id for listing_id, *_ in opinions])
    new_rows = []
    for listing_id, assessment_id, opinion, last_seen in opinions:
        flag = existing.get(listing_id)
        if flag is None and opinion.label is Label.CLEAR:
            continue
        priority, parts = compute(opinion, last_seen, utcnow())
        values: dict[str, Any] = {"assessment_id": assessment_id, "priority": priority, "priority_parts": parts}
        values["computed_at"] = utcnow()
        if flag is None:
            new_rows.append({**values, "listing_id": listing_id, "state": FlagState.OPEN, "created_at": utcnow()})
            continue
        if flag.state is FlagState.DECIDED:
            reason = _reason_to_reopen(flag, opinion)
            if not reason:
                continue
            parts["reopened"] = reason
            values["state"] = FlagState.OPEN
        connection.execute(update(_FLAG).where(_FLAG.c.id == flag.id).values(values))
    if new_rows:
        connection.execute(insert(_FLAG), new_rows)


def _existing(connection: Connection, listing_ids: Sequence[int]) -> dict[int, Any]:
    rows = connection.execute(
        select(_FLAG.c.id, _FLAG.c.listing_id, _FLAG.c.state, _ASSESSMENT.c.score, _ASSESSMENT.c.taxa)
        .join(_ASSESSMENT, _ASSESSMENT.c.id == _FLAG.c.assessment_id)
        .where(_FLAG.c.listing_id.in_(listing_ids))
    )
    return {row.listing_id: row for row in rows}


def _reason_to_reopen(decided: Any, opinion: Assessment) -> str:
    """Why a decided listing should be looked at again; empty where it should not."""
    if opinion.label is Label.CLEAR:
        return ""
    if opinion.score >= decided.score + CLEARLY_HIGHER:
        return f"its text changed and the score rose from {decided.score:.2f} to {opinion.score:.2f}"
    news = {taxon.name for taxon in opinion.taxa} - {taxon["name"] for taxon in decided.taxa}
    return f"its text changed and now names {', '.join(sorted(news))}" if news else ""

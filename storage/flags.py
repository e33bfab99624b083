"""Flags: which listings wait for a person. One per listing, whatever is found again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, or_, select, update
from sqlalchemy.orm import Session

from storage.database import Database
from storage.facts import facts_of
from storage.models import AssessmentRow, FlagRow, FlagState, table_of, utcnow
from storage.priority import Facts, Severity, compute
from wildtrade.records import Assessment, Label

CLEARLY_HIGHER = 0.2  # of score; then a decided listing that has changed waits again
REFRESH_AFTER = timedelta(minutes=10)
_FLAG, _ASSESSMENT = table_of(FlagRow), table_of(AssessmentRow)
_NEWS = (
    "assessment_id",
    "state",
    "source",
    "language",
    "appendix",
    "label",
    "priority",
    "priority_parts",
    "computed_at",
    "score",
    "first_by",
    "second_because",
    "settled",
)
_WAITS = (FlagState.OPEN, FlagState.SAMPLED)
_GROUP = 200  # of one transaction
_MIX, _RANGE = 2654435761, 2**32  # Knuth's multiplicative hash: an order that has nothing to do with time or content


def raise_flags(
    connection: Connection, opinions: Sequence[tuple[int, int, Assessment]], policy: Severity | None = None
) -> None:
    """Put listings into the queue, or bring their open flags up to date.

    ``opinions`` are (listing id, assessment id, assessment). A listing that the machine now finds clear keeps its flag
    as it is: only a person takes it out. A decided one opens again when the new opinion is clearly another.
    """
    opinions = [one for one in opinions if one[2].label is not Label.CLEAR]
    if not opinions:
        return
    now = utcnow()
    existing = _existing(connection, [listing_id for listing_id, _, _ in opinions])
    facts = facts_of(connection, [assessment_id for _, assessment_id, _ in opinions], now)
    new, news = [], []
    for listing_id, assessment_id, opinion in opinions:
        row = _row(assessment_id, facts[listing_id], now, policy)
        flag = existing.get(listing_id)
        if flag is None:
            new.append(row | {"listing_id": listing_id, "created_at": now, "shuffle": shuffle_of(listing_id)})
        elif flag.state in _WAITS:
            news.append(row | {"this": flag.id})
        elif flag.state is FlagState.DECIDED and (reason := _reason_to_reopen(flag, opinion)):
            news.append(row | {"this": flag.id, "priority_parts": row["priority_parts"] | {"reopened": reason}})
    _write(connection, new, news)


def queue_all(connection: Connection, listing_ids: Sequence[int], policy: Severity | None = None) -> None:
    """Queue these listings whatever the machine thinks of them: somebody picked them out for people to look at. Those
    that have a flag keep it."""
    known = select(_FLAG.c.listing_id).where(_FLAG.c.listing_id.in_(listing_ids))
    latest = select(func.max(_ASSESSMENT.c.id)).where(
        _ASSESSMENT.c.listing_id.in_(listing_ids), _ASSESSMENT.c.listing_id.not_in(known)
    )
    opinions = connection.scalars(latest.group_by(_ASSESSMENT.c.listing_id)).all()
    now = utcnow()
    found = connection.execute(select(_ASSESSMENT.c.listing_id, _ASSESSMENT.c.id).where(_ASSESSMENT.c.id.in_(opinions)))
    opinion_of = {row.listing_id: row.id for row in found}
    rows = [
        _row(opinion_of[listing_id], facts, now, policy)
        | {"listing_id": listing_id, "created_at": now, "shuffle": shuffle_of(listing_id)}
        for listing_id, facts in facts_of(connection, opinions, now).items()
    ]
    _write(connection, rows, [])


def refresh(session: Session, policy: Severity | None = None, *, limit: int = 1000) -> int:
    """Compute anew the priorities of open flags that are older than ``REFRESH_AFTER``, oldest first; returns how many.
    An item that somebody holds stays where it is.

    Freshness fades and waiting counts, so an open queue has to be kept in order: call it every few minutes until it
    returns less than ``limit``.
    """
    connection, now = session.connection(), utcnow()
    held = _FLAG.c.lease_until
    due = (
        _FLAG.c.state == FlagState.OPEN,
        _FLAG.c.computed_at < now - REFRESH_AFTER,
        or_(held.is_(None), held <= now),
    )
    query = select(_FLAG.c.id, _FLAG.c.listing_id, _FLAG.c.assessment_id, _FLAG.c.priority_parts).where(*due)
    rows = connection.execute(query.order_by(_FLAG.c.computed_at).limit(limit).with_for_update(skip_locked=True)).all()
    facts = facts_of(connection, [row.assessment_id for row in rows], now)
    news = [{"this": row.id, **_row(row.assessment_id, facts[row.listing_id], now, policy)} for row in rows]
    for row, new in zip(rows, news, strict=True):
        if reopened := row.priority_parts.get("reopened"):
            new["priority_parts"]["reopened"] = reopened
    _write(connection, [], news)
    return len(rows)


def keep_in_order(database: Database, policy: Severity | None = None) -> None:
    """Bring every priority up to date, a few flags to a transaction, so that nobody waits long for the lock."""
    done = _GROUP
    while done == _GROUP:
        with database.aside() as session:
            done = refresh(session, policy, limit=_GROUP)


def shuffle_of(listing_id: int) -> int:
    """The place of a flag in the order of mode "random"."""
    return listing_id * _MIX % _RANGE


def _row(assessment_id: int, facts: Facts, now: datetime, policy: Severity | None) -> dict[str, Any]:
    priority, parts = compute(facts, now, policy)
    own = (facts.source, facts.language, facts.appendix, facts.label)
    return dict(
        zip(
            _NEWS,
            (assessment_id, FlagState.OPEN, *own, priority, parts, now, facts.score, None, None, None),
            strict=True,
        )
    )


def _write(connection: Connection, new: Sequence[dict[str, Any]], news: Sequence[dict[str, Any]]) -> None:
    if new:
        connection.execute(insert(_FLAG), new)
    if news:
        values: dict[str, Any] = {name: bindparam(name) for name in _NEWS}
        connection.execute(update(_FLAG).where(_FLAG.c.id == bindparam("this")).values(values), news)


def _existing(connection: Connection, listing_ids: Sequence[int]) -> dict[int, Any]:
    rows = connection.execute(
        select(_FLAG.c.id, _FLAG.c.listing_id, _FLAG.c.state, _ASSESSMENT.c.score, _ASSESSMENT.c.taxa)
        .join(_ASSESSMENT, _ASSESSMENT.c.id == _FLAG.c.assessment_id)
        .where(_FLAG.c.listing_id.in_(listing_ids))
        .with_for_update(of=_FLAG)
    )
    return {row.listing_id: row for row in rows}


def _reason_to_reopen(decided: Any, opinion: Assessment) -> str:
    """Why a decided listing should be looked at again; empty where it should not."""
    if opinion.score >= decided.score + CLEARLY_HIGHER:
        return f"its text changed and the score rose from {decided.score:.2f} to {opinion.score:.2f}"
    news = {taxon.name for taxon in opinion.taxa} - {taxon["name"] for taxon in decided.taxa}
    return f"its text changed and now names {', '.join(sorted(news))}" if news else ""

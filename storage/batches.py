"""One decision about many items: proposed with exact counts, done in one transaction, undone as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, or_, select, update
from sqlalchemy.orm import Session

from storage.leases import narrowed
from storage.models import (
    AssessmentRow,
    BatchRow,
    DecisionAction,
    DecisionRow,
    FlagRow,
    FlagState,
    Revision,
    Settled,
    Stage,
    table_of,
    utcnow,
)
from storage.second_review import SecondReview, asked_twice, why_second
from storage.sellers import seller_key
from wildtrade.errors import UsageError
from wildtrade.records import DecisionLabel

LARGEST = 5000  # items of a batch
_CHUNK = 500
_FIRST = (FlagState.OPEN, FlagState.SAMPLED)
_FLAG, _DECISION = table_of(FlagRow), table_of(DecisionRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What a batch would do: how many items of how many sellers, how many are held by others or wait for nothing (left
    out), how many of Appendix I will wait for a second person; ``sample`` holds flag ids."""

    items: int
    sellers: int
    held: int
    gone: int
    appendix_i: int
    sample: tuple[int, ...]


def propose(
    session: Session, actor: str, label: DecisionLabel, flag_ids: Iterable[int], *, reason: str | None = None,
    note: str | None = None,
) -> BatchRow:  # fmt: skip
    """Keep what was chosen, so that what is confirmed is what was shown. Raises UsageError for none or too many."""
    chosen = sorted(set(flag_ids))
    if not chosen:
        raise UsageError("nothing is chosen", fix="choose items of the list first")
    if len(chosen) > LARGEST:
        raise UsageError(f"{len(chosen):,} items are chosen", fix=f"narrow the queue: a batch has at most {LARGEST:,}")
    batch = BatchRow(actor=actor, label=label, reason=reason, note=note, flag_ids=chosen)
    session.add(batch)
    session.flush()
    return batch


def forecast(session: Session, batch: BatchRow) -> Forecast:
    """The exact counts of a batch as things stand now."""
    rows = [row for part in _parts(batch.flag_ids) for row in _rows(session, part)]
    now = utcnow()
    waiting = [row for row in rows if row.state in _FIRST]
    free = [row for row in waiting if _is_free(row, batch.actor, now)]
    return Forecast(
        items=len(free),
        sellers=len({row.seller for row in free if row.seller}),
        held=len(waiting) - len(free),
        gone=len(batch.flag_ids) - len(waiting),
        appendix_i=sum(row.appendix == "I" for row in free),
        sample=tuple(row.id for row in free[:: max(1, len(free) // 5)][:5]),
    )


def _parts(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    return (ids[at : at + _CHUNK] for at in range(0, len(ids), _CHUNK))


def _rows(session: Session, ids: Sequence[int], *, lock: bool = False) -> Sequence[Any]:
    query = (
        select(_FLAG, seller_key(_FLAG.c.source, Revision.seller).label("seller"), AssessmentRow.revision_id)
        .join(AssessmentRow, AssessmentRow.id == _FLAG.c.assessment_id)
        .join(Revision, Revision.id == AssessmentRow.revision_id)
        .where(_FLAG.c.id.in_(ids))
        .order_by(_FLAG.c.id)
    )
    return session.execute(query.with_for_update(of=_FLAG) if lock else query).all()


def _is_free(row: Any, actor: str, now: datetime) -> bool:
    return row.holder in (None, actor) or row.lease_until is None or row.lease_until <= now


def carry_out(session: Session, batch: BatchRow, rules: SecondReview) -> list[int]:
    """Decide what is free of the batch; returns the flag ids. Items held by others are left out; those the rules send
    to a second person wait for one. Appendix I always does, whatever the rules say."""
    done: list[int] = []
    now = utcnow()
    for part in _parts(batch.flag_ids):
        rows = [r for r in _rows(session, part, lock=True) if r.state in _FIRST and _is_free(r, batch.actor, now)]
        _decide(session, batch, rows, rules, now)
        done += [row.id for row in rows]
    batch.flag_ids, batch.done_at = done, now
    session.flush()
    return done


def _decide(session: Session, batch: BatchRow, rows: Sequence[Any], rules: SecondReview, now: datetime) -> None:
    if not rows:
        return
    events = [
        {
            "listing_id": row.listing_id,
            "revision_id": row.revision_id,
            "assessment_id": row.assessment_id,
            "action": DecisionAction.DECIDE,
            "label": batch.label,
            "reason": batch.reason,
            "note": batch.note,
            "actor": batch.actor,
            "decided_at": now,
            "stage": Stage.FIRST,
            "state_before": row.state,
            "inclusion_probability": row.inclusion_probability,
            "batch_id": batch.id,
        }
        for row in rows
    ]
    session.execute(insert(_DECISION), events)
    twice = asked_twice(session, [row.id for row in rows])
    moves = [{"this": row.id, **_move(row, batch, rules, overlap=row.id in twice)} for row in rows]
    names = ("state", "settled", "first_by", "second_because")
    values: dict[str, Any] = {name: bindparam(name) for name in names} | {"holder": None, "lease_until": None}
    session.connection().execute(update(_FLAG).where(_FLAG.c.id == bindparam("this")).values(values), moves)


def _move(row: Any, batch: BatchRow, rules: SecondReview, *, overlap: bool) -> dict[str, Any]:
    why = "appendix_i" if row.appendix == "I" else why_second(rules, row, batch.label, overlap=overlap)
    return {
        "state": FlagState.SECOND if why else FlagState.DECIDED,
        "settled": None if why else Settled.ONE,
        "first_by": batch.actor,
        "second_because": why,
    }


def undo_batch(session: Session, batch_id: int, actor: str) -> int:
    """Take back every decision of a batch on which nobody else has acted since; returns how many."""
    mine = (_DECISION.c.batch_id == batch_id, _DECISION.c.action == DecisionAction.DECIDE)
    later, undo = _DECISION.alias(), _DECISION.alias()
    acted = select(later.c.id).where(
        later.c.listing_id == _DECISION.c.listing_id,
        later.c.id > _DECISION.c.id,
        or_(
            later.c.undoes_id == _DECISION.c.id,
            later.c.action.in_((DecisionAction.DECIDE, DecisionAction.ESCALATE))
            & ~select(undo.c.id).where(undo.c.undoes_id == later.c.id).exists(),
        ),
    )
    rows = session.execute(select(_DECISION).where(*mine, ~acted.exists())).all()
    now = utcnow()
    for part in (rows[at : at + _CHUNK] for at in range(0, len(rows), _CHUNK)):
        _undo(session, part, actor, now)
    session.get_one(BatchRow, batch_id).undone_at = now
    session.flush()
    return len(rows)


def _undo(session: Session, rows: Sequence[Any], actor: str, now: datetime) -> None:
    kept = ("listing_id", "revision_id", "assessment_id", "stage", "batch_id")
    events = [
        {name: getattr(row, name) for name in kept}
        | {"action": DecisionAction.UNDO, "actor": actor, "decided_at": now, "undoes_id": row.id}
        for row in rows
    ]
    session.execute(insert(_DECISION), events)
    values: dict[str, Any] = {"state": bindparam("before"), "settled": None, "first_by": None, "second_because": None}
    moves = [{"listing": row.listing_id, "before": row.state_before or FlagState.OPEN} for row in rows]
    statement = update(_FLAG).where(_FLAG.c.listing_id == bindparam("listing")).values(values)
    session.connection().execute(statement, moves)


def matching(
    session: Session, *, source: str = "", language: str = "", appendix: str = "", queue: int = 0, calm: bool = False
) -> list[int]:
    """Flags that wait for a first decision under a filter, at most one more than a batch can have."""
    query = select(_FLAG.c.id).where(_FLAG.c.state == FlagState.OPEN)
    query = narrowed(query, source, language, appendix, queue, calm)
    return list(session.scalars(query.limit(LARGEST + 1)))

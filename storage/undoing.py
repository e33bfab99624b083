"""Taking back and doing again. Both are events; what was taken back stays on record."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from storage.batches import undo_batch
from storage.decisions import ConflictError, Findings, decide, escalate
from storage.models import BatchRow, DecisionAction, DecisionRow, FlagRow, FlagState, Stage, utcnow
from storage.second_review import NOBODY, SecondReview

UNDO_DEPTH = 20  # how many of a person's last decisions can be taken back, one after the other
BATCH_UNDO = timedelta(hours=24)
_TAKEN_BACK = (DecisionAction.DECIDE, DecisionAction.ESCALATE)


def undo(session: Session, actor: str) -> int | None:
    """Take back the actor's last standing decision, one of their last 20; returns the flag's id, which waits again.

    None where there is nothing to take back. One on which somebody else has acted since stays. A decision of a batch
    takes the whole batch back, within a day.
    """
    # Locked, so that a double click takes back one decision and not two.
    mine = select(DecisionRow).where(DecisionRow.actor == actor, DecisionRow.action.in_(_TAKEN_BACK))
    recent = session.scalars(mine.order_by(DecisionRow.id.desc()).limit(UNDO_DEPTH).with_for_update()).all()
    undone = set(
        session.scalars(select(DecisionRow.undoes_id).where(DecisionRow.undoes_id.in_([row.id for row in recent])))
    )
    for row in recent:
        if row.id not in undone and _is_last(session, row):
            if row.batch_id is not None:
                return _undo_batch_of(session, row, actor)
            return _take_back(session, row, actor)
    return None


def _is_last(session: Session, row: DecisionRow) -> bool:
    acted = (DecisionRow.listing_id == row.listing_id, DecisionRow.id > row.id, DecisionRow.action.in_(_TAKEN_BACK))
    later = set(session.scalars(select(DecisionRow.id).where(*acted)))
    undone = set(session.scalars(select(DecisionRow.undoes_id).where(DecisionRow.undoes_id.in_(later))))
    return later <= undone


def _undo_batch_of(session: Session, row: DecisionRow, actor: str) -> int | None:
    batch = session.get(BatchRow, row.batch_id)
    if batch is None or utcnow() - row.decided_at > BATCH_UNDO:
        return None
    undo_batch(session, batch.id, actor)
    return session.scalar(select(FlagRow.id).where(FlagRow.listing_id == row.listing_id))


def _take_back(session: Session, row: DecisionRow, actor: str) -> int | None:
    session.add(
        DecisionRow(
            listing_id=row.listing_id,
            revision_id=row.revision_id,
            assessment_id=row.assessment_id,
            action=DecisionAction.UNDO,
            actor=actor,
            stage=row.stage,
            undoes_id=row.id,
        )
    )
    before = row.state_before or FlagState.OPEN
    values: dict[str, object] = {"state": before, "settled": None, "holder": None, "lease_until": None}
    if row.stage is Stage.FIRST:
        values |= {"first_by": None, "second_because": None}
    session.execute(update(FlagRow).where(FlagRow.listing_id == row.listing_id).values(values))
    session.flush()
    return session.scalar(select(FlagRow.id).where(FlagRow.listing_id == row.listing_id))


def redo(session: Session, actor: str, rules: SecondReview = NOBODY) -> int | None:
    """Do again what the actor took back last; returns the flag's id. None where there is nothing: a new decision ends
    what can be done again. Raises ConflictError where somebody else has the item now."""
    undone = _last_undone(session, actor)
    row = session.get(DecisionRow, undone.undoes_id) if undone else None
    flag = session.scalars(select(FlagRow).where(FlagRow.listing_id == row.listing_id)).first() if row else None
    if undone is None or row is None or flag is None:
        return None
    if flag.state is not (row.state_before or FlagState.OPEN):
        raise ConflictError("this item waits for somebody else", fix="go on with the next item", kind="own")
    if row.action is DecisionAction.ESCALATE:
        event = escalate(session, flag.id, actor, assessment_id=row.assessment_id, note=row.note)
        session.get_one(DecisionRow, event).redoes_id = undone.id
    elif row.label is not None:
        findings = Findings(**{name: getattr(row, name) for name in Findings.__slots__})
        decide(
            session, flag.id, row.label, actor, assessment_id=row.assessment_id, reason=row.reason, note=row.note,
            findings=findings, rules=rules, redoes_id=undone.id,
        )  # fmt: skip
    session.flush()
    return flag.id


def _last_undone(session: Session, actor: str) -> DecisionRow | None:
    """The newest undo not yet done again, unless a new decision came after it."""
    acted = (DecisionAction.UNDO, *_TAKEN_BACK)
    query = select(DecisionRow).where(DecisionRow.actor == actor, DecisionRow.action.in_(acted))
    redone: set[int] = set()
    for row in session.scalars(query.order_by(DecisionRow.id.desc()).limit(3 * UNDO_DEPTH)):
        if row.action is not DecisionAction.UNDO:
            if row.redoes_id is None:
                return None
            redone.add(row.redoes_id)
        elif row.id not in redone:
            return row if row.batch_id is None else None
    return None

"""What people decide about flags: first and second decisions, conflicts settled by a third, escalation, skipping.

Everything is a row of its own; nothing a person did is changed over. Taking back is in ``storage.undoing``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session, aliased

from storage.leases import WAITING, SelectT
from storage.models import (
    AssessmentRow,
    CaseListing,
    DecisionAction,
    DecisionRow,
    DraftRow,
    FlagRow,
    FlagState,
    Settled,
    Stage,
    utcnow,
)
from storage.second_review import NOBODY, SecondReview, asked_twice, why_second
from wildtrade.errors import Exit, WildtradeError
from wildtrade.records import DecisionLabel

_STAGES = {
    FlagState.OPEN: Stage.FIRST,
    FlagState.SAMPLED: Stage.FIRST,
    FlagState.SECOND: Stage.SECOND,
    FlagState.CONFLICT: Stage.ADJUDICATION,
    FlagState.ESCALATED: Stage.ADJUDICATION,
}


class ConflictError(WildtradeError):
    """Somebody, or a new capture, was quicker; nothing was stored.

    ``kind``: missing, changed, decided, held, own (not theirs to decide again); ``who`` and ``at`` say who did it.
    """

    code = "conflict"
    exit_code = Exit.PROBLEM

    def __init__(self, message: str, *, fix: str, kind: str = "", who: str = "", at: datetime | None = None) -> None:
        super().__init__(message, fix=fix)
        self.kind, self.who, self.at = kind, who, at


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What a person enters besides the decision. ``taxon``: a scientific name of any rank, with the Appendix of the
    day and the date of the list that says so; the others are words of the lists in ``review.fields``."""

    taxon: str | None = None
    appendix: str | None = None
    appendix_date: str | None = None
    product_form: str | None = None
    specimen: str | None = None
    quantity: str | None = None
    origin: str | None = None
    legality: str | None = None
    confidence: str | None = None
    sensitivity: str | None = None
    tags: list[str] | None = None
    place: str | None = None
    expert: str | None = None


def stage_of(state: FlagState) -> Stage | None:
    """Which decision an item waits for; None where it waits for none."""
    return _STAGES.get(state)


def decide(
    session: Session,
    flag_id: int,
    label: DecisionLabel,
    actor: str,
    *,
    assessment_id: int,
    reason: str | None = None,
    note: str | None = None,
    findings: Findings | None = None,
    rules: SecondReview = NOBODY,
    stages: Sequence[Stage] = tuple(Stage),
    redoes_id: int | None = None,
) -> int:
    """Store a decision and move the flag on; returns the decision's id.

    ``assessment_id`` is the opinion the person saw, ``stages`` what they may do, ``rules`` says when a second person
    is needed. Raises ConflictError where somebody else holds or has decided the item or its listing has changed since.
    """
    flag = lock(session, flag_id, actor, assessment_id)
    stage = _STAGES[flag.state]
    if stage not in stages or not may_settle(session, flag, actor):
        raise ConflictError("this item waits for somebody else", fix="go on with the next item", kind="own")
    decision = row_of(flag, DecisionAction.DECIDE, actor, revision_id=revision_of(session, flag), stage=stage)
    decision.label, decision.reason, decision.note, decision.redoes_id = label, reason, note, redoes_id
    if flag.holder == actor and flag.held_at is not None:
        decision.queue_id, decision.seconds = flag.queue_id, (utcnow() - flag.held_at).total_seconds()
    for name, value in asdict(findings or Findings()).items():
        setattr(decision, name, value)
    session.add(decision)
    _move_on(session, flag, decision, rules)
    _leave(session, flag, actor)
    return decision.id


def row_of(flag: FlagRow, action: DecisionAction, actor: str, *, revision_id: int, stage: Stage) -> DecisionRow:
    """The beginning of an event about a flag."""
    return DecisionRow(
        listing_id=flag.listing_id,
        revision_id=revision_id,
        assessment_id=flag.assessment_id,
        action=action,
        actor=actor,
        stage=stage,
        state_before=flag.state,
        inclusion_probability=flag.inclusion_probability,
    )


def revision_of(session: Session, flag: FlagRow) -> int:
    """The text that is decided about: the one the machine judged."""
    found: int = session.scalars(select(AssessmentRow.revision_id).where(AssessmentRow.id == flag.assessment_id)).one()
    return found


def _move_on(session: Session, flag: FlagRow, decision: DecisionRow, rules: SecondReview) -> None:
    if decision.stage is Stage.FIRST and decision.label is not None:
        in_case = session.scalar(select(exists().where(CaseListing.listing_id == flag.listing_id)))
        twice = bool(asked_twice(session, [flag.id]))
        why = why_second(rules, flag, decision.label, into_case=bool(in_case), overlap=twice)
        flag.first_by, flag.second_because = decision.actor, why
        flag.state = FlagState.SECOND if why else FlagState.DECIDED
        flag.settled = None if why else Settled.ONE
    elif decision.stage is Stage.SECOND:
        agreed = first_label(session, flag.listing_id) is decision.label
        flag.state = FlagState.DECIDED if agreed else FlagState.CONFLICT
        flag.settled = Settled.AGREEMENT if agreed else None
    else:
        flag.state, flag.settled = FlagState.DECIDED, Settled.ADJUDICATION


def first_label(session: Session, listing_id: int) -> DecisionLabel | None:
    """What the first person decided."""
    query = select(DecisionRow.label).where(DecisionRow.listing_id == listing_id, DecisionRow.stage == Stage.FIRST)
    return session.scalar(standing(query).order_by(DecisionRow.id.desc()).limit(1))


def may_settle(session: Session, flag: FlagRow, actor: str) -> bool:
    """Whether this person may take the decision a flag waits for: nobody decides twice about one item."""
    if flag.state is FlagState.SECOND:
        return flag.first_by != actor
    if flag.state not in (FlagState.CONFLICT, FlagState.ESCALATED):
        return True
    return actor not in {row.actor for row in last_round(session, flag.listing_id)}


def last_round(session: Session, listing_id: int) -> list[DecisionRow]:
    """Standing decisions and escalations since the item was last opened, oldest first."""
    undone = select(DecisionRow.undoes_id).where(
        DecisionRow.listing_id == listing_id, DecisionRow.undoes_id.is_not(None)
    )
    query = select(DecisionRow).where(
        DecisionRow.listing_id == listing_id,
        DecisionRow.action.in_((DecisionAction.DECIDE, DecisionAction.ESCALATE)),
        DecisionRow.id.not_in(undone),
    )
    rows = list(session.scalars(query.order_by(DecisionRow.id)))
    begin = max((at for at, row in enumerate(rows) if row.state_before is FlagState.OPEN), default=0)
    return rows[begin:]


def escalate(
    session: Session, flag_id: int, actor: str, *, assessment_id: int, note: str | None = None,
    stages: Sequence[Stage] = tuple(Stage),
) -> int:  # fmt: skip
    """Hand an item to a senior; returns the event's id. Raises ConflictError as ``decide`` does."""
    flag = lock(session, flag_id, actor, assessment_id)
    if _STAGES[flag.state] not in stages or flag.state in (FlagState.CONFLICT, FlagState.ESCALATED):
        raise ConflictError("a senior looks at this item already", fix="go on with the next item", kind="own")
    event = row_of(
        flag, DecisionAction.ESCALATE, actor, revision_id=revision_of(session, flag), stage=_STAGES[flag.state]
    )
    event.note = note
    session.add(event)
    flag.state = FlagState.ESCALATED
    _leave(session, flag, actor)
    return event.id


def skip(session: Session, flag_id: int, actor: str, *, reason: str | None = None) -> int:
    """Leave an item to others; this person is not offered it again for half a day. The draft stays."""
    flag = session.get(FlagRow, flag_id)
    if flag is None:
        raise ConflictError("there is no such item in the queue", fix="go back to the queue", kind="missing")
    stage = stage_of(flag.state) or Stage.FIRST
    event = row_of(flag, DecisionAction.SKIP, actor, revision_id=revision_of(session, flag), stage=stage)
    event.reason = reason
    session.add(event)
    if flag.holder == actor:
        flag.holder = flag.lease_until = None
    session.flush()
    return event.id


def lock(session: Session, flag_id: int, actor: str, assessment_id: int) -> FlagRow:
    """The flag, locked, if this person may act on it now. Raises ConflictError that says who was quicker."""
    flag = session.get(FlagRow, flag_id, with_for_update=True, populate_existing=True)
    if flag is None:
        raise ConflictError("there is no such item in the queue", fix="go back to the queue", kind="missing")
    if flag.state not in WAITING:
        raise _decided(session, flag)
    if flag.assessment_id != assessment_id:
        fix = "look at it again, then decide"
        raise ConflictError("the listing has changed since you opened it", fix=fix, kind="changed")
    if flag.holder not in (None, actor) and flag.lease_until is not None and flag.lease_until > utcnow():
        who, at = flag.holder or "", flag.held_at
        message = f"{who} took this item at {at:%H:%M} UTC" if at else f"{who} took this item"
        raise ConflictError(message, fix="go on with the next item; your draft is kept", kind="held", who=who, at=at)
    return flag


def _decided(session: Session, flag: FlagRow) -> ConflictError:
    query = standing(select(DecisionRow).where(DecisionRow.listing_id == flag.listing_id))
    last = session.scalars(query.order_by(DecisionRow.id.desc()).limit(1)).first()
    who = f"{last.actor} decided this item at {last.decided_at:%H:%M} UTC" if last else "this item is decided"
    fix = "go on with the next item; your note was not stored"
    return ConflictError(
        who, fix=fix, kind="decided", who=last.actor if last else "", at=last.decided_at if last else None
    )


def _leave(session: Session, flag: FlagRow, actor: str) -> None:
    flag.holder = flag.lease_until = None
    session.execute(delete(DraftRow).where(DraftRow.flag_id == flag.id, DraftRow.actor == actor))
    session.flush()


def history(session: Session, listing_id: int) -> list[DecisionRow]:
    """Everything people decided, escalated, skipped and took back, oldest first."""
    return list(
        session.scalars(select(DecisionRow).where(DecisionRow.listing_id == listing_id).order_by(DecisionRow.id))
    )


def is_standing() -> tuple[Any, Any]:
    """Conditions: a decision that nobody has taken back."""
    later = aliased(DecisionRow)
    return DecisionRow.action == DecisionAction.DECIDE, ~exists().where(later.undoes_id == DecisionRow.id)


def standing(query: SelectT) -> SelectT:
    """Narrow a query over decisions to those that nobody has taken back."""
    return query.where(*is_standing())

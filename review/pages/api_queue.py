"""The queue for programs: next item, hold, release, decide, escalate, skip, undo."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException

from review import fields
from review.auth import CurrentUser, Read, Write, require
from review.numbers import RowId
from review.programs import RESPONSES, Cursor, IdempotencyKey, Item, Limit, Page, item_of, number_of, once
from review.reviewing import found_item, give_next, note, note_seen, stages_of, threshold
from review.views import REASONS
from storage import queue
from storage.decisions import decide, escalate, skip, stage_of
from storage.leases import Mode, Wanted, hold, hold_of, release, renew
from storage.models import FlagState
from storage.second_review import second_review
from storage.undoing import undo
from wildtrade.records import DecisionLabel

router = APIRouter(prefix="/api/v1", tags=["queue"], responses=RESPONSES)
_DECIDES = [require("review.decide")]
MOST_OFFSET = 1_000_000


class Narrowed(BaseModel):
    """Which item is wanted."""

    state: FlagState = Field(FlagState.OPEN, description="open, or second for second reviews")
    mode: Mode = Field(Mode.PRIORITY, description="the order; in priority over all, every tenth is drawn at random")
    source: str = Field("", max_length=42)
    language: str = Field("", max_length=35)
    appendix: str = Field("", max_length=8, description="I, II, III, or other")
    queue: int = Field(0, ge=0, le=2**63 - 1, description="number of a queue that people made, in its own order")


class Held(BaseModel):
    """A hold: only its holder may decide until it ends."""

    flag_id: int
    holder: str
    until: str = Field(description="UTC, ISO 8601")
    number: int = Field(description="names this hold; send it to release")


class Given(BaseModel):
    """The next item and its hold; both null where nothing is left."""

    item: Item | None
    hold: Held | None


class Decision(BaseModel):
    """A person's decision, with what they found. ``taxon`` is a scientific name of any rank."""

    label: DecisionLabel
    assessment_id: Annotated[int, Field(ge=1, le=2**63 - 1, description="of the item that was seen")]
    reason: str = Field("", max_length=40, description=f"for not_wildlife: {', '.join(REASONS)}")
    note: str = Field("", max_length=fields.LONGEST_NOTE)
    taxon: str = Field("", max_length=200)
    product_form: str = Field("", max_length=40)
    specimen: str = Field("", max_length=24, description=", ".join(fields.SPECIMENS))
    quantity: str = Field("", max_length=80)
    origin: str = Field("", max_length=24, description=", ".join(fields.ORIGINS))
    legality: str = Field("", max_length=24, description=", ".join(fields.LEGALITIES))
    confidence: str = Field("", max_length=24, description=", ".join(fields.CONFIDENCES))
    place: str = Field("", max_length=200, description="where it is, as the person corrects it")
    expert: str = Field("", max_length=24, description=", ".join(fields.EXPERTS))
    sensitivity: str = Field("", max_length=24, description=", ".join(fields.SENSITIVITIES))
    tags: str = Field("", max_length=1000, description="comma separated")


class Decided(BaseModel):
    """What came of an action: ``event_id`` names the decision, escalation or skip; ``state`` is the flag's now."""

    flag_id: int
    event_id: int
    state: str


class Undone(BaseModel):
    """The item that waits again; null where there was nothing to take back."""

    flag_id: int | None


class Escalation(BaseModel):
    """Why a senior should look."""

    assessment_id: Annotated[int, Field(ge=1, le=2**63 - 1)]
    note: str = Field("", max_length=fields.LONGEST_NOTE)


class Skipped(BaseModel):
    """Why it is left to others."""

    reason: str = Field("other", max_length=40, description=", ".join(fields.SKIP_REASONS))


class Release(BaseModel):
    """Which hold ends."""

    number: Annotated[int, Field(ge=0, le=2**31 - 1)]


@router.get("/queue", dependencies=[require("queue.read")])
def list_queue(
    session: Read,
    user: CurrentUser,
    state: Annotated[FlagState, Query(description="what they wait for")] = FlagState.OPEN,
    source: Annotated[str, Query(max_length=42)] = "",
    language: Annotated[str, Query(max_length=35)] = "",
    appendix: Annotated[str, Query(max_length=8)] = "",
    limit: Limit = 50,
    cursor: Cursor = "",
) -> Page[Item]:
    """Items, the most urgent first."""
    offset = min(number_of(cursor) or 0, MOST_OFFSET)
    narrowed: dict[str, Any] = {"source": source, "language": language, "appendix": appendix}
    found = queue.page(session, limit=limit + 1, offset=offset, states=(state,), **narrowed)
    following = str(offset + limit) if len(found) > limit else None
    return Page(items=[item_of(one, user) for one in found[:limit]], next=following)


@router.post("/queue/next", dependencies=_DECIDES)
def take_next(session: Write, user: CurrentUser, wanted: Narrowed) -> Given:
    """Hold the next item; other holds of this person end."""
    flag_id = give_next(session, user, Wanted(**wanted.model_dump(), threshold=threshold()))
    if flag_id is None:
        return Given(item=None, hold=None)
    return Given(item=item_of(found_item(session, flag_id), user), hold=_hold(session, flag_id))


@router.get("/flags/{flag_id}", dependencies=[require("queue.read")])
def show_flag(session: Read, user: CurrentUser, flag_id: RowId) -> Item:
    """One item with its whole text and signals."""
    return item_of(found_item(session, flag_id), user)


@router.post("/flags/{flag_id}/claim", dependencies=_DECIDES)
def claim(session: Write, user: CurrentUser, flag_id: RowId) -> Held:
    """Hold this item, or extend the hold; the hold in force may be another's. 409 where nobody can hold it."""
    item = found_item(session, flag_id)
    if stage_of(item.state) not in stages_of(user):
        raise HTTPException(409, "this item waits for somebody else")
    if renew(session, flag_id, user.name) is None:
        hold(session, flag_id, user.name)
    found = _hold(session, flag_id)
    if found is None:
        raise HTTPException(409, "this item cannot be held")
    return found


@router.post("/flags/{flag_id}/release", dependencies=_DECIDES, status_code=204)
def let_go(session: Write, user: CurrentUser, flag_id: RowId, which: Release) -> None:
    """End a hold; nothing where it is over already."""
    release(session, flag_id, user.name, which.number)


@router.post("/flags/{flag_id}/decision", dependencies=_DECIDES)
def take_decision(
    request: Request,
    session: Write,
    user: CurrentUser,
    flag_id: RowId,
    decision: Decision,
    idempotency_key: IdempotencyKey = "",
) -> Decided:
    """Decide. Where somebody was quicker or the listing has changed: 409, and nothing is stored."""
    found_item(session, flag_id)
    entered = fields.Labelled(**decision.model_dump())
    fields.check(entered, REASONS)

    def do() -> Decided:
        event = decide(
            session, flag_id, entered.label, user.name, assessment_id=entered.assessment_id,
            reason=entered.reason or None, note=entered.note or None,
            findings=fields.findings_of(entered, request.app.state.home),
            rules=second_review(session), stages=stages_of(user),
        )  # fmt: skip
        note(session, request, user, "decide", [flag_id], label=entered.label.value, reason=entered.reason)
        note_seen(session, user, flag_id, entered)
        return _decided(session, flag_id, event)

    found: Decided = once(session, user, idempotency_key, f"{flag_id} {decision.model_dump_json()}", do)
    return found


@router.post("/flags/{flag_id}/escalation", dependencies=_DECIDES)
def hand_on(request: Request, session: Write, user: CurrentUser, flag_id: RowId, why: Escalation) -> Decided:
    """Hand the item to a senior."""
    found_item(session, flag_id)
    entered = fields.Submitted(**why.model_dump())
    event = escalate(
        session, flag_id, user.name, assessment_id=entered.assessment_id, note=entered.note or None,
        stages=stages_of(user),
    )  # fmt: skip
    note(session, request, user, "escalate", [flag_id])
    return _decided(session, flag_id, event)


@router.post("/flags/{flag_id}/skip", dependencies=_DECIDES)
def leave(request: Request, session: Write, user: CurrentUser, flag_id: RowId, why: Skipped) -> Decided:
    """Leave the item to others; it is not offered to this person for half a day."""
    found_item(session, flag_id)
    fields.check(fields.Entered(skip_reason=why.reason), REASONS)
    event = skip(session, flag_id, user.name, reason=why.reason or None)
    note(session, request, user, "skip", [flag_id], reason=why.reason)
    note_seen(session, user, flag_id, fields.Entered(skip_reason=why.reason))
    return _decided(session, flag_id, event)


@router.post("/undo", dependencies=_DECIDES)
def undo_last(request: Request, session: Write, user: CurrentUser) -> Undone:
    """Take back this person's last decision; both stay on record."""
    flag_id = undo(session, user.name)
    if flag_id is not None:
        note(session, request, user, "undo", [flag_id])
    return Undone(flag_id=flag_id)


def _hold(session: Session, flag_id: int) -> Held | None:
    held = hold_of(session, flag_id)
    if held is None:
        return None
    return Held(flag_id=flag_id, holder=held.holder, until=held.until.isoformat(), number=held.number)


def _decided(session: Session, flag_id: int, event_id: int) -> Decided:
    session.expire_all()
    return Decided(flag_id=flag_id, event_id=event_id, state=found_item(session, flag_id).state.value)

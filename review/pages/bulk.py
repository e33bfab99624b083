"""One decision about many items: choose, see the exact counts, confirm, undo within a day."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException

from review.auth import CurrentUser, Read, Write, actor, require
from review.numbers import RowId
from review.rendering import go, render
from review.views import REASONS
from review.walk import Filters
from storage import audit, queue
from storage.batches import carry_out, forecast, matching, propose, undo_batch
from storage.models import BatchRow, utcnow
from storage.second_review import second_review
from storage.sessions import Identity
from storage.undoing import BATCH_UNDO
from wildtrade.errors import UsageError
from wildtrade.records import DecisionLabel

router = APIRouter(default_response_class=HTMLResponse)
BULK = [require("review.bulk")]


@router.post("/bulk", dependencies=BULK)
def choose(
    session: Write,
    user: CurrentUser,
    filters: Annotated[Filters, Depends()],
    label: Annotated[DecisionLabel, Form()],
    flags: Annotated[list[int], Form()] = [],  # noqa: B006  (FastAPI copies it)
    everything: Annotated[bool, Form()] = False,
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Keep what is chosen, the ticked items or all that the filter finds, and show what would be done."""
    if reason and reason not in REASONS:
        raise UsageError("this reason is not on the list", fix="choose one of the list")
    chosen = matching(session, **filters.criteria) if everything else flags
    batch = propose(session, user.name, label, chosen, reason=reason or None)
    return go(f"/bulk/{batch.id}")


@router.get("/bulk/{batch_id}", dependencies=BULK)
def show_batch(request: Request, session: Read, user: CurrentUser, batch_id: RowId) -> Response:
    """What a batch would do, in exact numbers; or what it did."""
    batch = _own(session, user, batch_id)
    ahead = forecast(session, batch) if batch.done_at is None else None
    sample = [item for flag in (ahead.sample if ahead else ()) if (item := queue.item(session, flag))]
    undoable = batch.done_at is not None and batch.undone_at is None and utcnow() - batch.done_at < BATCH_UNDO
    return render(request, "bulk/batch.html", batch=batch, ahead=ahead, sample=sample, undoable=undoable)


@router.post("/bulk/{batch_id}", dependencies=BULK)
def confirm(request: Request, session: Write, user: CurrentUser, batch_id: RowId) -> Response:
    """Do it, once."""
    batch = _own(session, user, batch_id)
    if batch.done_at is None:
        done = carry_out(session, batch, second_review(session))
        after = {"label": batch.label.value, "reason": batch.reason, "flags": done}
        audit.record(session, "bulk_decide", actor(request, user), kind="batch", id=batch.id, after=after)
    return go(f"/bulk/{batch_id}")


@router.post("/bulk/{batch_id}/undo", dependencies=BULK)
def take_back(request: Request, session: Write, user: CurrentUser, batch_id: RowId) -> Response:
    """Take the whole batch back, within a day; what somebody else has acted on since stays."""
    batch = _own(session, user, batch_id)
    if batch.done_at is None or batch.undone_at is not None or utcnow() - batch.done_at > BATCH_UNDO:
        raise UsageError("this batch cannot be taken back any more", fix="decide the items one by one")
    undone = undo_batch(session, batch.id, user.name)
    audit.record(session, "bulk_undo", actor(request, user), kind="batch", id=batch.id, after={"items": undone})
    return go(f"/bulk/{batch_id}")


def _own(session: Session, user: Identity, batch_id: int) -> BatchRow:
    batch = session.get(BatchRow, batch_id)
    if batch is None or batch.actor != user.name:
        raise HTTPException(404)
    return batch

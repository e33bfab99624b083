"""From item to item: the next one, skip, escalate, undo, redo; keeping a hold and what is typed."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.exceptions import HTTPException

from review import text
from review.auth import CurrentUser, Read, Write, require
from review.fields import Entered, Submitted, check
from review.numbers import RowId
from review.rendering import go, render
from review.reviewing import found_item, note, note_seen, onwards, refused, stages_of
from review.taxa import suggestions
from review.text import gettext as _
from review.views import REASONS
from review.walk import Filters
from storage.decisions import ConflictError, escalate, skip
from storage.drafts import save_draft
from storage.leases import Hold, release, renew
from storage.models import utcnow
from storage.second_review import second_review
from storage.sessions import Identity
from storage.undoing import redo, undo
from storage.workspace import Mode

router = APIRouter(default_response_class=HTMLResponse)
Narrowed = Annotated[Filters, Depends()]
DECIDES = [require("review.decide")]


@router.api_route("/review", methods=["GET", "HEAD"], dependencies=DECIDES)
def next_one(request: Request, session: Write, user: CurrentUser, filters: Narrowed) -> Response:
    """The next item for this person, or the queue where nothing is left."""
    may = request.method == "GET" and request.state.mode is Mode.NORMAL
    return go(onwards(session, user, filters) if may else filters.address("/queue"))


@router.post("/review/{flag_id}/skip", dependencies=DECIDES)
def skip_item(
    request: Request,
    session: Write,
    user: CurrentUser,
    flag_id: RowId,
    filters: Narrowed,
    entered: Annotated[Submitted, Form()],
) -> Response:
    """Leave the item to others, with a reason, and go on. What was typed stays as a draft."""
    check(entered, REASONS)
    found_item(session, flag_id)
    save_draft(session, user.name, flag_id, entered.draft())
    skip(session, flag_id, user.name, reason=entered.skip_reason or None)
    note(session, request, user, "skip", [flag_id], reason=entered.skip_reason)
    note_seen(session, user, flag_id, entered)
    return go(onwards(session, user, filters, done="skipped"))


@router.post("/review/{flag_id}/escalate", dependencies=DECIDES)
def escalate_item(
    request: Request,
    session: Write,
    user: CurrentUser,
    flag_id: RowId,
    filters: Narrowed,
    entered: Annotated[Submitted, Form()],
) -> Response:
    """Hand the item to a senior and go on."""
    check(entered, REASONS)
    opinion, stages = entered.assessment_id, stages_of(user)
    try:
        escalate(session, flag_id, user.name, assessment_id=opinion, note=entered.note or None, stages=stages)
    except ConflictError as conflict:
        return refused(request, session, user, flag_id, filters, entered, conflict)
    note(session, request, user, "escalate", [flag_id])
    note_seen(session, user, flag_id, entered)
    return go(onwards(session, user, filters, done="escalated"))


@router.post("/undo", dependencies=DECIDES)
def undo_last(request: Request, session: Write, user: CurrentUser, filters: Narrowed) -> Response:
    """Take back this person's last decision; both the decision and its undoing stay on record."""
    flag_id = undo(session, user.name)
    if flag_id is None:
        return go(filters.address("/queue", done="nothing"))
    note(session, request, user, "undo", [flag_id])
    return go(filters.address(f"/review/{flag_id}", done="undone"))


@router.post("/redo", dependencies=DECIDES)
def redo_last(request: Request, session: Write, user: CurrentUser, filters: Narrowed) -> Response:
    """Do again what this person took back last."""
    try:
        flag_id = redo(session, user.name, second_review(session))
    except ConflictError:
        flag_id = None
    if flag_id is None:
        return go(filters.address("/queue", done="nothing"))
    note(session, request, user, "redo", [flag_id])
    return go(filters.address(f"/review/{flag_id}", done="redone"))


@router.post("/review/{flag_id}/draft", dependencies=DECIDES)
def keep_draft(
    session: Write, user: CurrentUser, flag_id: RowId, entered: Annotated[Entered, Form()]
) -> Response:  # fmt: skip
    """Keep what is typed, and the hold with it: typing is work."""
    if save_draft(session, user.name, flag_id, entered.draft()) is None:
        raise HTTPException(404)
    return _still(renew(session, flag_id, user.name), user)


@router.post("/review/{flag_id}/keep", dependencies=DECIDES)
def keep_hold(session: Write, user: CurrentUser, flag_id: RowId) -> Response:
    """Extend the hold of somebody who is at work."""
    return _still(renew(session, flag_id, user.name), user)


def _still(held: Hold | None, user: Identity) -> Response:
    """How many seconds are left, or who took the item (409)."""
    if held is not None and held.holder == user.name:
        return JSONResponse({"left": round((held.until - utcnow()).total_seconds())})
    if held is None:
        return JSONResponse({"lost": _("You no longer hold this item; your draft is kept.")}, 409)
    about = {"who": held.holder, "time": f"{held.held_at:%H:%M} UTC"}
    return JSONResponse({"lost": _("%(who)s took this item at %(time)s; your draft is kept.") % about}, 409)


@router.post("/review/{flag_id}/release", dependencies=DECIDES)
def let_go(session: Write, user: CurrentUser, flag_id: RowId, number: Annotated[int, Form()] = 0) -> Response:
    """End a hold when its page is left."""
    release(session, flag_id, user.name, number)
    return Response(status_code=204)


@router.get("/taxon-names", dependencies=[require("queue.read")])
def taxon_names(request: Request, session: Read, taxon: str = "") -> Response:
    """What a person who is typing may mean: entries for the list of the taxon field."""
    found = suggestions(request.app.state.home, taxon, text.language()) if len(taxon.strip()) > 1 else []
    return render(request, "review/taxa.html", found=found)

"""The pages: the queue, one item, a decision, undo. Each write goes through ``storage.queue``."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Path, Query, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException

from review.auth import CurrentUser, Read, Write, actor, require
from review.navigation import Link
from review.rendering import go, render
from review.text import later
from review.views import REASONS, parts
from review.walk import Filters, place_of
from storage import audit, queue
from storage.database import clean_text
from storage.models import DecisionAction, DecisionRow, FlagState
from wildtrade.errors import UsageError
from wildtrade.records import DecisionLabel

router = APIRouter(default_response_class=HTMLResponse)
LINKS = (Link(later("Queue"), "/queue", "queue.read", place=20, key="q"),)
PAGE = 50
_READ = ["GET", "HEAD"]
_LONGEST_NOTE = 4000


Narrowed = Annotated[Filters, Depends()]
FlagId = Annotated[int, Path(ge=1, le=2**63 - 1)]


@router.api_route("/queue", methods=_READ, dependencies=[require("queue.read")])
def show_queue(
    request: Request,
    session: Read,
    filters: Narrowed,
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
    state: FlagState = FlagState.OPEN,
    stored: DecisionLabel | None = None,
) -> Response:
    """What waits, most urgent first, or what was decided."""
    items = _some(session, filters, state=state, limit=PAGE + 1, offset=(page - 1) * PAGE)
    decided = state is FlagState.DECIDED
    context: dict[str, Any] = {
        "items": items[:PAGE],
        "more": len(items) > PAGE,
        "page": page,
        "state": state,
        "verdicts": {item.flag_id: _verdict(session, item.listing_id) for item in items[:PAGE]} if decided else {},
        "filters": filters,
        "choices": queue.choices(session),
        "counts": queue.counts(session),
        "stored": stored,
        "nothing_undone": "undone" in request.query_params,
    }
    return render(request, "queue/list.html", **context)


def _some(
    session: Session, filters: Filters, *, limit: int, offset: int = 0, state: FlagState = FlagState.OPEN
) -> list[queue.QueueItem]:
    return queue.page(
        session,
        limit=limit,
        offset=offset,
        states=(state,),
        source=filters.source,
        language=filters.language,
        appendix=filters.appendix,
    )


def _verdict(session: Session, listing_id: int) -> DecisionRow | None:
    """The decision that stands for a listing."""
    rows = queue.history(session, listing_id)
    undone = {row.undoes_id for row in rows}
    return next((r for r in reversed(rows) if r.action is DecisionAction.DECIDE and r.id not in undone), None)


@router.api_route("/review", methods=_READ, dependencies=[require("queue.read")])
def next_item(session: Read, filters: Narrowed) -> Response:
    """The most urgent item, or the queue where nothing waits."""
    first = _some(session, filters, limit=1)
    return go(filters.address(f"/review/{first[0].flag_id}" if first else "/queue"))


@router.api_route("/review/{flag_id}", methods=_READ, dependencies=[require("queue.read")])
def show_item(
    request: Request,
    session: Read,
    flag_id: FlagId,
    filters: Narrowed,
    stored: DecisionLabel | None = None,
    part: Annotated[int, Query(ge=1)] = 1,
) -> Response:
    """One item: what was captured, why it is here, and the decision form."""
    undone = "undone" in request.query_params
    return _item_page(request, session, flag_id, filters, stored=stored, part=part, undone=undone)


def _item_page(
    request: Request, session: Session, flag_id: int, filters: Filters, *, part: int = 1, status: int = 200, **more: Any
) -> Response:
    item = queue.item(session, flag_id)
    if item is None:
        raise HTTPException(404)
    context = {
        "item": item,
        "filters": filters,
        "place": place_of(session, flag_id, filters),
        "counts": queue.counts(session),
        "history": queue.history(session, item.listing_id),
        "draft": {"reason": "", "note": ""},
        "part": min(part, (of := parts(item.title, item.description))),
        "parts": of,
    }
    return render(request, "queue/item.html", status=status, **(context | more))


@router.post("/review/{flag_id}", dependencies=[require("review.decide")])
def decide(
    request: Request,
    session: Write,
    user: CurrentUser,
    flag_id: FlagId,
    filters: Narrowed,
    label: Annotated[DecisionLabel, Form()],
    assessment_id: Annotated[int, Form(ge=1, le=2**63 - 1)],
    reason: Annotated[str, Form()] = "",
    note: Annotated[str, Form()] = "",
) -> Response:
    """Store a decision and go on to the next item.

    Where somebody was quicker nothing is stored; the page (409) says what happened and still holds the note.
    """
    reason, note = _checked(reason, note)
    following = place_of(session, flag_id, filters).next
    try:
        queue.decide(
            session, flag_id, label, user.name, assessment_id=assessment_id, reason=reason or None, note=note or None
        )
    except queue.ConflictError as conflict:
        draft = {"reason": reason, "note": note}
        return _item_page(request, session, flag_id, filters, status=409, conflict=conflict, draft=draft)
    after = {"label": label.value, "reason": reason}
    audit.record(session, "decide", actor(request, user), kind="flag", id=flag_id, after=after)
    return go(filters.address(f"/review/{following}" if following else "/queue", stored=label.value))


def _checked(reason: str, note: str) -> tuple[str, str]:
    if reason and reason not in REASONS:
        raise UsageError("this reason is not on the list", fix="choose one of the list")
    note = clean_text(note.replace("\r\n", "\n").strip())
    if len(note) > _LONGEST_NOTE:
        raise UsageError(f"the note has {len(note):,} characters", fix=f"write at most {_LONGEST_NOTE:,}")
    return reason, note


@router.post("/undo", dependencies=[require("review.decide")])
def undo(request: Request, session: Write, user: CurrentUser, filters: Narrowed) -> Response:
    """Take back this person's last decision; both the decision and its undoing stay on record."""
    item = queue.undo(session, user.name)
    if item is not None:
        audit.record(session, "undo", actor(request, user), kind="flag", id=item.flag_id)
    return go(filters.address("/queue" if item is None else f"/review/{item.flag_id}", undone=1))

"""The pages: the queue, one item, a decision, undo. Each write goes through ``storage.queue``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException

from review.views import REASONS, templates
from storage import queue
from storage.models import FlagState
from wildtrade.errors import UsageError
from wildtrade.records import DecisionLabel

router = APIRouter(default_response_class=HTMLResponse)
PAGE = 50


def _read(request: Request) -> Iterator[Session]:
    with request.app.state.database.session(read_only=True) as session:
        yield session


def _write(request: Request) -> Iterator[Session]:
    with request.app.state.database.session() as session:
        yield session


Read = Annotated[Session, Depends(_read, scope="function")]
Write = Annotated[Session, Depends(_write, scope="function")]


@router.get("/")
def show_queue(
    request: Request,
    session: Read,
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
    source: str = "",
    language: str = "",
    appendix: str = "",
    state: FlagState = FlagState.OPEN,
) -> Response:
    """What waits, most urgent first."""
    filters = {"source": source or None, "language": language or None, "appendix": appendix or None}
    items = queue.page(session, states=(state,), limit=PAGE + 1, offset=(page - 1) * PAGE, **filters)
    context = {
        "items": items[:PAGE],
        "more": len(items) > PAGE,
        "page": page,
        "state": state,
        "chosen": {name: value or "" for name, value in filters.items()},
        "choices": queue.choices(session),
        "counts": queue.counts(session),
        "undone": request.query_params.get("undone"),
    }
    return templates.TemplateResponse(request, "queue.html", context)


@router.get("/review")
def next_item(request: Request, session: Read) -> Response:
    """The most urgent item, or the queue where nothing waits."""
    first = queue.page(session, limit=1, offset=0)
    return RedirectResponse(f"/review/{first[0].flag_id}" if first else "/", status_code=303)


@router.get("/review/{flag_id}")
def show_item(request: Request, session: Read, flag_id: int, decided: int | None = None) -> Response:
    """One item: what was captured, why it is here, and the decision form."""
    item = queue.item(session, flag_id)
    if item is None:
        raise HTTPException(404)
    context = {
        "item": item,
        "counts": queue.counts(session),
        "history": queue.history(session, item.listing_id),
        "next_id": queue.next_after(session, flag_id),
        "decided": decided,
    }
    return templates.TemplateResponse(request, "item.html", context)


@router.post("/review/{flag_id}")
def decide(
    request: Request,
    session: Write,
    flag_id: int,
    label: Annotated[DecisionLabel, Form()],
    assessment_id: Annotated[int, Form()],
    reason: Annotated[str, Form()] = "",
    note: Annotated[str, Form(max_length=4000)] = "",
) -> Response:
    """Store a decision and go on to the next item."""
    if reason and reason not in REASONS:
        raise UsageError(f"unknown reason {reason!r}", fix="choose one of the list")
    following = queue.next_after(session, flag_id)
    queue.decide(
        session,
        flag_id,
        label,
        request.app.state.actor,
        reason=reason or None,
        note=note.strip() or None,
        assessment_id=assessment_id,
    )
    target = f"/review/{following}?decided={flag_id}" if following else "/"
    return RedirectResponse(target, status_code=303)


@router.post("/undo")
def undo(request: Request, session: Write) -> Response:
    """Take back this person's last decision; both the decision and its undoing stay on record."""
    undone = queue.undo(session, request.app.state.actor)
    return RedirectResponse("/?undone=nothing" if undone is None else f"/review/{undone.flag_id}", status_code=303)

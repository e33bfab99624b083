"""The queue as a list: what waits, most urgent first, or what was decided; choosing items for a batch."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session

from review.auth import CurrentUser, Read, require
from review.navigation import Link
from review.rendering import render
from review.text import later
from review.walk import Filters
from storage import queue
from storage.batches import LARGEST
from storage.leases import Mode
from storage.models import DecisionAction, DecisionRow, FlagState
from storage.overview import second_for
from storage.queues import open_queue
from wildtrade.records import DecisionLabel

router = APIRouter(default_response_class=HTMLResponse)
LINKS = (Link(later("Queue"), "/queue", "queue.read", place=20, key="q"),)
PAGE = 50
MODES = {
    Mode.PRIORITY: later("Most urgent first"),
    Mode.OLDEST: later("Oldest first"),
    Mode.UNCERTAINTY: later("What the machine is least sure of"),
    Mode.RANDOM: later("At random"),
    Mode.SELLER: later("Seller by seller"),
    Mode.CLUSTER: later("Near-duplicates together"),
}
STATES = {FlagState.OPEN: later("waiting"), FlagState.DECIDED: later("decided")}


@router.api_route("/queue", methods=["GET", "HEAD"], dependencies=[require("queue.read")])
def show_queue(
    request: Request,
    session: Read,
    user: CurrentUser,
    filters: Annotated[Filters, Depends()],
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
    state: FlagState = FlagState.OPEN,
    stored: DecisionLabel | None = None,
    done: str = "",
) -> Response:
    """What waits, most urgent first, or what was decided."""
    items = queue.page(session, limit=PAGE + 1, offset=(page - 1) * PAGE, states=(state,), **filters.criteria)
    decided = state is FlagState.DECIDED
    named = open_queue(session, filters.named) if filters.named else None
    second = second_for(session, named, user.name) if named and user.may("review.second") else 0
    context: dict[str, Any] = {
        "items": items[:PAGE],
        "more": len(items) > PAGE,
        "page": page,
        "state": state,
        "states": STATES,
        "modes": MODES,
        "verdicts": {item.flag_id: _verdict(session, item.listing_id) for item in items[:PAGE]} if decided else {},
        "filters": filters,
        "named": named,
        "second": second,
        "choices": queue.choices(session),
        "counts": queue.counts(session),
        "stored": stored,
        "done": done,
        "largest": LARGEST,
        "bulk": user.may("review.bulk") and state is FlagState.OPEN,
    }
    return render(request, "queue/list.html", **context)


def _verdict(session: Session, listing_id: int) -> DecisionRow | None:
    """The decision that stands for a listing."""
    rows = queue.history(session, listing_id)
    undone = {row.undoes_id for row in rows}
    return next((r for r in reversed(rows) if r.action is DecisionAction.DECIDE and r.id not in undone), None)

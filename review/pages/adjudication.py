"""What waits for a senior: two people differ, or somebody asks."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from review.auth import CurrentUser, Read, require
from review.navigation import Link
from review.rendering import render
from review.text import later
from storage import queue
from storage.decisions import last_round
from storage.models import FlagState

router = APIRouter(default_response_class=HTMLResponse)
LINKS = (Link(later("Conflicts"), "/adjudication", "review.adjudicate", place=27, key="c"),)
_MOST = 100


@router.get("/adjudication", dependencies=[require("review.adjudicate")])
def show_conflicts(request: Request, session: Read, user: CurrentUser) -> Response:
    """The items with both decisions; whoever took part in one cannot settle it."""
    items = queue.page(session, limit=_MOST, states=(FlagState.CONFLICT, FlagState.ESCALATED))
    rounds = {item.flag_id: last_round(session, item.listing_id) for item in items}
    mine = {flag_id for flag_id, rows in rounds.items() if any(row.actor == user.name for row in rows)}
    return render(request, "adjudication/list.html", items=items, rounds=rounds, mine=mine)

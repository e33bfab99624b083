"""What happened to the newest hits of a query: a list first, a chart second."""

from __future__ import annotations

from collections import Counter
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy import select

from review.auth import CurrentUser, Read, require
from review.drawing import bars
from review.navigation import Link
from review.rendering import render
from review.searching import Box, bring_up_to_date, check_identity
from review.text import later
from storage.models import SearchDocument
from storage.search.finding import documents
from storage.search.story import events

router = APIRouter(default_response_class=HTMLResponse)
LINKS = (Link(later("Timeline"), "/timeline", "listing.read", place=66),)
MOST_LISTINGS, MOST_EVENTS = 200, 300
KINDS = {
    "posted": later("posted, as stated"),
    "found": later("first seen"),
    "changed": later("changed"),
    "price": later("new price"),
    "gone": later("gone"),
    "decided": later("decision"),
    "undone": later("decision taken back"),
}


@router.api_route("/timeline", methods=["GET", "HEAD"], dependencies=[require("listing.read")])
def show_timeline(request: Request, session: Read, user: CurrentUser, asked: Box) -> Response:
    """Events of the newest 200 hits, newest first."""
    check_identity(request, user, asked)
    bring_up_to_date(request.app.state.database)
    happened = []
    if not asked.problem:
        ids = documents(session, asked.query).limit(MOST_LISTINGS).subquery()
        statement = select(SearchDocument.listing_id).where(SearchDocument.id.in_(select(ids.c.id)))
        happened = events(session, list(session.scalars(statement)))
    months = sorted(Counter(f"{one.at:%Y-%m}" for one in happened).items())
    context: dict[str, Any] = {
        "events": happened[::-1][:MOST_EVENTS],
        "total": len(happened),
        "months": months,
        "kinds": KINDS,
    }
    return render(request, "timeline/timeline.html", asked=asked, chart=bars(months), **context)

"""The sellers with the most listings; accounts that people merged are one."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response

from review.auth import Read, require
from review.navigation import Link
from review.rendering import render
from review.searching import bring_up_to_date
from review.text import later
from storage.search.accounts import sellers, sizes

router = APIRouter(default_response_class=HTMLResponse)
LINKS = (Link(later("Sellers"), "/sellers", "listing.read", place=35),)
PAGE = 50


@router.api_route("/sellers", methods=["GET", "HEAD"], dependencies=[require("listing.read")])
def show_sellers(request: Request, session: Read, page: Annotated[int, Query(ge=1, le=100_000)] = 1) -> Response:
    """Sellers under their numbers; names only on their own pages, for those who may."""
    bring_up_to_date(request.app.state.database)
    found = sellers(session, limit=PAGE + 1, offset=(page - 1) * PAGE)
    merged = sizes(session, [row.id for row, _ in found if row.head_id])
    return render(request, "sellers/list.html", sellers=found[:PAGE], merged=merged, more=len(found) > PAGE, page=page)

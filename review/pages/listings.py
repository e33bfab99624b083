"""Search: one box, chips that mirror it, a table or a gallery; counts and facets follow after the hits."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response

from review.auth import CurrentUser, require
from review.navigation import Link
from review.rendering import render
from review.searching import Box, bring_up_to_date, check_identity
from review.text import later
from storage.search import finding, saved
from storage.search.query import FIELDS, QueryError
from storage.workspace import Mode

router = APIRouter(default_response_class=HTMLResponse)
LINKS = (Link(later("Search"), "/listings", "listing.read", place=30),)
PAGE = 50
_READ = ["GET", "HEAD"]
_MAY_READ = [require("listing.read")]


class View(StrEnum):
    """How hits are laid out."""

    TABLE = "table"
    GALLERY = "gallery"


@router.api_route("/listings", methods=_READ, dependencies=_MAY_READ)
def show_listings(
    request: Request,
    user: CurrentUser,
    asked: Box,
    view: View = View.TABLE,
    after: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
) -> Response:
    """The newest hits of a query."""
    database = request.app.state.database
    check_identity(request, user, asked)
    complete = bring_up_to_date(database)
    context: dict[str, Any] = {"asked": asked, "view": view, "views": View, "after": after, "fields": FIELDS}
    with database.session(read_only=True) as session:
        found = finding.Found(hits=[], after=None)
        if not asked.problem:
            try:
                found = finding.find(session, asked.query, limit=PAGE, after=after)
            except QueryError as error:
                asked.problem = str(error)
        context |= {"found": found, "complete": complete, "history": saved.history(session, user.user_id)}
        return render(request, "listings/list.html", status=400 if asked.problem else 200, **context)


@router.api_route("/found", methods=_READ, dependencies=_MAY_READ)
def show_found(request: Request, user: CurrentUser, asked: Box, view: View = View.TABLE) -> Response:
    """How many there are and what they have in common; asked for by the page once the hits are shown."""
    database = request.app.state.database
    check_identity(request, user, asked)
    context: dict[str, Any] = {"asked": asked, "view": view, "most": finding.MOST, "number": 0, "facets": {}}
    if not asked.problem:
        with database.session(read_only=True) as session:
            context |= {"number": finding.count(session, asked.query), "facets": finding.facets(session, asked.query)}
        if asked.text and request.state.mode is Mode.NORMAL:
            with database.session() as session:
                saved.asked(session, user.user_id, asked.query)
    return render(request, "listings/found.html", **context)

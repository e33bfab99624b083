"""Where the newest hits of a query are said to be: by country, never finer; the table says the same."""

from __future__ import annotations

from collections import Counter

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy import select

from review.auth import CurrentUser, Read, require
from review.drawing import world
from review.navigation import Link
from review.rendering import render
from review.searching import Box, check_identity
from review.text import gettext as _
from review.text import language, later
from review.world import country_name, country_of, middles, world_svg
from storage.models import Revision, SearchDocument
from storage.search.finding import documents

router = APIRouter(default_response_class=HTMLResponse)
LINKS = (Link(later("Map"), "/map", "listing.read", place=64),)
_READ = ["GET", "HEAD"]
MOST = 1_000


@router.api_route("/map", methods=_READ, dependencies=[require("listing.read")])
def show_map(request: Request, session: Read, user: CurrentUser, asked: Box) -> Response:
    """The newest 1,000 hits on the map of the world."""
    check_identity(request, user, asked)
    places: list[str | None] = []
    if not asked.problem:
        ids = documents(session, asked.query).limit(MOST).subquery()
        statement = select(Revision.location).join(SearchDocument, SearchDocument.revision_id == Revision.id)
        places = list(session.scalars(statement.where(SearchDocument.id.in_(select(ids.c.id)))))
    counted = Counter(code for code in map(country_of, places) if code)
    rows = [(code, country_name(code, language()), number) for code, number in counted.most_common()]
    points = [(*middles()[code], number) for code, _name, number in rows if code in middles()]
    chart = world(points, _("Map of the world with a circle per country; the table below says the same"))
    return render(request, "map/map.html", asked=asked, rows=rows, chart=chart, total=len(places))


@router.api_route("/map/world.svg", methods=_READ, dependencies=[require("listing.read")])
def show_world(request: Request) -> Response:
    """The land beneath the points."""
    return Response(world_svg(), media_type="image/svg+xml")

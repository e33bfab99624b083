"""Where the newest hits of a query are said to be: a city at the finest; the table says the same."""

from __future__ import annotations

from collections import Counter
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from review.auth import CurrentUser, Read, require
from review.drawing import Dot, world
from review.gazetteer import CITY, COUNTRY, REGION, Place, place_of
from review.known_sources import countries_of_sources
from review.navigation import Link
from review.rendering import render
from review.searching import Asked, Box, bring_up_to_date, check_identity
from review.text import gettext as _
from review.text import language, later
from review.world import country_name, world_svg
from storage.models import Revision, SearchDocument
from storage.search.finding import documents

router = APIRouter(default_response_class=HTMLResponse)
LINKS = (Link(later("Map"), "/map", "listing.read", place=64, key="m"),)
_READ = ["GET", "HEAD"]
MOST = 1_000
PRECISION = {CITY: later("city"), REGION: later("region"), COUNTRY: later("country")}
_RINGS = {CITY: 0.0, REGION: 1.5, COUNTRY: 4.0}  # degrees


@router.api_route("/map", methods=_READ, dependencies=[require("listing.read")])
def show_map(request: Request, session: Read, user: CurrentUser, asked: Box) -> Response:
    """The newest 1,000 hits on the map of the world."""
    check_identity(request, user, asked)
    bring_up_to_date(request.app.state.database)
    homes = countries_of_sources(request)
    places = [place_of(stated, homes.get(source, "")) for source, stated in _stated(session, asked)]
    counted = Counter(place for place in places if place)
    dots = [Dot(one.latitude, one.longitude, number, _RINGS[one.precision]) for one, number in counted.items()]
    chart = world(dots, _("Map with a circle per place; the table below says the same"))
    context: dict[str, Any] = {
        "rows": [_row(place, number) for place, number in counted.most_common()],
        "precision": PRECISION,
        "placed": sum(counted.values()),
        "total": len(places),
    }
    return render(request, "map/map.html", asked=asked, chart=chart, **context)


def _stated(session: Session, asked: Asked) -> list[tuple[str, str | None]]:
    """Source and stated place of the newest hits."""
    if asked.problem:
        return []
    ids = documents(session, asked.query).limit(MOST).subquery()
    statement = select(SearchDocument.source, Revision.location).join(
        SearchDocument, SearchDocument.revision_id == Revision.id
    )
    rows = session.execute(statement.where(SearchDocument.id.in_(select(ids.c.id))))
    return [(row[0], row[1]) for row in rows]


def _row(place: Place, number: int) -> tuple[str, str, str, int]:
    """Name, country, precision and number, as the table shows them."""
    country = country_name(place.country, language())
    return place.name or country, country, place.precision, number


@router.api_route("/map/world.svg", methods=_READ, dependencies=[require("listing.read")])
def show_world(request: Request) -> Response:
    """The land beneath the points."""
    return Response(world_svg(), media_type="image/svg+xml")

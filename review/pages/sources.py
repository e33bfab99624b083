"""Sources: what is read and how, how the last runs went, when somebody last looked at the live site."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, Response
from starlette.exceptions import HTTPException

from review.auth import Read, require
from review.known_sources import known_sources
from review.navigation import Link
from review.rendering import render
from review.text import later
from storage import health

router = APIRouter(default_response_class=HTMLResponse)
LINKS = (Link(later("Sources"), "/sources", "crawl.read", place=74),)
_MAY = [require("crawl.read")]
HEALTH = {
    "good": (later("finished"), "✓"),
    "poor": (later("with problems"), "!"),
    "bad": (later("failed"), "✕"),
    "going": (later("running"), "…"),
}


@router.api_route("/sources", methods=["GET", "HEAD"], dependencies=_MAY)
def show_sources(request: Request, session: Read) -> Response:
    """All sources with the strip of their last thirty runs; one that never ran says so."""
    sources = sorted(known_sources(request).values(), key=lambda one: (not one.enabled, one.id))
    return render(request, "sources/list.html", sources=sources, strips=health.strips(session), health=HEALTH)


@router.api_route("/sources/{source_id}", methods=["GET", "HEAD"], dependencies=_MAY)
def show_source(request: Request, session: Read, source_id: Annotated[str, Path(max_length=42)]) -> Response:
    """One source."""
    source = known_sources(request).get(source_id)
    if source is None:
        raise HTTPException(404)
    runs = health.runs(session, limit=20, source=source_id)
    context: dict[str, Any] = {
        "source": source,
        "runs": runs,
        "strip": health.strips(session).get(source_id, ()),
        "health": HEALTH,
    }
    return render(request, "sources/source.html", **context)

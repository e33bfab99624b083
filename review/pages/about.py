"""About this program: version, languages, accessibility."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from review.auth import PUBLIC, require
from review.rendering import render
from wildtrade import __version__

router = APIRouter(default_response_class=HTMLResponse)


@router.get("/about", dependencies=[require(PUBLIC)])
def show_about(request: Request) -> Response:
    """What this is, how far its translations can be trusted, whom it works for."""
    return render(request, "about/about.html", version=__version__)


@router.get("/accessibility", dependencies=[require(PUBLIC)])
def show_accessibility(request: Request) -> Response:
    """The accessibility statement: what is aimed at, what was checked and how, what is known to be missing."""
    return render(request, "about/accessibility.html", checked_on="2026-11-24")

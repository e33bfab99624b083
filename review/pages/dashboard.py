"""Figures of the work: charts, each with its table, its CSV and its sentence."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import HTMLResponse, Response
from starlette.exceptions import HTTPException

from review import figures
from review.auth import require
from review.navigation import Link
from review.rendering import go, render
from review.sheets import csv_answer
from review.text import later
from storage.figures import PERIODS

router = APIRouter(default_response_class=HTMLResponse)
LINKS = (Link(later("Dashboard"), "/dashboard", "dashboard.read", place=60, key="d"),)
_MAY = [require("dashboard.read")]
Days = Annotated[int, Query(ge=1, le=365)]


@router.api_route("/dashboard", methods=["GET", "HEAD"], dependencies=_MAY)
def show_dashboard(request: Request, days: Days = 30) -> Response:
    """The charts of a period."""
    found = figures.figures(request.app.state.database, days)
    context: dict[str, Any] = {
        "found": found,
        "charts": figures.charts(found) if found else (),
        "recall": figures.recall(found) if found else "",
        "periods": PERIODS,
        "days": found["days"] if found else days,
    }
    return render(request, "dashboard/dashboard.html", **context)


@router.post("/dashboard/refresh", dependencies=_MAY)
def compute_anew(request: Request, days: Days = 30) -> Response:
    """Compute the figures of a period again, now."""
    figures.figures(request.app.state.database, days, anew=True)
    return go(f"/dashboard?days={days}")


@router.get("/dashboard/{name}.csv", dependencies=_MAY)
def download(request: Request, name: Annotated[str, Path(max_length=40)], days: Days = 30) -> Response:
    """The table of one chart."""
    found = figures.figures(request.app.state.database, days)
    chart = next((one for one in figures.charts(found) if one.name == name), None) if found else None
    if chart is None:
        raise HTTPException(404)
    return csv_answer(f"wildtrade-{chart.name}-{days}d", chart.columns, chart.rows)

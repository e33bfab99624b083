"""The inbox of alerts: what an operator should look at."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response

from review.auth import CurrentUser, Read, Write, require
from review.navigation import Link
from review.rendering import go, render
from review.text import later
from storage import alerts

router = APIRouter(default_response_class=HTMLResponse)
LINKS = (Link(later("Alerts"), "/alerts", "alert.read", place=76),)
_MAY = [require("alert.read")]
KINDS = {
    "run_failed": later("A run failed"),
    "source_blocked": later("A source blocks us"),
    "coverage_dropped": later("Fields are missing that were there before"),
    "disk": later("The disk is nearly full"),
    "no_crawl": later("Nothing was crawled for a day"),
    "webhook_failed": later("A webhook could not be told"),
}


@router.api_route("/alerts", methods=["GET", "HEAD"], dependencies=_MAY)
def show_alerts(request: Request, session: Read) -> Response:
    """Alerts, those nobody has seen first."""
    context: dict[str, Any] = {"alerts": alerts.inbox(session), "unseen": alerts.unseen(session), "kinds": KINDS}
    return render(request, "crawls/alerts.html", **context)


@router.post("/alerts/seen", dependencies=_MAY)
def mark_seen(
    session: Write, user: CurrentUser, alert_id: Annotated[int | None, Form(ge=1, le=2**63 - 1)] = None
) -> Response:
    """Say that somebody has seen one alert, or all."""
    alerts.see(session, user.name, alert_id)
    return go("/alerts")

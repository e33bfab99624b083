"""Schedules: when which sources are crawled; add, pause, resume, run now, remove."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Form, Path, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session

from review.auth import CurrentUser, Read, Write, actor, require
from review.known_sources import known_sources
from review.navigation import Link
from review.rendering import go, render
from review.text import later
from storage import requests, schedules
from storage.audit import record
from storage.database import clean_text
from storage.models import Overlap, Schedule, utcnow
from wildtrade.errors import UsageError
from wildtrade.sources import Source
from wildtrade.timetable import next_time, trigger_for

router = APIRouter(default_response_class=HTMLResponse)
LINKS = (Link(later("Schedules"), "/schedules", "crawl.read", place=72),)
_EDITS = [require("schedule.edit")]
SLOTS = {
    "claimed": later("taken"),
    "running": later("running"),
    "done": later("finished"),
    "failed": later("failed"),
    "skipped": later("skipped"),
}
Name = Annotated[str, Path(min_length=1, max_length=80)]


@router.api_route("/schedules", methods=["GET", "HEAD"], dependencies=[require("crawl.read")])
def show_schedules(request: Request, session: Read) -> Response:
    """All schedules with their next time, and what became of the last ones."""
    return _list(request, session)


def _list(request: Request, session: Session, *, status: int = 200, **more: Any) -> Response:
    found = schedules.all_schedules(session)
    context = {
        "schedules": [(one, None if one.paused else next_time(one.cron, one.timezone, utcnow())) for one in found],
        "history": schedules.history(session, limit=20),
        "slots": SLOTS,
        "alive": requests.scheduler_alive(session),
        "sources": [one for one in known_sources(request).values() if one.enabled],
    }
    return render(request, "schedules/list.html", status=status, **(context | more))


@router.post("/schedules", dependencies=_EDITS)
def add(
    request: Request,
    session: Write,
    user: CurrentUser,
    name: Annotated[str, Form(max_length=80)] = "",
    sources: Annotated[tuple[str, ...], Form()] = (),
    cron: Annotated[str, Form(max_length=120)] = "",
    timezone: Annotated[str, Form(max_length=64)] = "UTC",
    overlap: Annotated[Overlap, Form()] = Overlap.SKIP,
) -> Response:
    """Add a schedule; what is wrong is said on the page, with what was typed."""
    wanted = {"name": clean_text(name.strip()), "cron": cron.strip(), "timezone": timezone.strip()}
    try:
        made = new_schedule(session, known_sources(request), list(sources), wanted, overlap, user.name)
    except UsageError as error:
        return _list(request, session, status=400, problem=str(error), typed=wanted, chosen=sources)
    after = wanted | {"sources": sources}
    record(session, "schedule_add", actor(request, user), kind="schedule", id=made.id, after=after)
    return go("/schedules")


def new_schedule(
    session: Session, known: Mapping[str, Source], sources: list[str], wanted: dict[str, str], overlap: Overlap, by: str
) -> Schedule:
    """Check and add a schedule. Raises UsageError that names the field."""
    if not wanted["name"] or not wanted["name"].isprintable():
        raise UsageError("a schedule needs a name", field="name", fix="write one of 1 to 80 letters")
    bad = [one for one in sources if one not in known or not known[one].enabled]
    if bad or not sources:
        fix = "choose sources of the list"
        raise UsageError(f"no such source, or it is off: {', '.join(bad)}", field="sources", fix=fix)
    trigger_for(wanted["cron"], wanted["timezone"])
    return schedules.add(
        session, wanted["name"], sources, wanted["cron"], wanted["timezone"], {}, overlap=overlap, owner=by
    )


@router.post("/schedules/{name}/pause", dependencies=_EDITS)
def pause(request: Request, session: Write, user: CurrentUser, name: Name) -> Response:
    """Stop a schedule from becoming due."""
    return _set_paused(request, session, user, name, True)


@router.post("/schedules/{name}/resume", dependencies=_EDITS)
def resume(request: Request, session: Write, user: CurrentUser, name: Name) -> Response:
    """Make it due again; what was due meanwhile is not made up for."""
    return _set_paused(request, session, user, name, False)


def _set_paused(request: Request, session: Session, user: CurrentUser, name: str, paused: bool) -> Response:
    one = schedules.set_paused(session, name, paused)
    record(session, "schedule_pause" if paused else "schedule_resume", actor(request, user), kind="schedule", id=one.id)
    return go("/schedules")


@router.post("/schedules/{name}/run", dependencies=[require("crawl.run")])
def run_now(request: Request, session: Write, user: CurrentUser, name: Name) -> Response:
    """Ask for a run now; the scheduler takes it."""
    one = schedules.get(session, name)
    asked = schedules.request_run(session, one.id, user.name)
    record(session, "crawl_start", actor(request, user), kind="run_request", id=asked, after={"schedule": name})
    return go("/crawls?asked=1")


@router.post("/schedules/{name}/remove", dependencies=_EDITS)
def remove(request: Request, session: Write, user: CurrentUser, name: Name) -> Response:
    """Take it off the list; its history stays."""
    one = schedules.get(session, name)
    schedules.remove(session, name)
    record(session, "schedule_remove", actor(request, user), kind="schedule", id=one.id, before={"name": name})
    return go("/schedules")

"""Runs, schedules, sources, alerts, figures for programs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from review import figures
from review.auth import CurrentUser, Read, Write, actor, require
from review.known_sources import known_sources
from review.numbers import RowId
from review.pages.schedules import new_schedule
from review.programs import RESPONSES, Cursor, Limit, Page, number_of
from storage import alerts, health, requests, schedules
from storage.audit import record
from storage.models import Overlap, Run, Schedule, utcnow
from wildtrade.errors import UsageError
from wildtrade.timetable import next_time

router = APIRouter(prefix="/api/v1", tags=["operations"], responses=RESPONSES)
Name = Annotated[str, Path(min_length=1, max_length=80)]
Words = Annotated[list[Annotated[str, Field(max_length=200)]], Field(max_length=100)]


class RunLine(BaseModel):
    """One run of a source."""

    id: int
    source: str
    state: str
    reason: str
    started_at: datetime
    ended_at: datetime | None


class Wish(BaseModel):
    """A crawl that is asked for."""

    source: str = Field(max_length=42)
    queries: Words = Field([], description="empty: the words of the source")
    limit: int | None = Field(None, ge=1, le=1_000_000, description="most listings")


class Asked(BaseModel):
    """The request; the scheduler takes it within seconds."""

    request_id: int


class ScheduleLine(BaseModel):
    """One schedule."""

    name: str
    sources: list[str]
    cron: str
    timezone: str
    overlap: Overlap
    paused: bool
    next: datetime | None


class NewSchedule(BaseModel):
    """A schedule to add."""

    name: str = Field(min_length=1, max_length=80)
    sources: list[str] = Field(min_length=1, max_length=200)
    cron: str = Field(max_length=120, description="five fields: minute hour day month weekday")
    timezone: str = Field("UTC", max_length=64)
    overlap: Overlap = Overlap.SKIP


class SourceLine(BaseModel):
    """One source."""

    id: str
    name: str
    site: str
    country: str
    languages: list[str]
    kind: str
    enabled: bool
    last_checked: str


class AlertLine(BaseModel):
    """One alert."""

    id: int
    kind: str
    source: str
    run_id: int | None
    detail: str
    raised_at: datetime
    seen_at: datetime | None


@router.get("/runs", dependencies=[require("crawl.read")])
def list_runs(
    session: Read, source: Annotated[str, Query(max_length=42)] = "", limit: Limit = 50, cursor: Cursor = ""
) -> Page[RunLine]:
    """Runs, newest first."""
    found = health.runs(session, limit=limit + 1, before=number_of(cursor), source=source)
    following = str(found[limit - 1].id) if len(found) > limit else None
    return Page(items=[_run(one) for one in found[:limit]], next=following)


def _run(run: Run) -> RunLine:
    return RunLine(
        id=run.id, source=run.source, state=run.state.value, reason=run.reason, started_at=run.started_at,
        ended_at=run.ended_at,
    )  # fmt: skip


@router.get("/runs/{run_id}", dependencies=[require("crawl.read")])
def show_run(session: Read, run_id: RowId) -> dict[str, Any]:
    """Where a run stands: pages, listings, speed."""
    found = health.progress(session, run_id)
    if found is None:
        raise HTTPException(404, "there is no such run")
    return found


@router.post("/crawls", dependencies=[require("crawl.run")], status_code=202)
def crawl(request: Request, session: Write, user: CurrentUser, wish: Wish) -> Asked:
    """Ask for a crawl of one source now."""
    known = known_sources(request).get(wish.source)
    if known is None or not known.enabled:
        raise UsageError("there is no such source, or it is off", field="source", fix="see /api/v1/sources")
    asked = requests.ask_for_crawl(session, [wish.source], wish.model_dump(exclude={"source"}), user.name)
    record(session, "crawl_start", actor(request, user), kind="run_request", id=asked, after=wish.model_dump())
    return Asked(request_id=asked)


@router.get("/schedules", dependencies=[require("crawl.read")])
def list_schedules(session: Read) -> Page[ScheduleLine]:
    """All schedules by name."""
    return Page(items=[_schedule(one) for one in schedules.all_schedules(session)], next=None)


def _schedule(one: Schedule) -> ScheduleLine:
    following = None if one.paused else next_time(one.cron, one.timezone, utcnow())
    return ScheduleLine(
        name=one.name, sources=one.sources, cron=one.cron, timezone=one.timezone, overlap=one.overlap,
        paused=one.paused, next=following,
    )  # fmt: skip


@router.post("/schedules", dependencies=[require("schedule.edit")], status_code=201)
def add_schedule(request: Request, session: Write, user: CurrentUser, wanted: NewSchedule) -> ScheduleLine:
    """Add a schedule."""
    words = wanted.model_dump(include={"name", "cron", "timezone"})
    made = new_schedule(session, known_sources(request), wanted.sources, words, wanted.overlap, user.name)
    record(session, "schedule_add", actor(request, user), kind="schedule", id=made.id, after=wanted.model_dump())
    return _schedule(made)


@router.post("/schedules/{name}/pause", dependencies=[require("schedule.edit")])
def pause(request: Request, session: Write, user: CurrentUser, name: Name) -> ScheduleLine:
    """Stop a schedule from becoming due."""
    one = schedules.set_paused(session, name, True)
    record(session, "schedule_pause", actor(request, user), kind="schedule", id=one.id)
    return _schedule(one)


@router.post("/schedules/{name}/resume", dependencies=[require("schedule.edit")])
def resume(request: Request, session: Write, user: CurrentUser, name: Name) -> ScheduleLine:
    """Make it due again."""
    one = schedules.set_paused(session, name, False)
    record(session, "schedule_resume", actor(request, user), kind="schedule", id=one.id)
    return _schedule(one)


@router.post("/schedules/{name}/run", dependencies=[require("crawl.run")], status_code=202)
def run_now(request: Request, session: Write, user: CurrentUser, name: Name) -> Asked:
    """Ask for a run now."""
    one = schedules.get(session, name)
    asked = schedules.request_run(session, one.id, user.name)
    record(session, "crawl_start", actor(request, user), kind="run_request", id=asked, after={"schedule": name})
    return Asked(request_id=asked)


@router.get("/sources", dependencies=[require("crawl.read")])
def list_sources(request: Request) -> Page[SourceLine]:
    """All sources by id."""
    names = set(SourceLine.model_fields)
    found = [SourceLine(**one.model_dump(include=names)) for one in known_sources(request).values()]
    return Page(items=found, next=None)


@router.get("/alerts", dependencies=[require("alert.read")])
def list_alerts(session: Read, limit: Limit = 50) -> Page[AlertLine]:
    """Alerts, those nobody has seen first."""
    names = tuple(AlertLine.model_fields)
    found = alerts.inbox(session, limit=limit)
    return Page(items=[AlertLine(**{name: getattr(one, name) for name in names}) for one in found], next=None)


@router.get("/figures", dependencies=[require("dashboard.read")])
def show_figures(request: Request, days: Annotated[int, Query(ge=1, le=365)] = 30) -> dict[str, Any]:
    """The figures of the dashboard for 7, 30, 90 or 365 days. 409 while they are computed for the first time."""
    found = figures.figures(request.app.state.database, days)
    if found is None:
        raise HTTPException(409, "the figures are being computed for the first time; ask again in a moment")
    return {name: value for name, value in found.items() if name != "drawn"} | {"recall": figures.recall(found)}

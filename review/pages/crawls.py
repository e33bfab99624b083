"""Runs: what goes on, what came of the last ones, and asking for one by a row that the scheduler takes."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from review.auth import CurrentUser, Read, Write, actor, require
from review.known_sources import known_sources
from review.navigation import Link
from review.numbers import RowId
from review.rendering import go, render
from review.text import later
from storage import health, requests
from storage.audit import record
from storage.database import Database, clean_text
from storage.models import Run
from storage.summary import summary
from wildtrade.errors import UsageError

router = APIRouter(default_response_class=HTMLResponse)
LINKS = (Link(later("Crawls"), "/crawls", "crawl.read", place=70),)
PAGE = 50
_EVERY, _LONGEST = 1.0, 1800.0  # seconds between two looks at a run, and after which the browser asks anew
STATES = {
    "running": later("running"),
    "finished": later("finished"),
    "finished_with_problems": later("finished with problems"),
    "stopped": later("stopped"),
    "skipped": later("skipped"),
    "failed": later("failed"),
}


@router.api_route("/crawls", methods=["GET", "HEAD"], dependencies=[require("crawl.read")])
def show_crawls(
    request: Request,
    session: Read,
    source: Annotated[str, Query(max_length=42)] = "",
    before: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
) -> Response:
    """All runs, newest first, and what was asked for."""
    return _list(request, session, source=source, before=before)


def _list(request: Request, session: Session, *, source: str = "", before: int | None = None) -> Response:
    found = health.runs(session, limit=PAGE + 1, before=before, source=source)
    context: dict[str, Any] = {
        "runs": found[:PAGE],
        "more": found[PAGE - 1].id if len(found) > PAGE else None,
        "states": STATES,
        "source": source,
        "asked": requests.recent_requests(session, 10),
        "alive": requests.scheduler_alive(session),
        "sources": [one for one in known_sources(request).values() if one.enabled],
    }
    return render(request, "crawls/list.html", **context)


@router.post("/crawls", dependencies=[require("crawl.run")])
def ask_for_crawl(
    request: Request,
    session: Write,
    user: CurrentUser,
    source: Annotated[str, Form(max_length=42)] = "",
    words: Annotated[str, Form(max_length=2000)] = "",
    limit: Annotated[int, Form(ge=0, le=1_000_000)] = 0,
) -> Response:
    """Ask for a crawl of one source now."""
    known = known_sources(request).get(source)
    if known is None or not known.enabled:
        raise UsageError("there is no such source, or it is off", field="source", fix="choose one of the list")
    queries = [line.strip() for line in clean_text(words).splitlines() if line.strip()]
    options = {"queries": queries, "limit": limit or None}
    asked = requests.ask_for_crawl(session, [source], options, user.name)
    after = {"source": source, **options}
    record(session, "crawl_start", actor(request, user), kind="run_request", id=asked, after=after)
    return go("/crawls?asked=1")


@router.api_route("/crawls/{run_id}", methods=["GET", "HEAD"], dependencies=[require("crawl.read")])
def show_run(request: Request, session: Read, run_id: RowId) -> Response:
    """One run: its figures, live while it goes on."""
    run = session.get(Run, run_id)
    if run is None:
        raise HTTPException(404)
    context: dict[str, Any] = {
        "run": run,
        "states": STATES,
        "figures": health.progress(session, run_id),
        "summary": summary(session, [run_id]),
        "failed": health.failed_pages(session, run_id),
    }
    return render(request, "crawls/run.html", **context)


@router.get("/crawls/{run_id}/events", dependencies=[require("crawl.read")])
async def follow(request: Request, run_id: RowId) -> Response:
    """The figures of a run as server-sent events, one whenever they change, until it has ended."""
    database = request.app.state.database
    first = await run_in_threadpool(_look, database, run_id)
    if first is None:
        raise HTTPException(404)
    return StreamingResponse(_events(request, database, run_id), media_type="text/event-stream")


def _look(database: Database, run_id: int) -> dict[str, object] | None:
    with database.session(read_only=True) as session:
        return health.progress(session, run_id)


async def _events(request: Request, database: Database, run_id: int) -> AsyncIterator[str]:
    said, end = "", time.monotonic() + _LONGEST
    while time.monotonic() < end and not await request.is_disconnected():
        found = await run_in_threadpool(_look, database, run_id)
        if found is None:
            return
        words = json.dumps(found)
        yield f"data: {words}\n\n" if words != said else ": still here\n\n"
        said = words
        if found["state"] != "running":
            yield "event: end\ndata: {}\n\n"
            return
        await asyncio.sleep(_EVERY)

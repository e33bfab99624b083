"""The audit trail: who did what, when; filtered, and as a file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response

from review.auth import CurrentUser, Read, Write, actor, require
from review.navigation import Link
from review.rendering import render
from review.sheets import csv_answer
from review.text import later
from storage import trail
from storage.audit import record
from storage.models import AuditRow, table_of

router = APIRouter(default_response_class=HTMLResponse)
LINKS = (Link(later("Audit trail"), "/admin/audit", "audit.read", place=93),)
_MAY = [require("audit.read")]
PAGE = 100
_COLUMNS = tuple(column.name for column in table_of(AuditRow).columns)


def _wanted(
    actor: Annotated[str, Query(max_length=80)] = "",
    action: Annotated[str, Query(max_length=40)] = "",
    object_kind: Annotated[str, Query(max_length=24)] = "",
    object_id: Annotated[str, Query(max_length=80)] = "",
    since: str = "",
    until: str = "",
) -> trail.Wanted:
    days = {"since": _day(since), "until": _day(until)}
    return trail.Wanted(actor=actor, action=action, object_kind=object_kind, object_id=object_id, **days)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


Wanted = Annotated[trail.Wanted, Depends(_wanted)]


@router.api_route("/admin/audit", methods=["GET", "HEAD"], dependencies=_MAY)
def show_audit(
    request: Request, session: Read, wanted: Wanted, before: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None
) -> Response:
    """Events, newest first."""
    found = trail.events(session, wanted, limit=PAGE + 1, before=before)
    context: dict[str, Any] = {
        "events": found[:PAGE],
        "more": found[PAGE - 1].seq if len(found) > PAGE else None,
        "wanted": wanted,
        "actions": trail.actions(session),
        "as_json": _json,
    }
    return render(request, "admin/audit.html", **context)


@router.get("/admin/audit.csv", dependencies=_MAY)
def download(request: Request, session: Write, user: CurrentUser, wanted: Wanted) -> Response:
    """The events as CSV; that they were taken out is an event too."""
    record(session, "export", actor(request, user), kind="audit", after=wanted.chosen)
    return csv_answer("wildtrade-audit", _COLUMNS, _rows(trail.all_events(session, wanted)))


def _rows(events: Iterator[AuditRow]) -> Iterator[list[str]]:
    for one in events:
        values = {**{name: getattr(one, name) for name in _COLUMNS}, "utc": one.utc.isoformat()}
        yield [_json(values[name]) if name in ("before", "after") else str(values[name] or "") for name in _COLUMNS]


def _json(value: Any) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False)

"""Notes, tasks and events of a case."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response
from starlette.exceptions import HTTPException

from review.auth import CurrentUser, Write, actor
from review.numbers import RowId
from review.pages.cases import EDIT, Long, Number, Short, case_of, day
from review.rendering import go
from storage.cases import add_entry, finish_task
from storage.models import CaseEntry, EntryKind
from wildtrade.errors import UsageError

router = APIRouter(default_response_class=HTMLResponse)


@router.post("/cases/{case_id}/entries", dependencies=EDIT)
def write_entry(
    request: Request,
    session: Write,
    user: CurrentUser,
    case_id: RowId,
    kind: Annotated[EntryKind, Form()] = EntryKind.NOTE,
    text: Long = "",
    assigned_to: Short = "",
    due_on: Short = "",
    happened_at: Short = "",
) -> Response:
    """Write a note, a task or an event."""
    case, who = case_of(session, case_id), actor(request, user)
    if kind is EntryKind.TASK:
        add_entry(session, case, kind, text, who, assigned_to=assigned_to[:80], due_on=day(due_on))
    elif kind is EntryKind.EVENT:
        add_entry(session, case, kind, text, who, happened_at=_moment(happened_at))
    else:
        add_entry(session, case, kind, text, who)
    return go(f"/cases/{case_id}?done=kept#{kind.value}s")


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError as error:
        raise UsageError("an event needs a time", field="happened_at", fix="choose day and time, UTC") from error


@router.post("/cases/{case_id}/entries/done", dependencies=EDIT)
def finish(request: Request, session: Write, user: CurrentUser, case_id: RowId, entry: Number = 1) -> Response:
    """Mark a task as done."""
    row = session.get(CaseEntry, entry)
    if row is None or row.case_id != case_of(session, case_id).id:
        raise HTTPException(404)
    finish_task(session, row, actor(request, user))
    return go(f"/cases/{case_id}?done=kept#tasks")

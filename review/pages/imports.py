"""Bringing in files: rows with a text go to review, addresses are captured; each bad line is named."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException

from review.auth import CurrentUser, Read, Write, actor, require
from review.navigation import Link
from review.numbers import RowId
from review.rendering import go, render
from review.text import later
from storage import imports, requests
from storage.audit import record
from storage.models import ImportFile
from wildtrade.errors import UsageError

router = APIRouter(default_response_class=HTMLResponse)
LINKS = (Link(later("Import"), "/imports", "import.create", place=78),)
_MAY = [require("import.create")]
STATES = {
    "waiting": later("waits for the scheduler"),
    "running": later("is being brought in"),
    "done": later("brought in"),
    "failed": later("failed"),
}


@router.api_route("/imports", methods=["GET", "HEAD"], dependencies=_MAY)
def show_imports(request: Request, session: Read) -> Response:
    """The files brought in, and the form for one more."""
    return _list(request, session)


def _list(request: Request, session: Session, *, status: int = 200, **more: Any) -> Response:
    context: dict[str, Any] = {
        "files": imports.files(session),
        "states": STATES,
        "alive": requests.scheduler_alive(session),
    }
    return render(request, "imports/list.html", status=status, **(context | more))


@router.post("/imports", dependencies=_MAY)
def bring_in(
    request: Request,
    session: Write,
    user: CurrentUser,
    file: Annotated[UploadFile | None, File()] = None,
    text: Annotated[str, Form()] = "",
    note: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """Keep a file, or what was pasted, to be brought in; a file that cannot be read is refused with the reason."""
    data = file.file.read(imports.LONGEST + 1) if file is not None and file.filename else text.encode()
    name = (file.filename if file is not None else "") or "pasted.txt"
    try:
        kept = imports.keep_file(session, name, data, user.name, note.strip())
    except UsageError as error:
        return _list(request, session, status=400, problem=str(error), typed={"note": note, "text": text})
    after = {"name": kept.name, "sha256": kept.sha256, "rows": kept.to_review + kept.to_capture}
    record(session, "import", actor(request, user), kind="import", id=kept.id, after=after)
    return go(f"/imports/{kept.id}")


@router.api_route("/imports/{import_id}", methods=["GET", "HEAD"], dependencies=_MAY)
def show_import(request: Request, session: Read, import_id: RowId) -> Response:
    """What came of one file, with what is wrong in which line."""
    file = session.get(ImportFile, import_id)
    if file is None:
        raise HTTPException(404)
    context: dict[str, Any] = {"file": file, "states": STATES, "alive": requests.scheduler_alive(session)}
    return render(request, "imports/file.html", **context)

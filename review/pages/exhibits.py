"""One exhibit: its hashes, times, files and custody; verified again on demand."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException

from review.auth import CurrentUser, Read, Write, actor, require
from review.evidence import custody, download
from review.numbers import RowId
from review.rendering import render
from review.text import later
from storage.audit import record
from storage.exhibits import check_exhibit, sealed_bytes
from storage.exporting.secrets import without_secrets
from storage.exporting.wacz import MEDIA_TYPE, Page, make_wacz
from storage.models import CaseRow, Exhibit, PageCapture, Revision
from storage.search.contacts import masked

router = APIRouter(default_response_class=HTMLResponse)
STATES = {"same": later("unchanged"), "changed": later("CHANGED"), "missing": later("missing")}


@router.api_route("/exhibits/{exhibit_id}", methods=["GET", "HEAD"], dependencies=[require("case.read")])
def show_exhibit(request: Request, session: Read, exhibit_id: RowId) -> Response:
    """What was sealed, when, by whom, and how to check it."""
    return _page(request, session, exhibit_id)


def _page(request: Request, session: Session, exhibit_id: int, **more: Any) -> Response:
    exhibit = _exhibit(session, exhibit_id)
    revision = session.get(Revision, exhibit.revision_id) if exhibit.revision_id else None
    seller = (revision.seller or "") if revision else ""
    context: dict[str, Any] = {
        "exhibit": exhibit,
        "case": session.get_one(CaseRow, exhibit.case_id),
        "page": session.get_one(PageCapture, exhibit.page_id),
        "language_of_text": (revision.language if revision else None) or "und",
        "title": masked(revision.title, (seller,)) if revision else "",
        "description": masked(revision.description, (seller,)) if revision else "",
        "states": STATES,
    }
    return render(request, "exhibits/exhibit.html", **(context | more))


def _exhibit(session: Session, exhibit_id: int) -> Exhibit:
    exhibit = session.get(Exhibit, exhibit_id)
    if exhibit is None:
        raise HTTPException(404)
    return exhibit


@router.post("/exhibits/{exhibit_id}/verify", dependencies=[require("evidence.verify")])
def verify(request: Request, session: Write, user: CurrentUser, exhibit_id: RowId) -> Response:
    """Read copy and original again and compare them with what was sealed."""
    exhibit = _exhibit(session, exhibit_id)
    check = check_exhibit(custody(request).evidence, exhibit, session.get_one(PageCapture, exhibit.page_id))
    after = {"copy": check.copy, "original": check.original}
    record(session, "evidence_verify", actor(request, user), kind="exhibit", id=exhibit_id, after=after)
    return _page(request, session, exhibit_id, check=check)


@router.post("/exhibits/{exhibit_id}/capture.wacz", dependencies=[require("export.identity")])
def send_capture(request: Request, session: Write, user: CurrentUser, exhibit_id: RowId) -> Response:
    """The capture as WACZ, without the investigator's secrets; it opens in ReplayWeb.page."""
    exhibit = _exhibit(session, exhibit_id)
    page = session.get_one(PageCapture, exhibit.page_id)
    clean = without_secrets(sealed_bytes(custody(request).evidence, exhibit))
    name = f"{session.get_one(CaseRow, exhibit.case_id).number}-EX-{exhibit.number:03d}.wacz"
    first = Page(url=page.url, captured_at=page.captured_at, title=page.url, records=clean.data)
    data = make_wacz([first], title=name, created=exhibit.sealed_at)
    said = {"what": "capture", "removed": clean.removed}
    record(session, "export", actor(request, user), kind="exhibit", id=exhibit_id, after=said)
    return download(name, MEDIA_TYPE, lambda path: path.write_bytes(data))

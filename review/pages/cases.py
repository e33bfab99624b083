"""Cases: the list, one case, and what changes it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException

from review.auth import CurrentUser, Read, Write, actor, require
from review.certificates import countries
from review.evidence import custody
from review.navigation import Link
from review.numbers import RowId
from review.rendering import go, local, render
from review.text import later
from storage import cases
from storage.exhibits import captures_of, seal_exhibit
from storage.models import CaptureRow, CaseRow, CaseStatus, ListingRow
from storage.search.contacts import masked
from storage.sessions import Identity
from wildtrade.errors import UsageError

router = APIRouter(default_response_class=HTMLResponse)
LINKS = (Link(later("Cases"), "/cases", "case.read", place=40),)
STATUSES: dict[CaseStatus, str] = {
    CaseStatus.OPEN: later("Open"),
    CaseStatus.PAUSED: later("Paused"),
    CaseStatus.HANDED_OVER: later("Handed over"),
    CaseStatus.CLOSED: later("Closed"),
}
Number = Annotated[int, Form(ge=1, le=2**63 - 1)]
Short = Annotated[str, Form(max_length=200)]
Long = Annotated[str, Form(max_length=8000)]
EDIT = [require("case.edit")]


def case_of(session: Session, case_id: int) -> CaseRow:
    """The case, or 404."""
    case = session.get(CaseRow, case_id)
    if case is None:
        raise HTTPException(404)
    return case


def day(text: str) -> date | None:
    """A day as a form sends it; None where it is empty. Raises UsageError."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise UsageError(f"{text!r} is no date", fix="write it as 2026-11-24") from error


@router.api_route("/cases", methods=["GET", "HEAD"], dependencies=[require("case.read")])
def show_cases(request: Request, session: Read) -> Response:
    """All cases, newest first."""
    return render(request, "cases/list.html", found=cases.list_cases(session), statuses=STATUSES)


@router.post("/cases", dependencies=EDIT)
def open_case(request: Request, session: Write, user: CurrentUser, title: Short = "") -> Response:
    """Open a case."""
    case = cases.open_case(session, title, actor(request, user))
    return go(f"/cases/{case.id}")


@router.api_route("/cases/add", methods=["GET", "HEAD"], dependencies=EDIT)
def show_add(
    request: Request, session: Read, listing: Annotated[int, Query(ge=1, le=2**63 - 1)], back: str = ""
) -> Response:
    """The small form that adds a listing to a case, open or new (key c of the queue)."""
    if session.get(ListingRow, listing) is None:
        raise HTTPException(404)
    found = [row for row, _, _ in cases.list_cases(session) if row.status is not CaseStatus.CLOSED]
    known = cases.cases_of_listing(session, listing)
    return render(request, "cases/add.html", listing=listing, found=found, known=known, back=local(back, ""))


@router.post("/cases/add", dependencies=EDIT)
def add_listing(
    request: Request,
    session: Write,
    user: CurrentUser,
    listing: Number = 1,
    case: Annotated[int, Form(ge=0, le=2**63 - 1)] = 0,
    title: Short = "",
    why: Long = "",
    back: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Add a listing to a case; without one to a new case of this title."""
    who = actor(request, user)
    row = case_of(session, case) if case else cases.open_case(session, title, who)
    cases.add_listing(session, row, listing, who, why)
    return go(local(back, f"/cases/{row.id}?done=added"))


@router.api_route("/cases/{case_id}", methods=["GET", "HEAD"], dependencies=[require("case.read")])
def show_case(request: Request, session: Read, user: CurrentUser, case_id: RowId, done: str = "") -> Response:
    """One case: everything about it."""
    return _page(request, session, user, case_id, done=done)


def _page(request: Request, session: Session, user: Identity, case_id: int, **more: Any) -> Response:
    file = cases.read_case(session, case_of(session, case_id))
    sealed = {(exhibit.listing_id, exhibit.page_id) for exhibit, _ in file.exhibits}
    context: dict[str, Any] = {
        "file": file,
        "case": file.case,
        "statuses": STATUSES,
        "countries": countries(),
        "chronology": cases.chronology(session, file),
        "captures": {row.id: captures_of(session, row.id)[:20] for _, row, _, _ in file.listings},
        "sealed": sealed,
        "masked": masked,
        "may_edit": user.may("case.edit"),
    }
    return render(request, "cases/case.html", **(context | more))


@router.post("/cases/{case_id}", dependencies=EDIT)
def change_case(
    request: Request,
    session: Write,
    user: CurrentUser,
    case_id: RowId,
    title: Short = "",
    status: Annotated[CaseStatus, Form()] = CaseStatus.OPEN,
    summary: Long = "",
    legal_basis: Long = "",
    country: Annotated[str, Form(max_length=2)] = "",
    classification: Annotated[str, Form(max_length=60)] = "",
    retention_until: Short = "",
) -> Response:
    """Change what is said of the case."""
    case = case_of(session, case_id)
    fields = {"title": title, "status": status, "summary": summary, "legal_basis": legal_basis, "country": country}
    more = {"classification": classification, "retention_until": day(retention_until)}
    cases.change_case(session, case, actor(request, user), **fields, **more)
    return go(f"/cases/{case_id}?done=kept")


@router.post("/cases/{case_id}/hold", dependencies=EDIT)
def set_hold(request: Request, session: Write, user: CurrentUser, case_id: RowId, reason: Long = "") -> Response:
    """Put a legal hold on the case, or with an empty reason take it off."""
    cases.set_hold(session, case_of(session, case_id), actor(request, user), reason)
    return go(f"/cases/{case_id}?done=kept")


@router.post("/cases/{case_id}/team", dependencies=EDIT)
def set_team(request: Request, session: Write, user: CurrentUser, case_id: RowId, names: Long = "") -> Response:
    """Who works on the case: one name a line."""
    cases.set_team(session, case_of(session, case_id), actor(request, user), names.splitlines())
    return go(f"/cases/{case_id}?done=kept")


@router.post("/cases/{case_id}/remove", dependencies=EDIT)
def remove_listing(
    request: Request, session: Write, user: CurrentUser, case_id: RowId, listing: Number = 1
) -> Response:
    """Take a listing out of the case."""
    cases.remove_listing(session, case_of(session, case_id), listing, actor(request, user))
    return go(f"/cases/{case_id}?done=removed")


@router.post("/cases/{case_id}/seal", dependencies=[require("exhibit.seal")])
def seal(
    request: Request,
    session: Write,
    user: CurrentUser,
    case_id: RowId,
    capture: Number = 1,
    shows: Long = "",
) -> Response:
    """Seal a capture as an exhibit."""
    case, row = case_of(session, case_id), session.get(CaptureRow, capture)
    if row is None:
        raise HTTPException(404)
    exhibit = seal_exhibit(session, custody(request), case, row, actor(request, user), shows)
    return go(f"/exhibits/{exhibit.id}")

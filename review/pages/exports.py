"""Exports: tables of listings and decisions, and what leaves a case: its evidence package and its report."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response

from review import text
from review.auth import CurrentUser, Read, actor, require
from review.auth.access import Denied
from review.evidence import custody, download
from review.exporting import Selection, write_export
from review.navigation import Link
from review.numbers import RowId
from review.packaging import write_report
from review.pages.cases import Short, case_of
from review.rendering import render
from review.report import MEDIA_TYPE as PDF
from review.report import make_report
from review.text import LANGUAGES, later
from storage import queue
from storage.cases import list_cases
from storage.exporting.forms import FORMS
from storage.exporting.house import House, house_of
from storage.exporting.package import MEDIA_TYPE as ZIP
from storage.exporting.package import build_package
from storage.models import FlagState, utcnow
from storage.sessions import Identity
from wildtrade.settings import open_workspace

router = APIRouter(default_response_class=HTMLResponse)
LINKS = (Link(later("Exports"), "/exports", "export.data", place=45),)
EXPORT = [require("export.data")]
STATES: dict[FlagState, str] = {
    FlagState.OPEN: later("waiting"),
    FlagState.DECIDED: later("decided"),
    FlagState.ESCALATED: later("escalated"),
}
Switch = Annotated[bool, Form()]


@router.api_route("/exports", methods=["GET", "HEAD"], dependencies=EXPORT)
def show_exports(request: Request, session: Read, q: str = "", case: str = "") -> Response:
    """What can be exported, and how."""
    context: dict[str, Any] = {
        "forms": list(FORMS),
        "choices": queue.choices(session),
        "states": STATES,
        "numbers": [row.number for row, _, _ in list_cases(session)],
        "query": q[:500],
        "chosen_case": case,
    }
    return render(request, "exports/exports.html", **context)


@router.post("/exports", dependencies=EXPORT)
def export_table(
    request: Request,
    user: CurrentUser,
    what: Short = "listings",
    form: Short = "csv",
    source: Short = "",
    language: Short = "",
    appendix: Short = "",
    state: Short = "",
    case: Short = "",
    query: Annotated[str, Form(max_length=500)] = "",
    identities: Switch = False,
) -> Response:
    """A zip with the file and its manifest."""
    names = {"source": source, "language": language, "appendix": appendix, "state": state, "case": case, "query": query}
    selection = Selection(what=what, **names)
    _may(user, identities or selection.tells_identity)

    def make(path: Path) -> None:
        inner = path.with_name(f"{path.stem}.{form if form in FORMS else 'csv'}")
        write_export(request.app.state.database, selection, form, inner, actor(request, user), identities=identities)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
            for one in (inner, inner.with_name(f"{inner.name}.manifest.json")):
                file.write(one, one.name)

    return download(f"{'decisions' if what == 'decisions' else 'listings'}-{utcnow():%Y%m%dT%H%M%SZ}.zip", ZIP, make)


def _may(user: Identity, identities: bool) -> None:
    if identities and not user.may("export.identity"):
        raise Denied("", "export.identity")


@router.post("/cases/{case_id}/package", dependencies=EXPORT)
def export_package(
    request: Request,
    session: Read,
    user: CurrentUser,
    case_id: RowId,
    language: Short = "en",
    identities: Switch = False,
) -> Response:
    """The evidence package of a case."""
    _may(user, identities)
    make = _bound(request, user, build_package, language, identities=identities)
    number = case_of(session, case_id).number
    return download(f"{number}.zip", ZIP, lambda path: make(number=number, target=path))


@router.post("/cases/{case_id}/report", dependencies=EXPORT)
def export_report(
    request: Request,
    session: Read,
    user: CurrentUser,
    case_id: RowId,
    language: Short = "en",
    identities: Switch = False,
) -> Response:
    """The report of a case as PDF."""
    _may(user, identities)
    make = _bound(request, user, write_report, language, identities=identities)
    number = case_of(session, case_id).number
    return download(f"{number}.pdf", PDF, lambda path: make(number=number, target=path))


def _bound(
    request: Request, user: Identity, write: Callable[..., object], language: str, *, identities: bool
) -> Callable[..., object]:
    """What writes a case to a file, with all but the case and the file."""
    state = request.app.state
    return partial(
        write,
        database=state.database,
        log=custody(request),
        who=actor(request, user),
        report=partial(make_report, language=_edition(language), own=state.home),
        identities=identities,
        house=house_at(state.home, state.workspace),
    )


def house_at(home: Path | None, name: str) -> House:
    """Whoever packs; only a name where the app serves a database alone."""
    if home is None:
        return House(organisation=name)
    house = house_of(open_workspace(home))
    return house if house.organisation else replace(house, organisation=name)


def _edition(language: str) -> str:
    return language if language in LANGUAGES else text.language()

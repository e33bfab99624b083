"""Roles and their rights, as a table that can be changed."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Path, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException

from review.auth import CurrentUser, Read, Write, actor, require
from review.navigation import Link
from review.rendering import go, render
from review.text import gettext as _
from review.text import later
from storage.audit import record
from storage.models import Right
from storage.rights import all_roles, rights_of_roles, set_rights
from storage.users import somebody_manages

router = APIRouter(default_response_class=HTMLResponse)
LINKS = (Link(later("Roles"), "/admin/roles", "policy.manage", place=91),)
_MAY = [require("policy.manage")]


@router.api_route("/admin/roles", methods=["GET", "HEAD"], dependencies=_MAY)
def show_roles(request: Request, session: Read) -> Response:
    """Every role against every right."""
    return _table(request, session)


def _table(request: Request, session: Session, *, status: int = 200, problem: str = "") -> Response:
    context: dict[str, Any] = {
        "roles": all_roles(session),
        "has": rights_of_roles(session),
        "rights": session.scalars(select(Right).order_by(Right.name)).all(),
        "problem": problem,
    }
    return render(request, "admin/matrix.html", status=status, **context)


@router.post("/admin/roles/{role}", dependencies=_MAY)
def change_role(
    request: Request,
    session: Write,
    user: CurrentUser,
    role: Annotated[str, Path(max_length=40)],
    rights: Annotated[tuple[str, ...], Form()] = (),
) -> Response:
    """Give a role exactly these rights."""
    before = rights_of_roles(session).get(role)
    if before is None:
        raise HTTPException(404)
    set_rights(session, role, rights)
    if not somebody_manages(session):
        set_rights(session, role, before)
        problem = _("Then nobody could manage users any more; nothing was changed.")
        return _table(request, session, status=400, problem=problem)
    who = actor(request, user)
    record(session, "role_rights", who, kind="role", id=role, before=sorted(before), after=sorted(rights))
    return go("/admin/roles")

"""People and their roles."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException

from review.auth import CurrentUser, Read, Write, actor, require
from review.first import PASSWORD_LINK
from review.navigation import Link
from review.numbers import RowId
from review.rendering import go, render
from review.text import gettext as _
from review.text import later
from storage import users
from storage.audit import record
from storage.models import TicketKind, User
from storage.rights import all_roles, roles_of, set_roles
from storage.signin import new_ticket
from wildtrade.errors import UsageError

router = APIRouter(default_response_class=HTMLResponse)
LINKS = (Link(later("Users"), "/admin/users", "user.manage", place=90),)
MANAGES = [require("user.manage")]
_NOBODY_LEFT = later("Then nobody could manage users any more; nothing was changed.")


@router.get("/admin/users", dependencies=MANAGES)
def show_users(request: Request, session: Read) -> Response:
    """Everybody, and the form for one more."""
    return _list(request, session)


def _list(request: Request, session: Session, *, status: int = 200, **more: Any) -> Response:
    context = {"people": users.list_users(session), "roles": all_roles(session)}
    return render(request, "admin/users.html", status=status, **(context | more))


@router.post("/admin/users", dependencies=MANAGES)
def add_user(
    request: Request,
    session: Write,
    user: CurrentUser,
    name: Annotated[str, Form(max_length=200)] = "",
    roles: Annotated[tuple[str, ...], Form()] = (),
) -> Response:
    """Add a person; shows the link under which they set their password, this once."""
    try:
        added = users.add_user(session, name, roles)
    except UsageError as error:
        problem = _("This name is taken or cannot be used.") if error.field == "name" else str(error)
        return _list(request, session, status=400, problem=problem, typed=name)
    record(session, "user_add", actor(request, user), kind="user", id=added.id, after=sorted(roles))
    return _person(request, session, added, link=_link(request, session, added))


def _link(request: Request, session: Session, person: User) -> str:
    secret = new_ticket(session, TicketKind.PASSWORD, PASSWORD_LINK, user_id=person.id)
    return f"{request.url.scheme}://{request.url.netloc}/link/{secret}"


@router.get("/admin/users/{user_id}", dependencies=MANAGES)
def show_person(request: Request, session: Read, user_id: RowId) -> Response:
    """One person."""
    return _person(request, session, _find(session, user_id))


def _find(session: Session, user_id: int) -> User:
    person = session.get(User, user_id)
    if person is None:
        raise HTTPException(404)
    return person


def _person(request: Request, session: Session, person: User, *, status: int = 200, **more: Any) -> Response:
    context = {"person": person, "has": roles_of(session, person.id), "roles": all_roles(session)}
    return render(request, "admin/person.html", status=status, **(context | more))


@router.post("/admin/users/{user_id}/roles", dependencies=MANAGES)
def change_roles(
    request: Request,
    session: Write,
    user: CurrentUser,
    user_id: RowId,
    roles: Annotated[tuple[str, ...], Form()] = (),
) -> Response:
    """Give a person exactly these roles."""
    person = _find(session, user_id)
    before = set_roles(session, person.id, roles)
    if not users.somebody_manages(session):
        set_roles(session, person.id, before)
        return _person(request, session, person, status=400, problem=_(_NOBODY_LEFT))
    who = actor(request, user)
    record(session, "role_change", who, kind="user", id=person.id, before=list(before), after=sorted(roles))
    return go(f"/admin/users/{person.id}")


@router.post("/admin/users/{user_id}/disable", dependencies=MANAGES)
def disable(request: Request, session: Write, user: CurrentUser, user_id: RowId) -> Response:
    """Let a person no longer in."""
    person = _find(session, user_id)
    if not users.somebody_manages(session, but=person.id):
        return _person(request, session, person, status=400, problem=_(_NOBODY_LEFT))
    users.disable(session, person)
    record(session, "user_disable", actor(request, user), kind="user", id=person.id)
    return go(f"/admin/users/{person.id}")


@router.post("/admin/users/{user_id}/enable", dependencies=MANAGES)
def enable(request: Request, session: Write, user: CurrentUser, user_id: RowId) -> Response:
    """Let a person in again."""
    person = _find(session, user_id)
    person.disabled_at = None
    record(session, "user_enable", actor(request, user), kind="user", id=person.id)
    return go(f"/admin/users/{person.id}")


@router.post("/admin/users/{user_id}/reset", dependencies=MANAGES)
def reset(request: Request, session: Write, user: CurrentUser, user_id: RowId) -> Response:
    """Forget a person's second factors, and give a link for a new password."""
    person = _find(session, user_id)
    users.reset_second_factor(session, person)
    record(session, "second_factor_reset", actor(request, user), kind="user", id=person.id)
    return _person(request, session, person, link=_link(request, session, person))

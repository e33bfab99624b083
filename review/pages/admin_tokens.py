"""Programs: tokens they come in with, and webhooks that are told of decisions."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session

from review.auth import CurrentUser, Read, Write, actor, require
from review.navigation import Link
from review.numbers import RowId
from review.rendering import go, render
from review.text import gettext as _
from review.text import later
from storage import sessions, webhooks
from storage.audit import record
from storage.models import utcnow
from storage.rights import rights_of
from storage.users import find_user, list_users
from wildtrade.errors import UsageError

router = APIRouter(default_response_class=HTMLResponse)
LINKS = (Link(later("Programs"), "/admin/tokens", "token.manage", place=92),)
_MAY = [require("token.manage")]


@router.api_route("/admin/tokens", methods=["GET", "HEAD"], dependencies=_MAY)
def show_tokens(request: Request, session: Read) -> Response:
    """All tokens and webhooks."""
    return _list(request, session)


def _list(request: Request, session: Session, *, status: int = 200, **more: Any) -> Response:
    people = [one for one in list_users(session) if not one["disabled_at"]]
    context = {
        "tokens": sessions.list_tokens(session),
        "now": utcnow(),
        "people": people,
        "scopes": sorted({right for one in people for right in rights_of(session, one["id"])}),
        "webhooks": webhooks.webhooks(session),
        "deliveries": webhooks.deliveries(session, 20),
    }
    return render(request, "admin/tokens.html", status=status, **(context | more))


@router.post("/admin/tokens", dependencies=_MAY)
def add_token(
    request: Request,
    session: Write,
    user: CurrentUser,
    owner: Annotated[str, Form(max_length=80)] = "",
    name: Annotated[str, Form(max_length=80)] = "",
    scopes: Annotated[tuple[str, ...], Form()] = (),
    days: Annotated[int, Form(ge=1, le=3650)] = 90,
) -> Response:
    """Make a token; shown this once."""
    person = find_user(session, owner)
    try:
        if person is None or person.disabled_at or not name.strip() or not scopes:
            raise UsageError(_("Choose a person, a name and at least one right."))
        row, secret = sessions.new_token(session, person, name.strip(), scopes, utcnow() + timedelta(days=days))
    except UsageError as error:
        return _list(request, session, status=400, problem=str(error))
    after = {"of": owner, "scopes": row.scopes}
    record(session, "token_new", actor(request, user), kind="token", id=row.id, after=after)
    return _list(request, session, secret=secret)


@router.post("/admin/tokens/{number}/revoke", dependencies=_MAY)
def revoke(request: Request, session: Write, user: CurrentUser, number: RowId) -> Response:
    """Make a token useless."""
    sessions.revoke_token(session, number)
    record(session, "token_revoke", actor(request, user), kind="token", id=number)
    return go("/admin/tokens")


@router.post("/admin/webhooks", dependencies=_MAY)
def add_webhook(
    request: Request, session: Write, user: CurrentUser, url: Annotated[str, Form(max_length=2000)] = ""
) -> Response:
    """Tell an address of decisions; the secret it checks signatures with is shown this once."""
    try:
        made = webhooks.add_webhook(session, url.strip(), user.name)
    except UsageError as error:
        return _list(request, session, status=400, problem=str(error), url=url)
    record(session, "webhook_add", actor(request, user), kind="webhook", id=made.id, after={"url": made.url})
    return _list(request, session, secret=made.secret)


@router.post("/admin/webhooks/{number}/remove", dependencies=_MAY)
def remove_webhook(request: Request, session: Write, user: CurrentUser, number: RowId) -> Response:
    """Tell it nothing more."""
    webhooks.remove_webhook(session, number)
    record(session, "webhook_remove", actor(request, user), kind="webhook", id=number)
    return go("/admin/tokens")


@router.post("/admin/deliveries/{number}/again", dependencies=_MAY)
def try_again(request: Request, session: Write, user: CurrentUser, number: RowId) -> Response:
    """Try a delivery that was given up once more."""
    webhooks.again(session, number)
    record(session, "webhook_again", actor(request, user), kind="delivery", id=number)
    return go("/admin/tokens")

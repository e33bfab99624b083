"""My work: what waits for me, what I did last, what I should know."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session

from review.auth import SIGNED_IN, CurrentUser, Read, require
from review.navigation import Link
from review.rendering import render
from review.text import gettext as _
from review.text import later
from storage import queue
from storage.leases import held_by
from storage.models import User
from storage.search import saved
from storage.sessions import Identity
from storage.signin import passkeys_of, recovery_codes_left
from storage.worklist import last_decisions
from storage.workspace import Mode

router = APIRouter(default_response_class=HTMLResponse)
LINKS = (Link(later("My work"), "/", "", place=10, key="h"),)


@router.api_route("/", methods=["GET", "HEAD"], dependencies=[require(SIGNED_IN)])
def show_home(request: Request, session: Read, user: CurrentUser) -> Response:
    """The first page after signing in."""
    context: dict[str, Any] = {
        "counts": queue.counts(session) if user.may("queue.read") else None,
        "done": last_decisions(session, user.name) if user.may("review.decide") else (),
        "held": held_by(session, user.name) if user.may("queue.read") else (),
        "alerts": saved.alerts(session, user.user_id) if user.may("search.save") else (),
        "advice": _advice(request, session, user),
    }
    return render(request, "home/home.html", **context)


def _advice(request: Request, session: Session, user: Identity) -> list[str]:
    """What this person should know or do, most important first."""
    account = session.get_one(User, user.user_id)
    mode = request.state.mode
    advice = []
    if mode is not Mode.NORMAL:
        closed = _("The workspace is closed for now.")
        advice.append(closed if mode is Mode.NO_ACCESS else _("The workspace is read-only for now."))
    if not user.roles:
        advice.append(_("You have no role yet. Ask an administrator for one."))
    if account.password_hash and not account.totp_secret and not passkeys_of(session, account.id):
        advice.append(_("Your account is guarded by a password alone. Add a second factor in your account."))
    if account.totp_secret and recovery_codes_left(session, account.id) < 3:
        advice.append(
            _("Fewer than three recovery codes are left. Set up the authenticator app anew to get fresh ones.")
        )
    return advice

"""One's own passkeys: made by the browser, kept here, removed."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.concurrency import run_in_threadpool

from review.auth import SIGNED_IN, CurrentUser, Write, actor, passkeys, require
from review.rendering import go
from review.text import gettext as _
from storage.audit import record
from storage.models import Passkey, User
from storage.sessions import Identity
from wildtrade.errors import UsageError

router = APIRouter(default_response_class=HTMLResponse)
MINE = [require(SIGNED_IN)]


def _site(request: Request) -> passkeys.Site:
    site = passkeys.site_of(request)
    if site is None:
        raise UsageError("passkeys need https or the name localhost", fix="open the page under such an address")
    return site


@router.post("/account/passkeys/options", dependencies=MINE)
def passkey_options(request: Request, session: Write, user: CurrentUser) -> Response:
    """What the browser needs to make a passkey."""
    options = passkeys.registration_options(session, _site(request), session.get_one(User, user.user_id))
    return Response(options, media_type="application/json")


@router.post("/account/passkeys", dependencies=MINE)
async def keep_passkey(request: Request, user: CurrentUser) -> Response:
    """Keep the passkey that the browser made; it is named after the day and the browser's answer is checked."""
    answer = (await request.body()).decode("utf-8", "replace")
    return await run_in_threadpool(_keep, request, user, answer)


def _keep(request: Request, user: Identity, answer: str) -> Response:
    with request.app.state.database.session() as session:
        owner = session.get_one(User, user.user_id)
        name = request.headers.get("user-agent", "")[:80]
        key = passkeys.register(session, _site(request), owner, answer, name)
        if key is not None:
            record(session, "passkey_add", actor(request, user), kind="passkey", id=key.id)
    if key is None:
        return JSONResponse({"problem": _("This passkey does not fit.")}, 400)
    return JSONResponse({})


@router.post("/account/passkeys/{key_id}/remove", dependencies=MINE)
def remove_passkey(request: Request, session: Write, user: CurrentUser, key_id: int) -> Response:
    """Forget one of one's own passkeys."""
    key = session.get(Passkey, key_id)
    if key is not None and key.user_id == user.user_id:
        session.delete(key)
        record(session, "passkey_remove", actor(request, user), kind="passkey", id=key_id)
    return go("/account?done=passkey-removed")

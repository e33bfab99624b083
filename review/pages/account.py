"""One's own account: password, second factors, sessions, language and how pages look."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session

from review import text
from review.auth import SIGNED_IN, CurrentUser, Read, Write, actor, cookies, passkeys, passwords, require, totp
from review.rendering import go, render
from review.text import gettext as _
from review.text import later
from storage.audit import record
from storage.models import User
from storage.sessions import Identity, open_sessions, revoke
from storage.signin import new_recovery_codes, passkeys_of, recovery_codes_left, use_step
from storage.users import end_sessions, set_preferences

router = APIRouter(default_response_class=HTMLResponse)
MINE = [require(SIGNED_IN)]
_DONE = {
    "password": later("Your password is changed. All your other sessions have ended."),
    "language": later("The language is changed."),
    "preferences": later("Your settings are kept."),
    "keys": later("Your keys are kept."),
    "totp-off": later("The authenticator app no longer counts."),
    "passkey": later("The passkey is kept."),
    "passkey-removed": later("The passkey is removed."),
    "session": later("The session has ended."),
    "sessions": later("All your other sessions have ended."),
}


@router.get("/account", dependencies=MINE)
def show_account(request: Request, session: Read, user: CurrentUser, done: str = "") -> Response:
    """Everything about one's own account."""
    return _page(request, session, user, done=_(_DONE[done]) if done in _DONE else "")


def _page(request: Request, session: Session, user: Identity, *, status: int = 200, **more: Any) -> Response:
    row = session.get_one(User, user.user_id)
    fresh = totp.new_secret()
    context = {
        "account": row,
        "sessions": open_sessions(session, user.user_id),
        "passkeys": passkeys_of(session, user.user_id),
        "passkeys_possible": passkeys.site_of(request) is not None,
        "codes_left": recovery_codes_left(session, user.user_id),
        "totp_secret": fresh,
        "totp_picture": totp.picture(fresh, user.name),
    }
    return render(request, "account/account.html", status=status, **(context | more))


@router.post("/account/password", dependencies=MINE)
def change_password(
    request: Request,
    session: Write,
    user: CurrentUser,
    current: Annotated[str, Form(max_length=1000)] = "",
    password: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """Change the password; all other sessions end."""
    row = session.get_one(User, user.user_id)
    problem = passwords.weakness(password, user.name)
    if row.password_hash is not None and not passwords.fits(current, row.password_hash):
        problem = later("The present password is wrong.")
    if problem:
        return _page(request, session, user, status=400, problems={"password": _(problem)})
    row.password_hash = passwords.hash_of(password)
    end_sessions(session, user.user_id, but=user.session_id)
    record(session, "password_set", actor(request, user), kind="user", id=user.user_id)
    return go("/account?done=password")


@router.post("/account/language", dependencies=MINE)
def change_language(
    request: Request, session: Write, user: CurrentUser, language: Annotated[str, Form()] = ""
) -> Response:
    """Choose the language of the interface; empty: as the browser asks."""
    session.get_one(User, user.user_id).language = language if language in text.LANGUAGES else None
    response = go("/account?done=language")
    if language in text.LANGUAGES:
        cookies.keep_language(request, response, language)
    return response


@router.post("/account/preferences", dependencies=MINE)
def change_preferences(
    session: Write,
    user: CurrentUser,
    keys: Annotated[bool, Form()] = False,
    blur: Annotated[bool, Form()] = False,
    greyscale: Annotated[bool, Form()] = False,
    break_after: Annotated[int, Form(ge=0, le=240)] = 0,
) -> Response:
    """Single keys on or off; how pictures are shown; when a break is proposed."""
    wanted = replace(user.preferences, keys=keys, blur=blur, greyscale=greyscale, break_after=break_after)
    set_preferences(session.get_one(User, user.user_id), wanted)
    return go("/account?done=preferences")


@router.post("/account/totp", dependencies=MINE)
def start_totp(
    request: Request,
    session: Write,
    user: CurrentUser,
    secret: Annotated[str, Form(max_length=64)] = "",
    code: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    """Turn the authenticator app on, once it has shown a right code. Shows the recovery codes, this once."""
    step = totp.step_of(secret, code) if totp.is_secret(secret) else None
    if step is None:
        shown = secret if totp.is_secret(secret) else totp.new_secret()
        again = {"totp_secret": shown, "totp_picture": totp.picture(shown, user.name)}
        problems = {"totp": _("This code does not fit. Is the clock of the phone right?")}
        return _page(request, session, user, status=400, problems=problems, **again)
    row = session.get_one(User, user.user_id)
    row.totp_secret, row.totp_step = secret, 0
    session.flush()
    use_step(session, user.user_id, step)
    codes = totp.new_recovery_codes()
    new_recovery_codes(session, user.user_id, codes)
    record(session, "second_factor_on", actor(request, user), kind="user", id=user.user_id)
    return render(request, "account/codes.html", codes=codes)


@router.post("/account/totp/off", dependencies=MINE)
def stop_totp(
    request: Request, session: Write, user: CurrentUser, current: Annotated[str, Form(max_length=1000)] = ""
) -> Response:
    """Turn the authenticator app off; asks for the password, so that an open screen is not enough."""
    row = session.get_one(User, user.user_id)
    if row.password_hash is not None and not passwords.fits(current, row.password_hash):
        problems = {"totp": _("The present password is wrong.")}
        return _page(request, session, user, status=400, problems=problems)
    row.totp_secret = None
    new_recovery_codes(session, user.user_id, ())
    record(session, "second_factor_off", actor(request, user), kind="user", id=user.user_id)
    return go("/account?done=totp-off")


@router.post("/account/sessions/{session_id}/end", dependencies=MINE)
def end_one(request: Request, session: Write, user: CurrentUser, session_id: int) -> Response:
    """End one of one's own sessions."""
    if revoke(session, user.user_id, session_id):
        record(session, "session_end", actor(request, user), kind="session", id=session_id)
    return go("/account?done=session")


@router.post("/account/sessions/end", dependencies=MINE)
def end_others(request: Request, session: Write, user: CurrentUser) -> Response:
    """End all of one's own sessions but this one."""
    end_sessions(session, user.user_id, but=user.session_id)
    record(session, "session_end", actor(request, user), kind="session", id="others")
    return go("/account?done=sessions")

"""Signing in and out, and links that let a person set a password."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.concurrency import run_in_threadpool

from review import text
from review.auth import PUBLIC, SIGNED_IN, CurrentUser, Write, actor, cookies, passkeys, passwords, require, signing
from review.auth.access import address_of_client
from review.rendering import go, local, render
from review.text import gettext as _
from storage.audit import record
from storage.leases import release_all
from storage.models import TicketKind, User
from storage.sessions import end_session, open_session
from storage.signin import look_at_ticket, use_ticket
from wildtrade.errors import UsageError

router = APIRouter(default_response_class=HTMLResponse)
_LINKS = (TicketKind.PASSWORD, TicketKind.PRACTICE)


@router.get("/login", dependencies=[require(PUBLIC)])
def show_form(request: Request, next: str = "/", language: str = "") -> Response:  # noqa: A002
    """The form: name, password and code, or a passkey."""
    if language in text.LANGUAGES:
        text.use_language(language)
    response = _form(request, next)
    if language in text.LANGUAGES:
        cookies.keep_language(request, response, language)
    return response


def _form(request: Request, back: str, *, status: int = 200, name: str = "", problem: str = "") -> Response:
    context: dict[str, Any] = {"next": back, "name": name, "problem": problem}
    context |= {"passkeys": passkeys.site_of(request) is not None, "workspace": request.app.state.workspace}
    return render(request, "login/login.html", status=status, **context)


@router.post("/login", dependencies=[require(PUBLIC)])
def sign_in(
    request: Request,
    name: Annotated[str, Form(max_length=200)] = "",
    password: Annotated[str, Form(max_length=1000)] = "",
    code: Annotated[str, Form(max_length=40)] = "",
    next: Annotated[str, Form(max_length=2000)] = "/",  # noqa: A002
) -> Response:
    """Sign in. The answer to anything wrong is one and the same."""
    typed = signing.Credentials(name=name, password=password, code=code)
    try:
        user = signing.check(request.app.state.database, typed, address_of_client(request))
    except signing.TooManyAttempts:
        problem = _("Too many attempts. Wait 15 minutes, or sign in with a passkey.")
        response = _form(request, next, status=429, name=name, problem=problem)
        response.headers["Retry-After"] = "900"
        return response
    if user is None:
        problem = _("Name, password or code is wrong.")
        return _form(request, next, status=401, name=name, problem=problem)
    return _let_in(request, go(local(next)), user, "password")


def _let_in(request: Request, response: Response, user: User, how: str) -> Response:
    """Open a session for a person in this browser; one that was open here ends."""
    address = address_of_client(request)
    with request.app.state.database.session() as session:
        agent = request.headers.get("user-agent", "")
        secret = open_session(session, user.id, address, agent, replaces=cookies.session_secret(request))
        record(session, "sign_in", signing.who(session, user, address), reason=how)
    cookies.keep_session(request, response, secret)
    return response


@router.post("/login/passkey/options", dependencies=[require(PUBLIC)])
def passkey_options(request: Request, session: Write) -> Response:
    """What the browser needs to ask for a passkey."""
    site = passkeys.site_of(request)
    if site is None:
        raise UsageError("passkeys need https or the name localhost", fix="sign in with a password")
    return Response(passkeys.sign_in_options(session, site), media_type="application/json")


@router.post("/login/passkey", dependencies=[require(PUBLIC)])
async def passkey_sign_in(request: Request) -> Response:
    """Sign in with what the browser's passkey answered."""
    answer = (await request.body()).decode("utf-8", "replace")
    return await run_in_threadpool(_passkey_sign_in, request, answer)


def _passkey_sign_in(request: Request, answer: str) -> Response:
    site = passkeys.site_of(request)
    with request.app.state.database.session() as session:
        user = passkeys.sign_in(session, site, answer) if site else None
    if user is None:
        return JSONResponse({"problem": _("This passkey does not fit.")}, 401)
    return _let_in(request, JSONResponse({}), user, "passkey")


@router.post("/logout", dependencies=[require(SIGNED_IN)])
def sign_out(request: Request, session: Write, user: CurrentUser) -> Response:
    """End this session."""
    end_session(session, cookies.session_secret(request))
    release_all(session, user.name)
    record(session, "sign_out", actor(request, user))
    response = go("/login")
    cookies.drop_session(request, response)
    return response


@router.get("/link/{secret}", dependencies=[require(PUBLIC)])
def open_link(request: Request, secret: str) -> Response:
    """A link somebody was given: sets a password, or opens the practice workspace."""
    with request.app.state.database.session(read_only=True) as session:
        found = look_at_ticket(session, secret, *_LINKS)
    ticket, user = found or (None, None)
    if ticket is None or user is None:
        problem = _("This link is used up or too old. Ask for another one.")
        return _form(request, "/", status=404, problem=problem)
    if ticket.kind is TicketKind.PRACTICE:
        return _let_in(request, go("/"), user, "practice link")
    return render(request, "login/password.html", name=user.name, secret=secret)


@router.post("/link/{secret}", dependencies=[require(PUBLIC)])
def set_password(request: Request, secret: str, password: Annotated[str, Form(max_length=1000)] = "") -> Response:
    """Set the password the link is for, and sign in. A password that is refused leaves the link as it was."""
    database = request.app.state.database
    with database.session(read_only=True) as session:
        found = look_at_ticket(session, secret, TicketKind.PASSWORD)
    if found is None or found[1] is None:
        return open_link(request, secret)
    name = found[1].name
    if problem := passwords.weakness(password, name):
        context = {"name": name, "secret": secret, "problem": _(problem)}
        return render(request, "login/password.html", status=400, **context)
    hashed = passwords.hash_of(password)
    with database.session() as session:
        ticket = use_ticket(session, secret, TicketKind.PASSWORD)
        user = session.get(User, ticket.user_id) if ticket else None
        if user is not None:
            user.password_hash = hashed
            record(session, "password_set", signing.who(session, user, address_of_client(request)), reason="link")
    return open_link(request, secret) if user is None else _let_in(request, go("/"), user, "link")

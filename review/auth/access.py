"""Deny by default: every route names the right it needs, once, and this is the only place that checks it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import Depends, Request
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from review import text
from review.auth import cookies, csrf
from review.text import later
from storage.audit import Actor
from storage.sessions import Identity, identify, identify_program, touch
from storage.workspace import Mode, mode

PUBLIC, SIGNED_IN = "public", "signed in"
_READS = frozenset({"GET", "HEAD"})
_SETS_MODE = "policy.manage"


class NotSignedIn(HTTPException):
    """Nobody is signed in, or no longer."""

    def __init__(self) -> None:
        super().__init__(401, "nobody is signed in")


class Denied(HTTPException):
    """Somebody is, and may not. ``right`` is what they lack, where it is that."""

    def __init__(self, detail: str, right: str = "") -> None:
        super().__init__(403, detail or f"lacks {right}")
        self.right = right


class Access:
    """What a route asks of whoever calls it: PUBLIC, SIGNED_IN, or the name of a right."""

    def __init__(self, right: str) -> None:
        self.right = right

    async def __call__(self, request: Request) -> None:
        identity, workspace_mode = await run_in_threadpool(_look_up, request)
        request.state.identity, request.state.mode = identity, workspace_mode
        text.use_language(_language(request, identity))
        if self.right == PUBLIC:
            return
        if identity is None:
            raise NotSignedIn
        self._check_mode(identity, workspace_mode, writes=request.method not in _READS)
        if self.right != SIGNED_IN and not identity.may(self.right):
            raise Denied("", self.right)
        if request.method not in _READS and identity.session_id is not None and not await csrf.brought(request):
            raise Denied(later("The page this came from is out of date. Open it again."))

    def _check_mode(self, identity: Identity, workspace_mode: Mode, *, writes: bool) -> None:
        if workspace_mode is Mode.NORMAL or identity.may(_SETS_MODE) or self.right == SIGNED_IN:
            return
        if workspace_mode is Mode.NO_ACCESS:
            raise Denied(later("The workspace is closed for now."))
        if writes:
            raise Denied(later("The workspace is read-only for now."))


def require(right: str) -> Any:
    """For ``dependencies=[...]`` of a route: the right it needs, or PUBLIC, or SIGNED_IN."""
    return Depends(Access(right))


def _look_up(request: Request) -> tuple[Identity | None, Mode]:
    database = request.app.state.database
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    with database.session(read_only=True) as session:
        if kind:  # a program never falls back on a browser's cookie
            identity = identify_program(session, token) if kind.lower() == "bearer" else None
        else:
            secret = cookies.session_secret(request)
            identity = identify(session, secret) if secret else None
        workspace_mode = mode(session)
    if identity is not None and identity.stale:
        with database.session() as session:
            touch(session, identity)
    return identity, workspace_mode


def _language(request: Request, identity: Identity | None) -> str:
    return (identity.language if identity else None) or asked_language(request)


def asked_language(request: Request) -> str:
    """The language of somebody unknown: chosen in this browser, else what the browser asks for."""
    return cookies.chosen_language(request) or text.preferred(request.headers.get("accept-language", ""))


def _current_user(request: Request) -> Identity:
    identity: Identity | None = getattr(request.state, "identity", None)
    if identity is None:
        raise NotSignedIn
    return identity


def _read(request: Request) -> Iterator[Session]:
    with request.app.state.database.session(read_only=True) as session:
        yield session


def _write(request: Request) -> Iterator[Session]:
    with request.app.state.database.session() as session:
        yield session


CurrentUser = Annotated[Identity, Depends(_current_user)]
Read = Annotated[Session, Depends(_read, scope="function")]
Write = Annotated[Session, Depends(_write, scope="function")]


def address_of_client(request: Request) -> str:
    """The IP address a request came from."""
    return request.client.host if request.client else ""


def actor(request: Request, user: Identity) -> Actor:
    """Who acts, for ``storage.audit.record``."""
    return Actor(name=user.name, roles=user.roles, ip=address_of_client(request), session=user.session_id)

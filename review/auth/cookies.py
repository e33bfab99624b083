"""The two cookies: the session's secret, and the language chosen before sign-in."""

from __future__ import annotations

from fastapi import Request
from fastapi.responses import Response

from storage.sessions import LONGEST

_LANGUAGE = "wildtrade_language"
_YEAR = 365 * 24 * 3600  # seconds


def _name(request: Request) -> str:
    # Browsers share cookies between the ports of a host; two workspaces on one machine must not.
    name = f"wildtrade_{request.url.port or 0}"
    return f"__Host-{name}" if request.url.scheme == "https" else name


def session_secret(request: Request) -> str:
    """The session's secret; empty without one."""
    return request.cookies.get(_name(request), "")[:200]


def keep_session(request: Request, response: Response, secret: str) -> None:
    """Give the browser its session."""
    response.set_cookie(
        _name(request),
        secret,
        max_age=int(LONGEST.total_seconds()),
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )


def drop_session(request: Request, response: Response) -> None:
    """Take it back."""
    secure = request.url.scheme == "https"
    response.delete_cookie(_name(request), path="/", secure=secure, httponly=True, samesite="strict")


def chosen_language(request: Request) -> str:
    """The language chosen before sign-in; empty without one."""
    return request.cookies.get(_LANGUAGE, "")


def keep_language(request: Request, response: Response, language: str) -> None:
    """Remember a language in this browser."""
    secure = request.url.scheme == "https"
    response.set_cookie(_LANGUAGE, language, max_age=_YEAR, path="/", secure=secure, httponly=True, samesite="lax")

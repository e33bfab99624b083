"""What a request that fails gets: a page in words, or JSON for a program; a person without a session gets the form."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.routing import Match

from review import text
from review.auth.access import Denied, NotSignedIn, asked_language
from review.rendering import go, render
from review.text import gettext as _
from review.text import later
from wildtrade.errors import Exit, WildtradeError

_WORDS = {
    404: (later("There is no such page"), later("The address is wrong, or the item is no longer in this database.")),
    405: (later("This address is not for that"), later("Go back and use the buttons of the page.")),
}

_CODES = {401: "not_signed_in", 403: "denied", 404: "not_found", 405: "wrong_method", 409: "conflict"}


def explain(app: FastAPI) -> None:
    """Set the app's answers to errors."""
    app.add_exception_handler(WildtradeError, _known)
    app.add_exception_handler(NotSignedIn, _sign_in_first)
    app.add_exception_handler(Denied, _denied)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _misunderstood)


def is_program(request: Request) -> bool:
    """Whether a program is asking, which reads JSON and not pages."""
    return "authorization" in request.headers or request.url.path.startswith("/api/")


async def _known(request: Request, error: Exception) -> Response:
    """A known error in words: 400 where the person can mend it, 503 where the machine must be. A program learns which
    field, and the fix; 409 where somebody was quicker."""
    known = error if isinstance(error, WildtradeError) else WildtradeError(str(error))
    status = 409 if known.code == "conflict" else 400 if known.exit_code is Exit.USAGE else 503
    if is_program(request):
        content = {"code": known.code, "message": known.message, "field": known.field, "fix": known.fix or None}
        return JSONResponse({"error": content}, status)
    return _answer(request, status, _("This did not work; nothing was stored"), str(known))


async def _sign_in_first(request: Request, error: Exception) -> Response:
    """The sign-in form, which leads back to where the person was. What they typed waits in the browser."""
    if is_program(request):
        response = JSONResponse({"error": {"code": "not_signed_in", "message": "a valid token is needed"}}, 401)
        response.headers["WWW-Authenticate"] = "Bearer"
        return response
    address = f"/login?{urlencode({'next': _way_back(request)})}"
    if "hx-request" in request.headers:
        return Response(status_code=401, headers={"HX-Redirect": address})
    return go(address)


def _way_back(request: Request) -> str:
    current = urlsplit(request.headers.get("hx-current-url", ""))
    if current.path:
        return f"{current.path}?{current.query}" if current.query else current.path
    path, query = request.url.path, request.url.query
    if not _can_be_read(request):
        return "/"
    return f"{path}?{query}" if query else path


def _can_be_read(request: Request) -> bool:
    scope = {"type": "http", "method": "GET", "path": request.url.path, "headers": []}
    return any(route.matches(scope)[0] is Match.FULL for route in request.app.state.routes)


async def _denied(request: Request, error: Exception) -> Response:
    known = error if isinstance(error, Denied) else Denied(str(error))
    detail = _("You lack the right: %(right)s") % {"right": known.right} if known.right else _(known.detail)
    return _answer(request, 403, _("You may not do this here"), detail)


async def _refused(request: Request, error: Exception) -> Response:
    known = error if isinstance(error, HTTPException) else HTTPException(500)
    title, detail = _WORDS.get(known.status_code, (later("This did not work"), str(known.detail)))
    response = _answer(request, known.status_code, _(title), _(detail))
    response.headers.update(known.headers or {})
    return response


async def _misunderstood(request: Request, error: Exception) -> Response:
    if is_program(request):
        first = error.errors()[0] if isinstance(error, RequestValidationError) else {"loc": (), "msg": str(error)}
        field = ".".join(str(part) for part in first["loc"][1:]) or None
        fix = "see /api/v1/openapi.json"
        return JSONResponse({"error": {"code": "usage", "message": first["msg"], "field": field, "fix": fix}}, 422)
    detail = _("Go back and use the buttons of the page.")
    return _answer(request, 400, _("This address is not understood"), detail)


def _answer(request: Request, status: int, title: str, detail: str) -> Response:
    if is_program(request):
        content = {"code": _CODES.get(status, "error"), "message": f"{title}: {detail}", "field": None, "fix": None}
        return JSONResponse({"error": content}, status)
    if not hasattr(request.state, "identity"):  # no route was found, so nobody has asked for the language
        text.use_language(asked_language(request))
    return render(request, "error/error.html", status=status, title=title, text=detail)

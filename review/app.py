"""The review app: FastAPI, server-made pages, htmx for the swaps; no build step, nothing loaded from elsewhere."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware

from review.pages import router
from review.security import Shield
from review.views import templates
from storage.database import Database
from wildtrade import __version__
from wildtrade.errors import Exit, WildtradeError

_HERE = Path(__file__).parent
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_WORDS = {
    404: ("There is no such page", "The address is wrong, or the item is no longer in this database."),
    405: ("This address is not for that", "Go back to the queue and use its buttons."),
}


def create_app(database: Database, hosts: frozenset[str] = LOOPBACK, *, actor: str = "reviewer") -> FastAPI:
    """The app over one database. ``hosts`` are the names it answers under, ``actor`` owns the decisions."""
    app = FastAPI(title="wildtrade review", version=__version__, docs_url=None, redoc_url=None, openapi_url=None)
    app.state.database = database
    app.state.actor = actor
    app.include_router(router)
    app.mount("/static", StaticFiles(directory=_HERE / "static"), name="static")
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=5)
    app.add_middleware(Shield, hosts=hosts)
    app.add_exception_handler(WildtradeError, _explain)
    app.add_exception_handler(HTTPException, _refuse)
    app.add_exception_handler(RequestValidationError, _misunderstood)
    return app


async def _explain(request: Request, error: Exception) -> Response:
    """A known error in words: 400 where the person can mend it, 503 where the machine must be."""
    known = error if isinstance(error, WildtradeError) else WildtradeError(str(error))
    status = 400 if known.exit_code is Exit.USAGE else 503
    return _page(request, "This did not work; nothing was stored", str(known), status)


async def _refuse(request: Request, error: Exception) -> Response:
    known = error if isinstance(error, HTTPException) else HTTPException(500)
    title, text = _WORDS.get(known.status_code, ("This did not work", str(known.detail)))
    response = _page(request, title, text, known.status_code)
    response.headers.update(known.headers or {})
    return response


async def _misunderstood(request: Request, error: Exception) -> Response:
    return _page(request, "This address is not understood", "Go back to the queue and use its buttons.", 400)


def _page(request: Request, title: str, text: str, status: int) -> HTMLResponse:
    context = {"title": title, "text": text}
    return templates.TemplateResponse(request, "error.html", context, status_code=status)

"""The review app: FastAPI, server-made pages, htmx for the swaps; no build step, nothing loaded from elsewhere."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response
from fastapi.staticfiles import StaticFiles

from review.pages import router
from review.security import Shield
from review.views import templates
from storage.database import Database
from wildtrade import __version__
from wildtrade.errors import Exit, WildtradeError

_HERE = Path(__file__).parent
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def create_app(database: Database, hosts: frozenset[str] = LOOPBACK) -> FastAPI:
    """The app over one database. ``hosts`` are the names it answers under."""
    app = FastAPI(title="wildtrade review", version=__version__, docs_url=None, redoc_url=None, openapi_url=None)
    app.state.database = database
    app.include_router(router)
    app.mount("/static", StaticFiles(directory=_HERE / "static"), name="static")
    app.add_middleware(Shield, hosts=hosts)
    app.add_exception_handler(WildtradeError, _explain)
    app.add_exception_handler(404, _missing)
    return app


async def _explain(request: Request, error: Exception) -> Response:
    """A known error, in words; a conflict is 409 so that the page can say what happened meanwhile."""
    known = error if isinstance(error, WildtradeError) else WildtradeError(str(error))
    status = 409 if known.code == "conflict" else 503 if known.exit_code is Exit.PROBLEM else 400
    return _page(request, "This did not work", str(known), status)


async def _missing(request: Request, error: Exception) -> Response:
    return _page(request, "There is no such page", "The item may have been decided, or the address is wrong.", 404)


def _page(request: Request, title: str, text: str, status: int) -> HTMLResponse:
    context = {"title": title, "text": text}
    return templates.TemplateResponse(request, "error.html", context, status_code=status)

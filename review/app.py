"""The review app: FastAPI, server-made pages, htmx for the swaps; no build step, nothing loaded from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import Response
from fastapi.routing import APIRoute
from fastapi.staticfiles import StaticFiles
from starlette.middleware.gzip import GZipMiddleware

from review import failures
from review.auth import Access
from review.navigation import all_links, page_modules
from review.rendering import HERE, style_sheet
from review.security import Shield
from review.serving import LOOPBACK
from storage.custody import CustodyLog
from storage.database import Database
from storage.rights import RightsFile, install_rights, load_rights
from wildtrade import __version__


def create_app(
    database: Database,
    hosts: frozenset[str] = LOOPBACK,
    *,
    name: str = "",
    rights: RightsFile | None = None,
    custody: CustodyLog | None = None,
    home: Path | None = None,
) -> FastAPI:
    """The app over one database. ``hosts`` are the names it answers under, ``name`` is the workspace's, ``custody`` the
    log of its evidence (without one, nothing can be sealed, shown or packed), ``home`` its folder with its own sources.

    Rights and roles the database lacks are added from ``rights``. Raises RuntimeError where a route names no right.
    """
    with database.session() as session:
        install_rights(session, rights or load_rights())
    app = FastAPI(title="wildtrade review", version=__version__, docs_url=None, redoc_url=None, openapi_url=None)
    modules = page_modules()
    app.state.database, app.state.links, app.state.workspace = database, all_links(modules), name
    app.state.custody, app.state.home = custody, home
    app.state.routes = [route for module in modules for route in module.router.routes if isinstance(route, APIRoute)]
    _check(app.state.routes)
    for module in modules:
        app.include_router(module.router)
    app.add_api_route("/static/review.css", _style_sheet, methods=["GET", "HEAD"], include_in_schema=False)
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=5)
    app.add_middleware(Shield, hosts=hosts)
    failures.explain(app)
    return app


def _style_sheet() -> Response:
    return Response(style_sheet(), media_type="text/css")


def _check(routes: list[APIRoute]) -> None:
    """Deny by default: the app does not start with a route that names no right, or two."""
    for route in routes:
        if len(list(rights_of_route(route))) != 1:
            raise RuntimeError(f"{route.path} must name one right: dependencies=[require(...)]")


def rights_of_route(route: APIRoute) -> Iterator[str]:
    """What a route asks of whoever calls it."""
    for dependency in route.dependencies:
        if isinstance(dependency.dependency, Access):
            yield dependency.dependency.right

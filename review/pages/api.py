"""The API for programs describes itself: OpenAPI 3.1, made from the routes."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.openapi.utils import get_openapi

from review.auth import SIGNED_IN, require
from wildtrade import __version__

router = APIRouter(prefix="/api/v1", tags=["description"])
_ABOUT = """The same actions as on the pages. A token (`wildtrade token new`) goes into `Authorization: Bearer wt_...`;
it can do what its scope and its owner may. Errors are `{"error": {code, message, field, fix}}`. Lists come in pages:
send `next` of one as `cursor` of the following. A decision with an `Idempotency-Key` is taken once, however often it is
sent. Sellers, phones and addresses are masked without the right `identity.read`."""


@router.get("/openapi.json", dependencies=[require(SIGNED_IN)], include_in_schema=False)
def describe(request: Request) -> dict[str, Any]:
    """The description of all routes for programs."""
    routes = [route for route in request.app.state.routes if route.path.startswith("/api/")]
    found = get_openapi(title="wildtrade", version=__version__, description=_ABOUT, routes=routes)
    found.setdefault("components", {})["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    found["security"] = [{"token": []}]
    return found

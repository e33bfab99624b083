"""A token per session that every write must bring along: as form field ``csrf`` or as header ``X-CSRF-Token``.

The token is made from the session's secret, which no page and no script can read; it needs no storage of its own.
"""

from __future__ import annotations

import hmac

from fastapi import Request

from review.auth import cookies
from storage.secrets import digest

HEADER, FIELD = "x-csrf-token", "csrf"
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def token_of(request: Request) -> str:
    """The token of this request's session; empty without one."""
    return token_for(cookies.session_secret(request))


def token_for(secret: str) -> str:
    """The token of a session's secret."""
    return digest(f"csrf {secret}") if secret else ""


async def brought(request: Request) -> bool:
    """Whether a write brought its session's token along."""
    given = request.headers.get(HEADER, "")
    if not given and request.headers.get("content-type", "").split(";")[0] in _FORMS:
        field = (await request.form()).get(FIELD)  # kept by the request; the route reads the same form
        given = field if isinstance(field, str) else ""
    return hmac.compare_digest(given.encode(), token_of(request).encode())

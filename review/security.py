"""What protects the review page in a browser: headers, host names, same-origin writes.

The page listens on loopback by default; sign-in comes with the review-app work and is not replaced by this.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}
_WRITES = {"POST", "PUT", "PATCH", "DELETE"}


class Shield:
    """Sets the headers, refuses foreign host names (DNS rebinding) and writes from other origins (CSRF)."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str]) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                static = scope["path"].startswith("/static/")
                for name, value in HEADERS.items():
                    headers.setdefault(name, "max-age=3600" if static and name == "Cache-Control" else value)
            await send(message)

        refusal = self._refusal(scope)
        app: ASGIApp = PlainTextResponse(refusal, status_code=403) if refusal else self._app
        await app(scope, receive, with_headers)

    def _refusal(self, scope: Scope) -> str | None:
        headers = Headers(scope=scope)
        host = urlsplit(f"//{headers.get('host', '')}").hostname or ""
        if host not in self._hosts:
            return "This page answers only under its own name."
        if scope["method"] in _WRITES:
            origin = headers.get("origin")
            # Browsers send Origin with every write; its absence means a program, which must then name itself.
            if origin is None and headers.get("hx-request") != "true":
                return "A write must come from this page."
            if origin is not None and urlsplit(origin).netloc != headers.get("host"):
                return "A write must come from this page."
        return None

"""What protects the review page in a browser, before anybody is asked who they are: headers, names, origins, sizes."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "worker-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # none elsewhere; without one here, browsers send "Origin: null" with a form
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}
_READS = {"GET", "HEAD"}
_LONGEST_BODY = 128 * 1024  # bytes; a form with the longest note, percent-encoded, fits
_LONGER = {"/imports": 17 * 2**20, "/packs/take": 9 * 2**20}  # a file and its form


class Shield:
    """Sets the headers, refuses foreign host names (DNS rebinding) and writes from other origins (CSRF)."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str]) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            refusal = self._refusal(scope)
            app: ASGIApp = PlainTextResponse(refusal, status_code=403) if refusal else self._app
            await app(scope, receive, _with_headers(scope, send))

    def _refusal(self, scope: Scope) -> str | None:
        headers = Headers(scope=scope)
        if _host_name(headers.get("host", "")) not in self._hosts or len(headers.getlist("host")) != 1:
            return "This page answers only under its own name."
        if scope["method"] in _READS:
            return None
        # Browsers send Origin with every write; a page elsewhere cannot leave it out or fake it, nor add Authorization.
        if "authorization" not in headers and headers.get("origin") != f"{scope['scheme']}://{headers['host']}":
            return "A write must come from this page."
        length = headers.get("content-length", "")
        if not length.isdecimal() or int(length) > _LONGER.get(scope["path"], _LONGEST_BODY):
            return "This is more than the page ever sends."
        return None


def _with_headers(scope: Scope, send: Send) -> Send:
    kept = {"Cache-Control": "max-age=3600"} if scope["path"].startswith("/static/") else {}

    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(HEADERS | kept)
        await send(message)

    return send_with_headers


def _host_name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""

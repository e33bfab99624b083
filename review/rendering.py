"""One way to answer with a page: ``render(request, "screen/page.html", ...)``."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from fastapi.templating import Jinja2Templates
from jinja2 import Environment, FileSystemLoader, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from review import text, views
from review.auth.csrf import token_of
from review.navigation import Link, grouped
from storage.sessions import Identity

HERE = Path(__file__).parent
templates = Jinja2Templates(
    env=Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=True, extensions=["jinja2.ext.i18n"])
)


def render(request: Request, template: str, *, status: int = 200, **context: Any) -> Response:
    """A page in the reader's language, with what every page shows: who is signed in, where one may go."""
    user: Identity | None = getattr(request.state, "identity", None)
    links: tuple[Link, ...] = request.app.state.links
    shared = {
        "user": user,
        "csrf": token_of(request),
        "menus": grouped(link for link in links if user and (not link.right or user.may(link.right))),
        "language": text.language(),
        "workspace_mode": getattr(request.state, "mode", "normal"),
    }
    response: Response = templates.TemplateResponse(request, template, shared | context, status_code=status)
    return response


@pass_context
def _csrf_field(context: Context) -> Markup:
    """The hidden field every form that writes needs."""
    return Markup('<input type="hidden" name="csrf" value="{}">').format(context["csrf"])


def go(address: str) -> Response:
    """Send the browser on after a write, so that a reload repeats nothing."""
    return RedirectResponse(address, status_code=303)


def local(address: str, otherwise: str = "/") -> str:
    """An address of this app, whatever was asked for: never another site's."""
    plain = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if plain else otherwise


@cache
def style_sheet() -> bytes:
    """The one style sheet: the pieces of ``static/css`` in order of their names."""
    return b"\n".join(path.read_bytes() for path in sorted((HERE / "static" / "css").glob("*.css")))


@cache
def asset(name: str) -> str:
    """The address of a static file; it changes with the content, so that a browser never keeps an old one."""
    content = style_sheet() if name == "review.css" else (HERE / "static" / name).read_bytes()
    return f"/static/{name}?v={hashlib.sha256(content).hexdigest()[:10]}"


views.equip(templates.env)
_install = templates.env.install_gettext_callables  # type: ignore[attr-defined]  # the i18n extension adds it
_install(text.gettext, text.ngettext, newstyle=True)
templates.env.globals.update(asset=asset, csrf_field=_csrf_field, languages=text.LANGUAGES)

"""Searches people keep: as a queue's rule, as an alert, as a feed; and what each found over time."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException

from review.auth import PUBLIC, CurrentUser, Read, Write, require
from review.auth.access import Denied
from review.feeds import atom_feed, json_feed
from review.navigation import Link
from review.numbers import RowId
from review.rendering import go, render
from review.searching import IDENTITY, Box
from review.text import later
from storage.models import Alert, SavedSearch
from storage.search import saved
from storage.search.finding import MOST, find
from storage.search.query import parse
from storage.sessions import Identity
from storage.workspace import Mode
from wildtrade.errors import UsageError

router = APIRouter(default_response_class=HTMLResponse)
LINKS = (Link(later("Saved searches"), "/searches", "listing.read", place=32),)
_READ = ["GET", "HEAD"]
ALERTS = {
    Alert.OFF: later("no alert"),
    Alert.INSTANT: later("at once"),
    Alert.DAILY: later("daily"),
    Alert.WEEKLY: later("weekly"),
}


class FeedForm(StrEnum):
    """How a feed is written."""

    ATOM = "atom"
    JSON = "json"


@router.api_route("/searches", methods=_READ, dependencies=[require("listing.read")])
def show_searches(request: Request, session: Read, user: CurrentUser, asked: Box) -> Response:
    """One's own and the shared searches, with what is new."""
    return _page(request, session, user, asked)


def _page(request: Request, session: Session, user: Identity, asked: Box, feed: str = "") -> Response:
    rows = [
        {"saved": one, "owner": owner, "mine": one.owner_id == user.user_id, "new": saved.new_hits(session, one),
         "counts": saved.history_of_counts(session, one.id)}
        for one, owner in saved.visible(session, user.user_id)
        if user.may(IDENTITY) or not parse(one.query).tells_identity
    ]  # fmt: skip
    context: dict[str, Any] = {"asked": asked, "rows": rows, "alerts": ALERTS, "feed": feed, "most": MOST}
    context["due"] = {one.id for one, _ in saved.alerts(session, user.user_id)}
    context["history"] = saved.history(session, user.user_id, most=50)
    return render(request, "saved/list.html", **context)


@router.post("/searches", dependencies=[require("search.save")])
def save(
    session: Write, user: CurrentUser, name: Annotated[str, Form()] = "", q: Annotated[str, Form()] = ""
) -> Response:
    """Keep a query."""
    if parse(q).tells_identity and not user.may(IDENTITY):
        raise Denied("", IDENTITY)
    saved.save(session, user.user_id, name, q)
    return go("/searches")


@router.api_route("/searches/{saved_id}", methods=_READ, dependencies=[require("search.save")])
def open_saved(request: Request, session: Write, user: CurrentUser, saved_id: RowId) -> Response:
    """Ask a saved search again; for its owner, what is there now counts as seen."""
    found = session.get(SavedSearch, saved_id)
    if found is None or not (found.shared or found.owner_id == user.user_id):
        raise HTTPException(404)
    if found.owner_id == user.user_id and request.state.mode is Mode.NORMAL:
        saved.seen(session, found)
    return RedirectResponse(f"/listings?{urlencode({'q': found.query})}", status_code=303)


@router.post("/searches/{saved_id}", dependencies=[require("search.save")])
def change(
    session: Write,
    user: CurrentUser,
    saved_id: RowId,
    alert: Annotated[Alert, Form()] = Alert.OFF,
    shared: Annotated[bool, Form()] = False,
    remove: Annotated[bool, Form()] = False,
) -> Response:
    """Set what becomes of one's own search."""
    found = _own(session, saved_id, user)
    if remove:
        saved.remove(session, found)
        return go("/searches")
    found.alert, found.shared = alert, shared
    return go("/searches")


@router.post("/searches/{saved_id}/feed", dependencies=[require("search.save")])
def make_feed(request: Request, session: Write, user: CurrentUser, saved_id: RowId, asked: Box) -> Response:
    """A new secret address for a search's feed, shown once."""
    found = _own(session, saved_id, user)
    if parse(found.query).tells_identity:
        raise UsageError("a feed tells no identities", fix="save a search without names, numbers and addresses")
    secret = saved.open_feed(found)
    session.flush()
    return _page(request, session, user, asked, feed=f"{_site(request)}/feeds/{secret}")


def _own(session: Session, saved_id: int, user: Identity) -> SavedSearch:
    found = saved.own(session, saved_id, user.user_id)
    if found is None:
        raise HTTPException(404)
    return found


def _site(request: Request) -> str:
    return str(request.base_url).rstrip("/")


@router.api_route("/feeds/{secret}/{form}", methods=_READ, dependencies=[require(PUBLIC)])
def show_feed(request: Request, session: Read, secret: str, form: str) -> Response:
    """The newest 50 hits for a feed reader; the secret in the address is the key."""
    found = saved.feed(session, secret)
    if found is None or form not in tuple(FeedForm):
        raise HTTPException(404)
    hits = find(session, parse(found.query), limit=50).hits
    if form == FeedForm.JSON:
        return JSONResponse(json_feed(found, hits, _site(request)), media_type="application/feed+json")
    return Response(atom_feed(found, hits, _site(request)), media_type="application/atom+xml")

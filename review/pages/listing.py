"""Everything about one listing: captures, versions, signals, decisions, audit; who the seller is only on demand."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException

from review.archived import read_archived
from review.auth import CurrentUser, Read, Write, require
from review.differences import differences
from review.gazetteer import place_of
from review.known_sources import countries_of_sources
from review.numbers import RowId
from review.pages.map import PRECISION
from review.pages.seller import LINK_KINDS
from review.rendering import render
from review.searching import IDENTITY, log_identity
from review.text import later
from storage.models import PageCapture
from storage.search.around import around
from storage.search.contacts import contacts
from storage.search.story import Story, story

router = APIRouter(default_response_class=HTMLResponse)
_READ = ["GET", "HEAD"]
_MAY_READ = [require("listing.read")]
_FIELDS = ("title", "description", "location", "status")
_FIELD_NAMES = {
    "title": later("Title"), "description": later("Text"), "location": later("Place"), "status": later("Status"),
    "price": later("Price"),
}  # fmt: skip


@router.api_route("/listings/{listing_id}", methods=_READ, dependencies=_MAY_READ)
def show_listing(request: Request, session: Read, listing_id: RowId) -> Response:
    """One listing; whoever it can be traced to is hidden."""
    return _page(request, session, listing_id)


@router.post("/listings/{listing_id}/identity", dependencies=[require(IDENTITY)])
def show_listing_identity(request: Request, session: Write, user: CurrentUser, listing_id: RowId) -> Response:
    """The same with names, phone numbers and addresses. That somebody looked is logged."""
    response = _page(request, session, listing_id, shown=True)
    log_identity(request, session, user, "listing", listing_id)
    return response


def _page(request: Request, session: Session, listing_id: int, *, shown: bool = False) -> Response:
    told = story(session, listing_id)
    if told is None or not told.revisions:
        raise HTTPException(404)
    latest = told.revisions[0]
    context: dict[str, Any] = {
        "story": told,
        "latest": latest,
        "shown": shown,
        "changes": _changes(told),
        "around": around(session, listing_id),
        "place": place_of(latest.location, countries_of_sources(request).get(told.listing.source, "")),
        "precision": PRECISION,
        "reached": contacts(f"{latest.title or ''}\n{latest.description or ''}"[:20_000])[:50],
        "kinds": LINK_KINDS,
        "fields_named": _FIELD_NAMES,
        "live": told.listing.url if told.listing.url.startswith(("http://", "https://")) else "",
        "names": () if shown else sorted({one.seller for one in told.revisions if one.seller}),
    }
    return render(request, "listing/listing.html", **context)


def _changes(told: Story) -> list[tuple[Any, Any, dict[str, Any]]]:
    """Each version with the one before it and, by field, what changed; the newest first."""
    found = []
    for new, old in pairwise(told.revisions):
        fields: dict[str, Any] = {name: differences(getattr(old, name), getattr(new, name)) for name in _FIELDS}
        if (old.amount, old.currency) != (new.amount, new.currency):
            fields["price"] = differences(_price(old), _price(new))
        found.append((new, old, {name: value for name, value in fields.items() if value}))
    return found


def _price(revision: Any) -> str:
    return "" if revision.amount is None else f"{revision.amount:,f} {revision.currency or ''}".strip()


@router.api_route("/listings/{listing_id}/pages/{page_id}", methods=_READ, dependencies=_MAY_READ)
def show_archived_page(request: Request, session: Read, listing_id: RowId, page_id: RowId) -> Response:
    """The page as it was captured, as text: nothing of it runs, nothing is loaded."""
    told = story(session, listing_id)
    page = session.get(PageCapture, page_id)
    if told is None or page is None or all(one.id != page_id for _, one in told.captures):
        raise HTTPException(404)
    custody = request.app.state.custody
    archived = read_archived(custody.evidence if custody else None, page)
    names = sorted({one.seller for one in told.revisions if one.seller})
    return render(request, "listing/page.html", story=told, page=page, archived=archived, names=names)

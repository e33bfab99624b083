"""Listings and exports for programs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException

from review.auth import CurrentUser, Read, Write, actor, require
from review.numbers import RowId
from review.programs import RESPONSES, Cursor, Limit, Page, number_of, plain, shown
from review.searching import Box, bring_up_to_date, check_identity
from storage import exports
from storage.audit import record
from storage.database import Database
from storage.exporting.masking import without_identities
from storage.models import ListingRow, Revision
from storage.search.finding import find
from storage.sessions import Identity
from wildtrade.errors import UsageError
from wildtrade.output import to_json

router = APIRouter(prefix="/api/v1", tags=["listings"], responses=RESPONSES)


class Found(BaseModel):
    """One listing that a search finds."""

    listing_id: int
    flag_id: int | None
    source: str
    title: str | None
    description: str | None
    language: str | None
    amount: str | None
    currency: str | None
    seller: str | None
    seller_id: int | None
    location: str | None
    images: list[str]
    first_seen_at: datetime
    last_seen_at: datetime
    gone_at: datetime | None
    label: str | None
    score: float | None
    appendix: str | None
    taxa: list[dict[str, Any]] | None


class Version(BaseModel):
    """What a listing said, from one change to the next."""

    revision_id: int
    title: str | None
    description: str | None
    amount: str | None
    currency: str | None
    seller: str | None
    location: str | None
    images: list[str]
    created_at: datetime


class Whole(BaseModel):
    """One listing with all it ever said, newest last."""

    listing_id: int
    source: str
    key: str
    url: str
    first_seen_at: datetime
    last_seen_at: datetime
    gone_at: datetime | None
    versions: list[Version]


@router.get("/listings", dependencies=[require("listing.read")])
def search(
    request: Request, session: Read, user: CurrentUser, asked: Box, limit: Limit = 50, cursor: Cursor = ""
) -> Page[Found]:
    """Search with the words and fields of the box (`q`); the newest change first."""
    if asked.problem:
        raise UsageError(asked.problem, field="q", fix="see docs/reviewers.md, Search")
    check_identity(request, user, asked)
    bring_up_to_date(request.app.state.database)
    found = find(session, asked.query, limit=limit, after=number_of(cursor))
    rows = [asdict(hit) | {"amount": None if hit.amount is None else f"{hit.amount:f}"} for hit in found.hits]
    items = [Found(**plain(row)) for row in shown(rows, user)]
    return Page(items=items, next=None if found.after is None else str(found.after))


@router.get("/listings/{listing_id}", dependencies=[require("listing.read")])
def show_listing(request: Request, session: Write, user: CurrentUser, listing_id: RowId) -> Whole:
    """One listing. A view with the seller's identity is logged."""
    listing = session.get(ListingRow, listing_id)
    if listing is None:
        raise HTTPException(404, "there is no such listing")
    if user.may("identity.read"):
        record(session, "view_identity", actor(request, user), kind="listing", id=listing_id)
    versions = shown([_version(listing, one) for one in listing.revisions], user)
    names = ("source", "key", "url", "first_seen_at", "last_seen_at", "gone_at")
    own = {name: getattr(listing, name) for name in names}
    whole = shown([own | {"listing_id": listing.id}], user)[0]
    return Whole(**plain(whole | {"versions": versions}))


def _version(listing: ListingRow, one: Revision) -> dict[str, Any]:
    names = ("title", "description", "currency", "seller", "location", "images", "created_at")
    amount = None if one.amount is None else f"{one.amount:f}"
    return {name: getattr(one, name) for name in names} | {
        "revision_id": one.id, "amount": amount, "source": listing.source,
    }  # fmt: skip


@router.get(
    "/exports/{what}", dependencies=[require("export.data")], tags=["exports"], response_class=StreamingResponse
)
def export(
    request: Request,
    session: Write,
    user: CurrentUser,
    what: Annotated[Literal["listings", "decisions"], Path(description="flagged listings, or standing decisions")],
) -> StreamingResponse:
    """One JSON object a line. Identities are left out without the right `export.identity`. The export is logged."""
    record(session, "export", actor(request, user), kind=what, after={"identities": user.may("export.identity")})
    database = request.app.state.database
    return StreamingResponse(_lines(database, what, user), media_type="application/x-ndjson")


def _lines(database: Database, what: str, user: Identity) -> Iterator[str]:
    with database.session(read_only=True) as session:
        for row in _rows(session, what, user):
            yield to_json(row) + "\n"


def _rows(session: Session, what: str, user: Identity) -> Iterator[dict[str, Any]]:
    rows = exports.flagged(session) if what == "listings" else exports.decisions(session)
    return rows if user.may("export.identity") else without_identities(rows)

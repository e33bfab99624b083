"""One seller, however many accounts: listings over time, prices, places, decisions, what is shared with others; and
merging accounts."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException

from review.auth import CurrentUser, Read, Write, actor, require
from review.drawing import bars
from review.numbers import RowId
from review.rendering import go, render
from review.searching import IDENTITY, log_identity
from review.text import later
from storage import audit
from storage.merges import merge, merges, undo_merge
from storage.search.accounts import account
from storage.search.finding import find
from storage.search.query import parse
from storage.search.suggesting import suggestions

router = APIRouter(default_response_class=HTMLResponse)
LINK_KINDS = {
    "phone": later("Phone number"),
    "mail": later("Mail address"),
    "handle": later("Account name"),
    "link": later("Web address"),
    "image": later("Picture"),
    "name": later("Same name elsewhere"),
}
EVIDENCE = {
    "phone": later("same phone number"),
    "mail": later("same mail address"),
    "handle": later("same account name in the texts"),
    "link": later("same web address"),
    "image": later("same pictures"),
    "name": later("same account name"),
}
_MERGES = [require("seller.merge")]


@router.api_route("/sellers/{seller_id}", methods=["GET", "HEAD"], dependencies=[require("listing.read")])
def show_seller(request: Request, session: Read, seller_id: RowId) -> Response:
    """One account under its number."""
    return _page(request, session, seller_id)


@router.post("/sellers/{seller_id}/identity", dependencies=[require(IDENTITY)])
def show_seller_identity(request: Request, session: Write, user: CurrentUser, seller_id: RowId) -> Response:
    """The same with name and contacts. That somebody looked is logged."""
    response = _page(request, session, seller_id, shown=True)
    log_identity(request, session, user, "seller", seller_id)
    return response


def _page(request: Request, session: Session, seller_id: int, *, shown: bool = False) -> Response:
    found = account(session, seller_id)
    if found is None:
        raise HTTPException(404)
    newest = find(session, parse(f"seller:#{seller_id}"), limit=25).hits
    names = () if shown else tuple(one.name for one in found.accounts)
    chart = bars(found.months)
    context: dict[str, Any] = {
        "account": found,
        "newest": newest,
        "shown": shown,
        "names": names,
        "chart": chart,
        "kinds": LINK_KINDS,
        "evidence": EVIDENCE,
        "suggestions": suggestions(session, found),
        "merges": merges(session, [one.id for one in found.accounts]),
    }
    return render(request, "seller/seller.html", **context)


@router.post("/sellers/{seller_id}/merge", dependencies=_MERGES)
def merge_sellers(
    request: Request,
    session: Write,
    user: CurrentUser,
    seller_id: RowId,
    other: Annotated[int, Form(ge=1, le=2**62)],
    reason: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Say that two accounts are one seller; what speaks for it now is kept with it."""
    found = account(session, seller_id)
    if found is None:
        raise HTTPException(404)
    told = next((one.evidence for one in suggestions(session, found) if one.other.id == other), ())
    evidence = [(kind, listings) for kind, _, listings in told]
    row = merge(session, seller_id, other, user.name, reason=reason, evidence=evidence)
    after = {"sellers": [row.one_id, row.other_id], "evidence": row.evidence, "merge": row.id}
    who = actor(request, user)
    audit.record(session, "merge_sellers", who, kind="seller", id=row.one_id, after=after, reason=row.reason)
    return go(f"/sellers/{seller_id}")


@router.post("/sellers/merges/{merge_id}/undo", dependencies=_MERGES)
def part_sellers(
    request: Request,
    session: Write,
    user: CurrentUser,
    merge_id: RowId,
    reason: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Take a merge back; both stay on record."""
    row = undo_merge(session, merge_id, user.name, reason=reason)
    before = {"sellers": [row.one_id, row.other_id], "merge": merge_id}
    who = actor(request, user)
    audit.record(session, "part_sellers", who, kind="seller", id=row.one_id, before=before, reason=row.reason)
    return go(f"/sellers/{row.one_id}")

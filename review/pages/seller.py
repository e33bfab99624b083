"""One seller, however many accounts: listings over time, prices, places, decisions, what is shared with others, and
which may be the same."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException

from review.auth import CurrentUser, Read, Write, require
from review.drawing import bars
from review.numbers import RowId
from review.pages.merges import EVIDENCE
from review.rendering import render
from review.searching import IDENTITY, log_identity
from review.text import later
from storage.merges import merges
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

"""Sellers that may be one, all over the workspace, and what speaks for it; people say yes or no, with a reason, and can
take it back."""

from __future__ import annotations

from enum import StrEnum
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException

from review.auth import CurrentUser, Read, Write, actor, require
from review.numbers import LARGEST, RowId
from review.rendering import go, render
from review.searching import IDENTITY, log_identity
from review.snapshots import fresh
from review.text import later
from storage import audit
from storage.database import Database
from storage.merges import merge, newest_merges, tell_apart, undo_merge
from storage.search.accounts import account
from storage.search.suggesting import kept, refresh, standing, suggestions
from storage.sellers import names_of

router = APIRouter(default_response_class=HTMLResponse)
PAGE = 20
EVIDENCE = {
    "phone": later("same phone number"),
    "mail": later("same mail address"),
    "handle": later("same account name in the texts"),
    "link": later("same web address"),
    "image": later("same pictures"),
    "look": later("pictures that look the same"),
    "name": later("same account name"),
}
_MAY = [require(IDENTITY)]
_MERGES = [require("seller.merge")]
Account = Annotated[int, Form(ge=1, le=LARGEST)]
Reason = Annotated[str, Form(max_length=2000)]
Number = Annotated[int, Query(ge=1, le=1000)]


class Verdict(StrEnum):
    """What a person says of two accounts."""

    ONE = "one"
    TWO = "two"


@router.api_route("/merges", methods=["GET", "HEAD"], dependencies=_MAY)
def show_merges(request: Request, session: Read, page: Number = 1) -> Response:
    """The strongest suggestions first, under the numbers of sellers; then what was said last."""
    return _page(request, session, page)


@router.post("/merges/identity", dependencies=_MAY)
def show_merges_identity(request: Request, session: Write, user: CurrentUser, page: Number = 1) -> Response:
    """The same with the names of the accounts. That somebody looked is logged."""
    response = _page(request, session, page, shown=True)
    log_identity(request, session, user, "merges", page)
    return response


def _page(request: Request, session: Session, page: int, *, shown: bool = False) -> Response:
    database = request.app.state.database
    snapshot = fresh(database, "merges", partial(_read, database), partial(refresh, database))
    found = standing(session, snapshot) if snapshot else []
    said = newest_merges(session, PAGE)
    context: dict[str, Any] = {
        "computed": snapshot is not None,
        "total": len(found),
        "suggestions": found[(page - 1) * PAGE : page * PAGE],
        "page": page,
        "more": len(found) > page * PAGE,
        "said": said,
        "evidence": EVIDENCE,
        "shown": shown,
        "names": () if shown else names_of(session, {each for row in said for each in (row.one_id, row.other_id)}),
    }
    return render(request, "merges/list.html", **context)


def _read(database: Database) -> dict[str, Any] | None:
    with database.session(read_only=True) as session:
        return kept(session)


@router.post("/merges", dependencies=_MERGES)
def say(
    request: Request,
    session: Write,
    user: CurrentUser,
    one: Account,
    other: Account,
    verdict: Annotated[Verdict, Form()] = Verdict.ONE,
    reason: Reason = "",
    on_seller: Annotated[bool, Form()] = False,
) -> Response:
    """Say that two accounts are one seller, or two; what speaks for one now is kept with it."""
    evidence = _evidence(session, one, other)
    told = merge if verdict is Verdict.ONE else tell_apart
    row = told(session, one, other, user.name, reason=reason, evidence=evidence)
    after = {"sellers": [row.one_id, row.other_id], "evidence": row.evidence, "merge": row.id}
    action = "merge_sellers" if row.same else "tell_sellers_apart"
    audit.record(session, action, actor(request, user), kind="seller", id=row.one_id, after=after, reason=row.reason)
    return go(f"/sellers/{one}" if on_seller else "/merges")


def _evidence(session: Session, one: int, other: int) -> list[tuple[str, int]]:
    """What speaks for it, as (kind, listings): what the texts say now, else what the page of all shows."""
    found = account(session, one)
    if found is None:
        raise HTTPException(404)
    near = [each.evidence for each in suggestions(session, found) if each.other.id == other]
    if not near and (snapshot := kept(session)):
        pair = {found.seller.number, other}
        near = [each.evidence for each in standing(session, snapshot) if {each.one.id, each.other.id} == pair]
    return [(kind, listings) for evidence in near[:1] for kind, _, listings in evidence]


@router.post("/merges/{merge_id}/undo", dependencies=_MERGES)
def take_back(
    request: Request,
    session: Write,
    user: CurrentUser,
    merge_id: RowId,
    reason: Reason = "",
    on_seller: Annotated[bool, Form()] = False,
) -> Response:
    """Take back what was said; both stay on record."""
    row = undo_merge(session, merge_id, user.name, reason=reason)
    before = {"sellers": [row.one_id, row.other_id], "merge": merge_id}
    action = "part_sellers" if row.same else "untell_sellers_apart"
    audit.record(session, action, actor(request, user), kind="seller", id=row.one_id, before=before, reason=row.reason)
    return go(f"/sellers/{row.one_id}" if on_seller else "/merges")

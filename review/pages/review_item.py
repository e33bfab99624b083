"""One item: what was captured, why it is here, the decision form; and storing the decision."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session

from review.auth import CurrentUser, Read, Write, require
from review.fields import Labelled, check, findings_of
from review.numbers import RowId
from review.rendering import go
from review.reviewing import enough_today, found_item, item_page, note, note_seen, onwards, refused, stages_of, take
from review.searching import IDENTITY, log_identity
from review.views import REASONS
from review.walk import Filters
from storage.batches import carry_out, propose
from storage.clusters import waiting_members
from storage.decisions import ConflictError, decide
from storage.leases import hold_of
from storage.proposals import propose_guard
from storage.second_review import second_review
from storage.sessions import Identity
from wildtrade.records import DecisionLabel

router = APIRouter(default_response_class=HTMLResponse)
Narrowed = Annotated[Filters, Depends()]


@router.api_route("/review/{flag_id}", methods=["GET", "HEAD"], dependencies=[require("queue.read")])
def show_item(
    request: Request,
    session: Read,
    user: CurrentUser,
    flag_id: RowId,
    filters: Narrowed,
    stored: DecisionLabel | None = None,
    part: Annotated[int, Query(ge=1)] = 1,
    done: str = "",
) -> Response:
    """One item. Opening it holds it for those who may decide it. One that is graphic is not shown to somebody who has
    seen enough of that for today."""
    if enough_today(session, user, flag_id):
        return go(filters.address("/rest"))
    held = take(request, user, flag_id, filters)
    item = found_item(session, flag_id)
    return item_page(request, session, item, user, filters, held=held, part=part, stored=stored, done=done)


@router.post("/review/{flag_id}/identity", dependencies=[require(IDENTITY)])
def show_item_identity(
    request: Request, session: Write, user: CurrentUser, flag_id: RowId, filters: Narrowed
) -> Response:
    """The same with names, phone numbers and addresses. That somebody looked is logged."""
    item = found_item(session, flag_id)
    log_identity(request, session, user, "listing", item.listing_id)
    return item_page(request, session, item, user, filters, held=hold_of(session, flag_id), shown=True)


@router.post("/review/{flag_id}", dependencies=[require("review.decide")])
def decide_item(
    request: Request,
    session: Write,
    user: CurrentUser,
    flag_id: RowId,
    filters: Narrowed,
    entered: Annotated[Labelled, Form()],
) -> Response:
    """Store a decision and go on to the next item.

    Where somebody was quicker nothing is stored; the page (409) says what happened and still holds what was typed.
    """
    check(entered, REASONS)
    try:
        _store(request, session, user, flag_id, entered)
    except ConflictError as conflict:
        return refused(request, session, user, flag_id, filters, entered, conflict)
    return go(onwards(session, user, filters, stored=entered.label.value))


def _store(request: Request, session: Session, user: Identity, flag_id: int, entered: Labelled) -> None:
    rules = second_review(session)
    decide(
        session,
        flag_id,
        entered.label,
        user.name,
        assessment_id=entered.assessment_id,
        reason=entered.reason or None,
        note=entered.note or None,
        findings=findings_of(entered, request.app.state.home),
        rules=rules,
        stages=stages_of(user),
    )
    after = {"label": entered.label.value, "reason": entered.reason}
    note(session, request, user, "decide", [flag_id], **after)
    note_seen(session, user, flag_id, entered)
    if entered.label is DecisionLabel.NOT_WILDLIFE and entered.guard and user.may("lexicon.propose"):
        _propose(request, session, user, flag_id, entered)
    if others := waiting_members(session, flag_id, entered.also):
        batch = propose(session, user.name, entered.label, others, reason=entered.reason or None)
        note(session, request, user, "decide", carry_out(session, batch, rules), batch=batch.id, **after)


def _propose(request: Request, session: Session, user: Identity, flag_id: int, entered: Labelled) -> None:
    item = found_item(session, flag_id)
    reason, words = entered.reason or "other", entered.guard
    propose_guard(session, words, user.name, language=item.language, reason=reason, listing_id=item.listing_id)
    note(session, request, user, "propose_guard", [flag_id], words=words, reason=reason)

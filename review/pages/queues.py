"""All queues at a glance, and the rules that ask for a second person. Keeps the queues in order while it serves."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session

from review.auth import CurrentUser, Write, actor, require
from review.keeper import keeping
from review.navigation import Link
from review.pages.queue import MODES
from review.queueing import fill_beside, in_words
from review.rendering import go, render
from review.text import later
from storage import audit
from storage.database import Database
from storage.drafts import drafts_of
from storage.leases import held_by
from storage.models import FlagState
from storage.overview import handling_seconds, named_overview, overview
from storage.queue import COUNTED
from storage.queues import due, may_work
from storage.search import saved
from storage.search.query import parse
from storage.second_review import SecondReview, second_review, set_second_review
from storage.sessions import Identity

router = APIRouter(default_response_class=HTMLResponse, lifespan=keeping)
LINKS = (Link(later("Queues"), "/queues", "queue.read", place=25, key="k"),)
NAMES = {
    FlagState.OPEN: later("First decisions"),
    FlagState.SAMPLED: later("Drawn at random, not yet decided"),
    FlagState.SECOND: later("Second decisions"),
    FlagState.CONFLICT: later("Two people differ"),
    FlagState.ESCALATED: later("A senior is asked"),
}


@router.get("/queues", dependencies=[require("queue.read")])
def show_queues(
    request: Request, user: CurrentUser, done: str = "", filled: Annotated[int, Query(ge=0)] = 0
) -> Response:
    """What waits where, what is held, since when, how long an item takes. ``filled``: a queue that was changed."""
    database: Database = request.app.state.database
    with database.session(read_only=True) as session:
        wanted = filled in due(session)
    if wanted:
        fill_beside(database, filled)
    with database.session(read_only=True) as session:
        return _page(request, session, user, done)


def _page(request: Request, session: Session, user: Identity, done: str) -> Response:
    named = named_overview(session)
    workable = {one.queue.id for one in named if may_work(one.queue, user.name, user.roles)}
    context: dict[str, Any] = {
        "lines": overview(session),
        "named": named,
        "words": {one.queue.id: in_words(parse(one.queue.query)) for one in named},
        "workable": workable if user.may("review.decide") else set(),
        "seconds": handling_seconds(session),
        "counted": COUNTED,
        "saved": saved.visible(session, user.user_id) if user.may("queue.edit") else (),
        "names": NAMES,
        "modes": MODES,
        "mine": held_by(session, user.name),
        "drafts": drafts_of(session, user.name)[:10],
        "rules": second_review(session),
        "done": done,
    }
    return render(request, "queues/queues.html", **context)


@router.post("/queues/second-review", dependencies=[require("policy.manage")])
def change_rules(
    request: Request,
    session: Write,
    user: CurrentUser,
    appendix_i: Annotated[bool, Form()] = False,
    into_case: Annotated[bool, Form()] = False,
    random_percent: Annotated[float, Form(ge=0, le=100)] = 0,
    disagreement_from: Annotated[float, Form(ge=0, le=2)] = 2,
) -> Response:
    """Change when a second person is needed, for decisions from now on."""
    before = second_review(session)
    rules = SecondReview(
        appendix_i=appendix_i,
        into_case=into_case,
        random_share=random_percent / 100,
        disagreement_from=disagreement_from,
    )
    set_second_review(session, rules)
    who = actor(request, user)
    audit.record(session, "rule_change", who, kind="second_review", before=asdict(before), after=asdict(rules))
    return go("/queues?done=rules")

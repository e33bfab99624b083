"""All queues at a glance, and the rules that ask for a second person. Keeps the queues in order while it serves."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response

from review.auth import CurrentUser, Read, Write, actor, require
from review.keeper import keeping
from review.navigation import Link
from review.pages.queue import MODES
from review.rendering import go, render
from review.text import later
from storage import audit
from storage.drafts import drafts_of
from storage.leases import held_by
from storage.models import FlagState
from storage.overview import overview
from storage.second_review import SecondReview, second_review, set_second_review

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
def show_queues(request: Request, session: Read, user: CurrentUser, done: str = "") -> Response:
    """What waits where, what is held, since when."""
    return render(
        request,
        "queues/queues.html",
        lines=overview(session),
        names=NAMES,
        modes=MODES,
        mine=held_by(session, user.name),
        drafts=drafts_of(session, user.name)[:10],
        rules=second_review(session),
        done=done,
    )


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

"""Enough graphic items for a day: what a person may do instead, and whether they may go on."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, Response

from review.auth import CurrentUser, Read, Write, actor, require
from review.rendering import go, render
from review.walk import Filters
from storage.audit import record
from storage.graphic import DayLimit, day_limit, limit_reached, pass_limit, set_day_limit, today

router = APIRouter(default_response_class=HTMLResponse)
Narrowed = Annotated[Filters, Depends()]


@router.api_route("/rest", methods=["GET", "HEAD"], dependencies=[require("review.decide")])
def show_rest(
    request: Request, session: Read, user: CurrentUser, filters: Narrowed, stored: str = "", done: str = ""
) -> Response:
    """How many graphic items this person has seen today, and what they may do now."""
    return render(
        request, "rest/rest.html", filters=filters, limit=day_limit(session), seen=today(session, user.user_id),
        reached=limit_reached(session, user.user_id), kept=bool(stored or done),
    )  # fmt: skip


@router.post("/rest/pass", dependencies=[require("review.decide")])
def go_past(request: Request, session: Write, user: CurrentUser, filters: Narrowed) -> Response:
    """Go on with graphic items today, where the workspace lets people choose that."""
    seen = today(session, user.user_id)
    if not pass_limit(session, user.user_id):
        return go(filters.address("/rest"))
    record(
        session, "day_limit_passed", actor(request, user), kind="user", id=user.user_id, after={"seen": len(seen.flags)}
    )
    return go(filters.address("/review"))


@router.post("/admin/workspace/day-limit", dependencies=[require("policy.manage")])
def change_limit(
    request: Request,
    session: Write,
    user: CurrentUser,
    most: Annotated[int, Form(ge=0, le=10_000)] = 0,
    may_pass: Annotated[bool, Form()] = False,
) -> Response:
    """How many graphic items a person is shown in a day, and whether they may go on all the same."""
    before, after = day_limit(session), DayLimit(most=most, may_pass=may_pass)
    set_day_limit(session, after)
    who = actor(request, user)
    record(session, "day_limit_change", who, kind="workspace", before=asdict(before), after=asdict(after))
    return go("/admin/workspace")

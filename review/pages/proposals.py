"""Guards that reviewers propose for the draft of the lexicon."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response

from review.auth import CurrentUser, Read, Write, actor, require
from review.navigation import Link
from review.numbers import RowId
from review.rendering import go, render
from review.text import later
from storage import audit
from storage.proposals import proposals, settle_proposal

router = APIRouter(default_response_class=HTMLResponse)
LINKS = (Link(later("Proposed guards"), "/proposals", "lexicon.read", place=95),)


@router.get("/proposals", dependencies=[require("lexicon.read")])
def show_proposals(request: Request, session: Read) -> Response:
    """Words that misled the machine, as reviewers say."""
    return render(request, "proposals/list.html", rows=proposals(session))


@router.post("/proposals/{proposal_id}", dependencies=[require("lexicon.publish")])
def settle(
    request: Request,
    session: Write,
    user: CurrentUser,
    proposal_id: RowId,
    taken: Annotated[bool, Form()] = False,
) -> Response:
    """Say that a proposal is in the draft now, or declined."""
    row = settle_proposal(session, proposal_id, user.name, taken=taken)
    if row is not None:
        after = {"words": row.text, "state": row.state.value}
        audit.record(session, "guard_proposal", actor(request, user), kind="proposal", id=row.id, after=after)
    return go("/proposals")

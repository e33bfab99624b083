"""Make, change and close a queue: its rule with a live count, its order, who works it and how."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException

from review.auth import CurrentUser, Read, Write, actor, require
from review.numbers import RowId
from review.pages.queue import MODES
from review.queueing import composed, in_words
from review.rendering import go, render
from review.searching import Asked, bring_up_to_date
from storage import audit, queue, queues
from storage.leases import Mode
from storage.models import NamedQueue, SavedSearch, User
from storage.rights import rights_of_roles
from storage.search.finding import MOST, load
from storage.search.query import FIELDS, QueryError

router = APIRouter(default_response_class=HTMLResponse)
_MAY = [require("queue.edit")]
_STATES = ("flagged", "unsure", "clear", "online", "gone")
_SETTINGS = ("name", "query", "mode", "overlap", "roles", "people", "hides_decisions", "lease_minutes")


class Rule(BaseModel):
    """A rule as the form sends it: the text, and fields chosen of lists, which are added to it."""

    query: str = Field("", max_length=4000)
    source: str = Field("", max_length=42)
    lang: str = Field("", max_length=35)
    app: str = Field("", max_length=8)
    state: str = Field("", max_length=24)

    @property
    def text(self) -> str:
        """The whole rule in the words of search."""
        chosen = (("source", self.source), ("lang", self.lang), ("app", self.app), ("is", self.state))
        return composed(self.query, chosen)


class Entered(Rule):
    """The whole form."""

    name: str = Field("", max_length=200)
    mode: Mode = Mode.PRIORITY
    overlap: int = Field(1, ge=1, le=2)
    roles: list[str] = Field(default_factory=list, max_length=100)
    people: list[str] = Field(default_factory=list, max_length=1000)
    hides_decisions: bool = False
    lease_minutes: int = Field(10, ge=0, le=10_000)


@router.get("/queues/new", dependencies=_MAY)
def show_new(
    request: Request, session: Read, user: CurrentUser, q: Annotated[str, Query(max_length=4000)] = "",
    search: Annotated[int, Query(ge=0, le=2**62)] = 0,
) -> Response:  # fmt: skip
    """The form for a new queue, with the rule of a saved search where one is named."""
    bring_up_to_date(request.app.state.database)  # before the first look into this session
    saved = session.get(SavedSearch, search) if search else None
    own = saved is not None and (saved.shared or saved.owner_id == user.user_id)
    name, query = (saved.name, saved.query) if saved is not None and own else ("", q)
    return _form(request, session, NamedQueue(name=name, query=query, mode=Mode.PRIORITY, **_usual()))


def _usual() -> dict[str, Any]:
    return {"overlap": 1, "roles": [], "people": [], "hides_decisions": False, "lease_minutes": 10}


@router.get("/queues/count", dependencies=_MAY)
def show_count(request: Request, session: Read, rule: Annotated[Rule, Query()]) -> Response:
    """How many items a rule would select now, and its newest three: the part of the form that is swapped."""
    return render(request, "queues/count.html", **_counted(session, rule.text))


@router.get("/queues/{queue_id}/edit", dependencies=_MAY)
def show_edit(request: Request, session: Read, queue_id: RowId) -> Response:
    """The form of a queue."""
    return _form(request, session, _found(session, queue_id))


def _form(request: Request, session: Session, named: NamedQueue) -> Response:
    rights = rights_of_roles(session)
    deciders = {role for role, has in rights.items() if "review.decide" in has}
    names = session.scalars(select(User.name).where(User.disabled_at.is_(None)).order_by(User.name_key)).all()
    context: dict[str, Any] = {
        "named": named,
        "modes": MODES,
        "roles": sorted(deciders | set(named.roles)),
        "names": sorted({*names, *named.people}, key=str.casefold),
        "choices": queue.choices(session),
        "states": _STATES,
        "fields": FIELDS,
        "least": queues.LEASE_MINUTES[0],
        "longest": queues.LEASE_MINUTES[1],
    }
    return render(request, "queues/edit.html", **context, **_counted(session, named.query))


def _counted(session: Session, text: str) -> dict[str, Any]:
    """The rule in words, how many items it selects, the newest of them; or what is wrong with it."""
    asked = Asked(text)
    context: dict[str, Any] = {"rule": text, "words": "", "number": 0, "sample": (), "problem": asked.problem}
    try:
        if not asked.problem:
            context["number"] = queues.count_matching(session, asked.query)
            context["sample"] = load(session, queues.newest_matching(session, asked.query, most=3))
            context["words"] = in_words(asked.query)
    except QueryError as error:
        context["problem"] = str(error)
    return context | {"most": MOST}


@router.post("/queues/new", dependencies=_MAY)
def make(request: Request, session: Write, user: CurrentUser, entered: Annotated[Entered, Form()]) -> Response:
    """Make a queue."""
    return _keep(request, session, user, NamedQueue(created_by=user.name), entered)


@router.post("/queues/{queue_id}/edit", dependencies=_MAY)
def change(
    request: Request, session: Write, user: CurrentUser, queue_id: RowId, entered: Annotated[Entered, Form()]
) -> Response:
    """Change a queue, from now on."""
    return _keep(request, session, user, _found(session, queue_id), entered)


@router.post("/queues/{queue_id}/close", dependencies=_MAY)
def close(request: Request, session: Write, user: CurrentUser, queue_id: RowId) -> Response:
    """Close a queue: its items stay in the queue of all."""
    named = _found(session, queue_id)
    audit.record(session, "queue_close", actor(request, user), kind="queue", id=named.id, before=_settings(named))
    queues.close(session, named)
    return go("/queues?done=closed")


def _keep(request: Request, session: Session, user: CurrentUser, named: NamedQueue, entered: Entered) -> Response:
    before = _settings(named) if named.id else None
    for name in _SETTINGS:
        setattr(named, name, getattr(entered, name))
    named.query = entered.text
    queues.keep(session, named)
    who, after = actor(request, user), _settings(named)
    audit.record(session, "queue_change", who, kind="queue", id=named.id, before=before, after=after)
    return go(f"/queues?filled={named.id}")


def _settings(named: NamedQueue) -> dict[str, Any]:
    return {name: getattr(named, name) for name in _SETTINGS}


def _found(session: Session, queue_id: int) -> NamedQueue:
    found = queues.open_queue(session, queue_id)
    if found is None:
        raise HTTPException(404)
    return found

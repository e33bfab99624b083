"""Review packs: made for a person, downloaded, withdrawn; their decisions brought back, and what came of each."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException

from review import text
from review.auth import CurrentUser, Read, Write, actor, require
from review.auth.access import Denied
from review.evidence import custody, download
from review.navigation import Link
from review.numbers import RowId
from review.packing import check_identities, wanted_of, write_pack
from review.rendering import go, render
from review.searching import IDENTITY
from review.text import LANGUAGES, later
from review.unpacking import LONGEST, take_pack
from storage import packs
from storage.exporting.package import MEDIA_TYPE
from storage.models import PackOutcome, ReviewPack
from storage.queues import open_queues
from storage.sessions import Identity, identity_of
from storage.users import get_user
from wildtrade.errors import UsageError

router = APIRouter(default_response_class=HTMLResponse)
LINKS = (Link(later("Review packs"), "/packs", "review.decide", place=27),)
OUTCOMES = {
    PackOutcome.TAKEN: later("Taken"),
    PackOutcome.CONFLICT: later("Conflict, nothing overwritten"),
    PackOutcome.DECIDED: later("Decided by somebody else already"),
    PackOutcome.NOT_ALLOWED: later("Not allowed"),
}
KINDS = {
    "missing": later("There is no such item in the queue."),
    "changed": later("The listing has changed since you opened it."),
    "decided": later("This item is decided."),
    "held": later("Somebody else holds it."),
    "own": later("This item waits for somebody else."),
    "differs": later("A file taken before says otherwise; that stands."),
}
ACTIONS = {"escalate": later("Escalate"), "skip": later("Skip")}
_MAKES, _WORKS = [require("queue.edit")], [require("review.decide")]
_MAKER = "queue.edit"


@router.api_route("/packs", methods=["GET", "HEAD"], dependencies=_WORKS)
def show_packs(request: Request, session: Read, user: CurrentUser, done: str = "") -> Response:
    """One's own packs, or all for those who make them; the form to bring decisions back."""
    return _list(request, session, user, done=done)


def _list(request: Request, session: Session, user: Identity, *, status: int = 200, **more: Any) -> Response:
    makes = user.may(_MAKER)
    context: dict[str, Any] = {
        "lines": packs.list_packs(session, None if makes else user.user_id),
        "makes": makes,
        "people": packs.people(session, "review.decide") if makes else (),
        "queues": open_queues(session) if makes else (),
        "editions": LANGUAGES,
        "most": packs.MOST,
        "days": packs.DAYS,
        "names_sellers": user.may(IDENTITY),
    }
    return render(request, "packs/list.html", status=status, **(context | more))


@router.post("/packs", dependencies=_MAKES)
def make(
    request: Request,
    session: Write,
    user: CurrentUser,
    person: Annotated[str, Form(max_length=200)] = "",
    queue: Annotated[str, Form(max_length=20)] = "",
    count: Annotated[int, Form(ge=0, le=10_000)] = 100,
    days: Annotated[int, Form(ge=0, le=1000)] = 14,
    edition: Annotated[str, Form(max_length=8)] = "",
    identities: Annotated[bool, Form()] = False,
) -> Response:
    """Hold items of a queue for a person and make their pack."""
    if identities and not user.may(IDENTITY):
        raise Denied("", IDENTITY)
    whom = get_user(session, person)
    identity = identity_of(session, whom)
    check_identities(identity, identities=identities)
    language = edition if edition in LANGUAGES else whom.language or text.language()
    wanted = wanted_of(session, identity, queue)
    order = packs.Order(
        queue=queue, wanted=wanted, count=count, days=days, language=language, identities=identities
    )  # fmt: skip
    made = packs.make_pack(session, custody(request).signer, whom, order, actor(request, user))
    return go(f"/packs/{made.id}?done=made")


@router.post("/packs/take", dependencies=_WORKS)
def take(
    request: Request, session: Read, user: CurrentUser, file: Annotated[UploadFile | None, File()] = None
) -> Response:
    """Take the person's own decisions back; a file that cannot be taken is refused with the reason."""
    if file is None or not file.filename:
        return _list(request, session, user, status=400, problem=text.gettext("Choose a file first."))
    data, state = file.file.read(LONGEST + 1), request.app.state
    who = actor(request, user)
    try:
        taken = take_pack(
            state.database, custody(request), file.filename[:80], data, who, user_id=user.user_id, home=state.home
        )
    except UsageError as error:
        return _list(request, session, user, status=400, problem=str(error))
    return go(f"/packs/{taken.pack}?done=taken")


@router.api_route("/packs/{pack_id}", methods=["GET", "HEAD"], dependencies=_WORKS)
def show_pack(request: Request, session: Read, user: CurrentUser, pack_id: RowId, done: str = "") -> Response:
    """One pack: whose it is, what came of its items, what was not taken and why."""
    pack = _pack(session, user, pack_id)
    items = packs.items_of(session, pack)
    context: dict[str, Any] = {
        "pack": pack,
        "name": packs.name_of(session, pack),
        "items": items,
        "counts": packs.counts_of(items),
        "refused": [one for one in items if one.outcome not in (None, PackOutcome.TAKEN) or one.kind == "differs"],
        "outcomes": OUTCOMES,
        "kinds": KINDS,
        "actions": ACTIONS,
        "makes": user.may(_MAKER),
        "done": done,
    }
    return render(request, "packs/pack.html", **context)


@router.post("/packs/{pack_id}/file", dependencies=_WORKS)
def fetch(request: Request, session: Read, user: CurrentUser, pack_id: RowId) -> Response:
    """The zip, with what still waits of it."""
    pack = _pack(session, user, pack_id)
    if pack.identities and not user.may(IDENTITY):
        raise Denied("", IDENTITY)
    database, log, who = request.app.state.database, custody(request), actor(request, user)
    return download(f"pack-{pack_id}.zip", MEDIA_TYPE, lambda path: write_pack(database, log, pack_id, who, path))


@router.post("/packs/{pack_id}/withdraw", dependencies=_MAKES)
def take_away(request: Request, session: Write, user: CurrentUser, pack_id: RowId) -> Response:
    """Give the items back to the queue; no file of the pack is taken any more."""
    packs.withdraw(session, _pack(session, user, pack_id), actor(request, user))
    return go(f"/packs/{pack_id}?done=withdrawn")


def _pack(session: Session, user: Identity, pack_id: int) -> ReviewPack:
    pack = session.get(ReviewPack, pack_id)
    if pack is None or (pack.user_id != user.user_id and not user.may(_MAKER)):
        raise HTTPException(404)
    return pack

"""All that the page of one item shows, and what the person before it may do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from fastapi import Request
from fastapi.responses import Response
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException

from classifiers.policy import load_policy
from review import fields
from review.auth.access import Denied, actor
from review.fields import Entered, Submitted
from review.rendering import render
from review.text import later
from review.views import parts
from review.walk import Filters
from review.why import RULES, conflict_words
from storage import audit, queue
from storage.clusters import related
from storage.database import Database
from storage.decisions import ConflictError, last_round, may_settle, stage_of
from storage.drafts import draft_of, save_draft
from storage.exports import pseudonym
from storage.graphic import GRAPHIC, known_graphic, limit_reached, note_graphic, today
from storage.leases import Hold, Wanted, hold, hold_of
from storage.leases import Mode as Order
from storage.models import DecisionRow, FlagRow, FlagState, NamedQueue, Stage, utcnow
from storage.queues import hides_decisions, may_work, open_queue
from storage.sampling import next_item
from storage.sellers import seller_of
from storage.sessions import Identity
from storage.thumbnails import pictures_of
from storage.workspace import Mode

MOST_PICTURES = 20  # of an item
_RIGHTS = {
    Stage.FIRST: "review.decide",
    Stage.SECOND: "review.second",
    Stage.ADJUDICATION: "review.adjudicate",
}


def stages_of(user: Identity) -> tuple[Stage, ...]:
    """Which decisions a person may take."""
    return tuple(stage for stage, right in _RIGHTS.items() if user.may(right))


def threshold() -> float:
    """The score from which the machine flags: what mode "uncertainty" goes by."""
    return load_policy().flag


def go_on(session: Session, user: Identity, filters: Filters) -> int | None:
    """Hold this person's next item."""
    return give_next(session, user, filters.wanted(threshold()))


def onwards(session: Session, user: Identity, filters: Filters, **told: object) -> str:
    """Where a person goes on: to their next item, which is held for them; to the queue where nothing is left; or to the
    page that says that they have seen enough graphic items for today, unless they want none."""
    if not filters.calm and limit_reached(session, user.user_id):
        return filters.address("/rest", **told)
    following = go_on(session, user, filters)
    return filters.address(f"/review/{following}" if following else "/queue", **told)


def give_next(session: Session, user: Identity, wanted: Wanted) -> int | None:
    """Hold the next item of what a person wants, in the order of the named queue where it is one; nothing graphic once
    they have seen enough of it for today. Raises Denied for a queue that others work."""
    if wanted.state is FlagState.SECOND and Stage.SECOND not in stages_of(user):
        return None
    if wanted.queue:
        queue_row = open_queue(session, wanted.queue)
        if queue_row is None:
            return None
        if not may_work(queue_row, user.name, user.roles):
            raise Denied(later("This queue is worked by others."))
        wanted = _as_it_says(queue_row, user, wanted)
    if limit_reached(session, user.user_id):
        wanted = replace(wanted, calm=True)
    found = next_item(session, user.name, wanted)
    if found is not None and known_graphic(session, found):
        note_graphic(session, user.user_id, found)
    return found


def _as_it_says(named: NamedQueue, user: Identity, wanted: Wanted) -> Wanted:
    """What a person gets of a queue: in its order, and where two people decide in it, second decisions as well."""
    twice = named.overlap == 2 and Stage.SECOND in stages_of(user)
    return replace(wanted, mode=Order(named.mode), twice=twice)


def enough_today(session: Session, user: Identity, flag_id: int) -> bool:
    """Whether this item is not for this person today: graphic, not seen yet, and they have seen enough."""
    if not stages_of(user) or not limit_reached(session, user.user_id):
        return False
    return flag_id not in today(session, user.user_id).flags and known_graphic(session, flag_id)


def note_seen(session: Session, user: Identity, flag_id: int, entered: Entered) -> None:
    """Count an item that this person calls graphic, or would rather not have seen."""
    if entered.sensitivity == GRAPHIC or entered.skip_reason == "disturbing":
        note_graphic(session, user.user_id, flag_id)


def take(request: Request, user: Identity, flag_id: int, filters: Filters) -> Hold | None:
    """Hold an item that somebody opens, if they may decide it and nobody else has it; the hold in force."""
    database: Database = request.app.state.database
    if not stages_of(user) or request.state.mode is not Mode.NORMAL or request.method == "HEAD":
        with database.session(read_only=True) as session:
            return hold_of(session, flag_id)
    with database.session() as session:
        flag = session.get(FlagRow, flag_id)
        if known_graphic(session, flag_id):
            note_graphic(session, user.user_id, flag_id)
        theirs = flag and stage_of(flag.state) in stages_of(user) and may_settle(session, flag, user.name)
        return hold(session, flag_id, user.name, filters.named) if theirs else hold_of(session, flag_id)


def found_item(session: Session, flag_id: int) -> queue.QueueItem:
    """One item, or 404."""
    item = queue.item(session, flag_id)
    if item is None:
        raise HTTPException(404, "there is no such flag")
    return item


def item_page(
    request: Request, session: Session, item: queue.QueueItem, user: Identity, filters: Filters, *,
    held: Hold | None, part: int = 1, status: int = 200, shown: bool = False, **more: Any,
) -> Response:  # fmt: skip
    """The page of one item; whoever it can be traced to is hidden unless ``shown``."""
    mine = held is not None and held.holder == user.name
    last = parts(item.title, item.description)
    blind = item.state is FlagState.SECOND and item.first_by != user.name
    named = open_queue(session, filters.named) if filters.named else None
    wanted = _as_it_says(named, user, filters.wanted()) if named else filters.wanted()
    pictures = pictures_of(session, [item.listing_id], MOST_PICTURES) if user.may("image.read") else {}
    account = session.scalar(select(seller_of(item.source, item.seller)))
    context: dict[str, Any] = {
        "item": item,
        "filters": filters,
        "place": queue.place_of(session, item.flag_id, wanted, user.name),
        "decidable": mine and stage_of(item.state) in stages_of(user),
        "held": held,
        "seconds_left": max(0, round((held.until - utcnow()).total_seconds())) if held and mine else 0,
        "blind": blind,
        "hide_score": blind and item.second_because == "random",
        "because": RULES.get(item.second_because or ""),
        "history": _history(session, item, user),
        "rounds": last_round(session, item.listing_id) if item.state in _SHOWS_BOTH else (),
        "draft": dict(draft_of(session, user.name, item.flag_id)),
        "related": related(session, item.flag_id),
        "pictures": len(pictures.get(item.listing_id, ())),
        "graphic": known_graphic(session, item.flag_id),
        "part": min(part, last),
        "parts": last,
        "fields": fields,
        "shown": shown,
        "names": (item.seller or "",),
        "seller_id": account,
        "seller_shown": (item.seller or "") if shown else stand_in(item, account),
    }
    return render(request, "review/item.html", status=status, **(context | more))


def refused(
    request: Request, session: Session, user: Identity, flag_id: int, filters: Filters, entered: Submitted,
    conflict: ConflictError,
) -> Response:  # fmt: skip
    """The page (409) of an item on which somebody was quicker: it says what happened; what was typed is a draft."""
    item = found_item(session, flag_id)
    save_draft(session, user.name, flag_id, entered.draft())
    held, words = hold_of(session, flag_id), conflict_words(conflict)
    return item_page(request, session, item, user, filters, held=held, status=409, conflict=words)


_SHOWS_BOTH = (FlagState.CONFLICT, FlagState.ESCALATED)


def _history(session: Session, item: queue.QueueItem, user: Identity) -> list[DecisionRow]:
    """What was decided before. While a second person is awaited, and where the item is of a queue that hides what
    others decided, each sees their own only."""
    rows = queue.history(session, item.listing_id)
    own = item.state is FlagState.SECOND or (item.state is FlagState.OPEN and hides_decisions(session, item.flag_id))
    return [row for row in rows if row.actor == user.name] if own else rows


def stand_in(item: queue.QueueItem, account: int | None) -> str:
    """A stable name that does not tell who the seller is: the account's number, as on every page; until the index has
    the listing, a name made of its own."""
    if account is not None:
        return f"#{account}"
    return pseudonym(f"{item.source}/{item.seller}") if item.seller else ""


def note(session: Session, request: Request, user: Identity, action: str, flags: Iterable[int], **after: Any) -> None:
    """Tell the audit trail what was done with these items."""
    for flag_id in flags:
        audit.record(session, action, actor(request, user), kind="flag", id=flag_id, after=after or None)

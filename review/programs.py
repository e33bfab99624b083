"""What the routes for programs share: the shape of answers, cursors, idempotency keys, what is hidden from whom."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Header, Query
from pydantic import BaseModel, Field
from sqlalchemy import delete
from sqlalchemy.orm import Session

from review.searching import IDENTITY
from storage.exporting.masking import without_identities
from storage.models import KeptAnswer, utcnow
from storage.queue import QueueItem
from storage.sessions import Identity
from wildtrade.errors import UsageError
from wildtrade.output import to_json

KEPT_FOR = timedelta(days=2)
ItemT = TypeVar("ItemT")
Limit = Annotated[int, Query(ge=1, le=200, description="how many at most")]
Cursor = Annotated[str, Query(max_length=40, description="`next` of the page before; empty for the first page")]
IdempotencyKey = Annotated[
    str,
    Header(max_length=100, description="a text of your own; sent again, the same answer comes, nothing is done twice"),
]


class Problem(BaseModel):
    """What went wrong."""

    code: str = Field(description="a word that stays the same: usage, conflict, denied, not_found, ...")
    message: str
    field: str | None = Field(None, description="which part of the request")
    fix: str | None = Field(None, description="what to do instead")


class Failure(BaseModel):
    """Every answer that is no success."""

    error: Problem


RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {"model": Failure, "description": words}
    for status, words in {
        400: "the request asks for something that cannot be",
        401: "no valid token",
        403: "the token may not do this",
        404: "there is no such thing",
        409: "somebody, or a new capture, was quicker",
        422: "the request is not well-formed",
        503: "the database does not answer",
    }.items()
}


class Page(BaseModel, Generic[ItemT]):
    """Some of many."""

    items: list[ItemT]
    next: str | None = Field(None, description="cursor of the next page; null at the end")


class Item(BaseModel):
    """One flag with its listing, as a reviewer sees it."""

    flag_id: int
    listing_id: int
    assessment_id: int = Field(description="send it along with a decision: it says which text was seen")
    state: str
    priority: float
    source: str
    url: str
    title: str | None
    description: str | None
    amount: str | None
    currency: str | None
    seller: str | None = Field(description="a stable stand-in without the right identity.read")
    location: str | None
    images: list[str]
    language: str | None
    first_seen_at: datetime
    last_seen_at: datetime
    gone_at: datetime | None
    label: str = Field(description="the machine's opinion: flag, unsure, clear")
    score: float | None = Field(description="null where a second reviewer must not know it")
    taxa: list[dict[str, Any]]
    product_forms: list[str]
    signals: list[dict[str, Any]] = Field(description="what speaks for and against, with offsets; empty in lists")
    lexicon_version: str
    model_version: str


def item_of(item: QueueItem, user: Identity) -> Item:
    """An item for this person. In a second review the score is hidden, and what would tell it."""
    row = asdict(item) | {
        "state": item.state.value,
        "label": str(item.label),
        "amount": None if item.amount is None else f"{item.amount:f}",
    }
    if item.second_because == "random" and item.state.value == "second":
        row |= {"score": None, "signals": []}
    return Item(**plain(shown([row], user)[0]))


def shown(rows: Iterable[dict[str, Any]], user: Identity) -> list[dict[str, Any]]:
    """Rows as this person may see them: without the right to identities, sellers and contacts are masked."""
    rows = list(rows)
    if user.may(IDENTITY):
        return rows
    return [_bare(row) for row in without_identities(rows)]


def _bare(row: dict[str, Any]) -> dict[str, Any]:
    """Signals quote the text by its offsets, which masking moves; their words stay."""
    if "signals" in row:
        row["signals"] = [{**one, "start": None, "end": None} for one in row["signals"]]
    return row


def plain(row: dict[str, Any]) -> dict[str, Any]:
    """A row as JSON values."""
    found: dict[str, Any] = json.loads(to_json(row))
    return found


def number_of(cursor: str) -> int | None:
    """The number in a cursor; None for the first page. Raises UsageError."""
    if not cursor:
        return None
    if not (cursor.isascii() and cursor.isdecimal() and len(cursor) < 19):
        raise UsageError("this cursor is not one of ours", field="cursor", fix="send `next` of the page before")
    return int(cursor)


def once(session: Session, user: Identity, key: str, request: str, do: Callable[[], BaseModel]) -> Any:
    """Do something and keep the answer under a key; asked again with the key, give the same answer and do nothing.

    Raises UsageError where the key was used for another request. A failure keeps nothing, so it may be tried again.
    """
    if not key:
        return do()
    digest = hashlib.sha256(request.encode("utf-8", "surrogatepass")).hexdigest()
    kept = session.get(KeptAnswer, (user.user_id, key))
    if kept is not None:
        if kept.request_hash != digest:
            fix = "use a new key for a new request"
            raise UsageError("this key was used for another request", field="Idempotency-Key", fix=fix)
        return kept.answer
    answer = do()
    session.execute(delete(KeptAnswer).where(KeptAnswer.at < utcnow() - KEPT_FOR))
    content = answer.model_dump(mode="json")
    session.add(KeptAnswer(user_id=user.user_id, key=key, request_hash=digest, answer=content))
    session.flush()
    return content

"""Listings as the write door knows them: identity, revisions, captures. Written by the group."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from storage.database import clean_text
from storage.dialects import insert_or_ignore
from storage.models import CaptureRow, ListingRow, Revision, table_of
from wildtrade.records import Assessment, Change, Listing

_LISTING, _REVISION, _CAPTURE = table_of(ListingRow), table_of(Revision), table_of(CaptureRow)
_SELLER_LENGTH = 500


@dataclass(slots=True, kw_only=True)
class Seen:
    """One listing as one visit found it; ``listing`` is None where it is gone. The door fills in the rest."""

    run_id: int
    unit_id: int
    page_id: int
    source: str
    at: datetime
    key: str
    listing: Listing | None
    assessment: Assessment | None = None
    listing_id: int = 0
    revision_id: int | None = None
    content_hash: str = ""
    change: Change = Change.NEW


def find_known(connection: Connection, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Any]:
    """Rows (id, gone_at, revision_id, content_hash of the latest revision) of known listings, by (source, key)."""
    by_source: dict[str, list[str]] = {}
    for source, key in keys:
        by_source.setdefault(source, []).append(key)
    known = {}
    for source, own in by_source.items():
        query = (
            select(_LISTING.c.id, _LISTING.c.key, _LISTING.c.gone_at, _LISTING.c.revision_id, _REVISION.c.content_hash)
            .outerjoin(_REVISION, _REVISION.c.id == _LISTING.c.revision_id)
            .where(_LISTING.c.source == source, _LISTING.c.key.in_(own))
        )
        known.update({(source, row.key): row for row in connection.execute(query)})
    return known


def all_hashes(connection: Connection, source: str, most: int) -> dict[str, str] | None:
    """The content hash of each known listing of a source that is not gone, by key; None for more than ``most``."""
    query = (
        select(_LISTING.c.key, _REVISION.c.content_hash)
        .join(_REVISION, _REVISION.c.id == _LISTING.c.revision_id)
        .where(_LISTING.c.source == source, _LISTING.c.gone_at.is_(None))
        .limit(most + 1)
    )
    hashes = {row.key: row.content_hash for row in connection.execute(query)}
    return hashes if len(hashes) <= most else None


def identify(connection: Connection, seen: Sequence[Seen]) -> list[Seen]:
    """Find or make each listing and say what changed. A listing is made once, whoever sees it first.

    Left out: what this run has captured already, and gone ones that are unknown or known to be gone.
    """
    known = find_known(connection, {(one.source, one.key) for one in seen})
    captured = _captured(connection, seen, [row.id for row in known.values()])
    kept = []
    for one in seen:
        row = known.get((one.source, one.key))
        if row is None and one.listing is None:
            continue
        if row is not None and ((one.run_id, row.id) in captured or (one.listing is None and row.gone_at is not None)):
            continue
        _compare(one, row)
        kept.append(one)
    _add_listings(connection, [one for one in kept if not one.listing_id])
    return kept


def _compare(one: Seen, row: Any) -> None:
    """Fill in id, hash and change from what is known."""
    if row is not None:
        one.listing_id, one.revision_id = row.id, row.revision_id
    if one.listing is None:
        one.change = Change.GONE
        return
    one.content_hash = one.listing.content_hash()
    if row is not None:
        # One that comes back after it was gone is worth a look even if it says the same.
        same = row.content_hash == one.content_hash and row.gone_at is None
        one.change = Change.SAME if same else Change.CHANGED


def _captured(connection: Connection, seen: Sequence[Seen], listing_ids: Sequence[int]) -> set[tuple[int, int]]:
    if not listing_ids:
        return set()
    runs = {one.run_id for one in seen}
    query = select(_CAPTURE.c.run_id, _CAPTURE.c.listing_id).where(
        _CAPTURE.c.run_id.in_(runs), _CAPTURE.c.listing_id.in_(listing_ids)
    )
    return {(row.run_id, row.listing_id) for row in connection.execute(query)}


def _add_listings(connection: Connection, news: Sequence[Seen]) -> None:
    if not news:
        return
    rows = [
        {
            "source": one.source,
            "key": one.key,
            "url": clean_text(one.listing.url if one.listing else ""),
            "first_seen_at": one.at,
            "last_seen_at": one.at,
        }
        for one in news
    ]
    statement = insert_or_ignore(connection, _LISTING, "source", "key")
    statement = statement.returning(_LISTING.c.source, _LISTING.c.key, _LISTING.c.id)
    ids = {(row.source, row.key): row.id for row in connection.execute(statement, rows)}
    late = [one for one in news if (one.source, one.key) not in ids]
    known = find_known(connection, {(one.source, one.key) for one in late})
    for one in news:
        one.listing_id = ids.get((one.source, one.key), 0)
    for one in late:  # another transaction made it a moment ago
        _compare(one, known[one.source, one.key])


def add_revisions(connection: Connection, fresh: Sequence[Seen]) -> None:
    """Store what new and changed listings say."""
    rows = [_revision_row(one, one.listing) for one in fresh if one.listing is not None]
    if not rows:
        return
    statement = insert(_REVISION).returning(_REVISION.c.listing_id, _REVISION.c.id)
    ids = {row.listing_id: row.id for row in connection.execute(statement, rows)}
    for one in fresh:
        one.revision_id = ids[one.listing_id]


def _revision_row(one: Seen, listing: Listing) -> dict[str, Any]:
    def text(value: str | None, most: int | None = None) -> str | None:
        return None if value is None else clean_text(value)[:most]

    return {
        "listing_id": one.listing_id,
        "content_hash": one.content_hash,
        "title": text(listing.title),
        "description": text(listing.description),
        "amount": listing.price.amount if listing.price else None,
        "currency": text(listing.price.currency) if listing.price else None,
        "seller": text(listing.seller, _SELLER_LENGTH),
        "seller_url": text(listing.seller_url),
        "location": text(listing.location),
        "images": list(listing.images),
        "posted_at": listing.posted_at,
        "status": listing.status,
        "language": text(listing.language),
        "identifiers": dict(listing.identifiers),
        "created_at": one.at,
    }


def touch(connection: Connection, seen: Sequence[Seen]) -> None:
    """Move each listing's pointers: last seen and latest revision, or since when it is gone."""
    online = [
        {"this": one.listing_id, "seen": one.at, "latest": one.revision_id}
        for one in seen
        if one.change is not Change.GONE
    ]
    if online:
        values: dict[str, Any] = {
            "last_seen_at": bindparam("seen"),
            "gone_at": None,
            "revision_id": bindparam("latest"),
        }
        connection.execute(update(_LISTING).where(_LISTING.c.id == bindparam("this")).values(values), online)
    gone = [{"this": one.listing_id, "since": one.at} for one in seen if one.change is Change.GONE]
    if gone:
        values = {"gone_at": bindparam("since")}
        connection.execute(update(_LISTING).where(_LISTING.c.id == bindparam("this")).values(values), gone)


def add_captures(connection: Connection, seen: Sequence[Seen]) -> None:
    """One capture per visit to a listing."""
    rows = [
        {
            "run_id": one.run_id,
            "listing_id": one.listing_id,
            "page_id": one.page_id,
            "revision_id": None if one.change is Change.GONE else one.revision_id,
            "change": one.change,
            "captured_at": one.at,
        }
        for one in seen
    ]
    if rows:
        connection.execute(insert(_CAPTURE), rows)

"""The one write door: everything a crawl found enters through ``record``.

A visit is stored whole or not at all: the page's evidence, what it said about listings, the machine's opinions, new
units and the end of its own unit. Recording a finished unit again changes nothing. Visits are written by the group,
one statement per table, which is several times cheaper than one by one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.orm import Session

from storage.custody.artifacts import path_of
from storage.database import clean_text
from storage.evidence import Attachment
from storage.flags import raise_flags
from storage.listings import Seen, add_captures, add_revisions, all_hashes, find_known, identify, touch
from storage.models import Artifact, AssessmentRow, PageCapture, Unit, UnitState, table_of, utcnow
from storage.priority import Severity, strictest
from storage.runs import NewUnit, add_units
from storage.search.index import note_changed
from wildtrade.records import Assessment, Capture, Change, Listing, PageKind

_KEY_LENGTH = 500
_PAGE, _UNIT, _ASSESSMENT = table_of(PageCapture), table_of(Unit), table_of(AssessmentRow)
_ARTIFACT = table_of(Artifact)
_FINISHED = (UnitState.DONE, UnitState.FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One listing read off a page, and the machine's opinion of it where it is new or changed."""

    listing: Listing
    assessment: Assessment | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One finished unit of work.

    ``gone_key`` names a listing that the site no longer shows. ``failed`` says why the unit gave nothing; the page is
    kept as evidence all the same. ``note`` is kept with the page, ``attachments`` are files kept beside its WARC.
    """

    run_id: int
    unit_id: int
    kind: PageKind
    source: str
    capture: Capture | None
    found: tuple[Found, ...] = ()
    units: tuple[NewUnit, ...] = ()
    gone_key: str | None = None
    failed: str | None = None
    note: str = ""
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What a visit changed: (listing id, change) for each listing, and how many new units it queued. ``problem`` says
    why a visit was kept as evidence only (see ``Writer``)."""

    changes: tuple[tuple[int, Change], ...] = ()
    new_units: int = 0
    problem: str = ""


def stored_key(key: str) -> str:
    """A listing's key as stored; one that is too long keeps its beginning and a hash of the whole."""
    key = clean_text(key)
    if len(key) <= _KEY_LENGTH:
        return key
    digest = hashlib.sha256(key.encode()).hexdigest()
    return f"{key[: _KEY_LENGTH - 65]}#{digest}"


def latest_hashes(session: Session, source: str, keys: Iterable[str]) -> dict[str, str]:
    """The content hash of the latest revision of each listing of ``source`` that is known and not gone, by key."""
    by_stored = {stored_key(key): key for key in keys}
    known = find_known(session.connection(), {(source, key) for key in by_stored})
    return {by_stored[key]: row.content_hash for (_, key), row in known.items() if row.gone_at is None}


def known_hashes(session: Session, source: str, most: int) -> dict[str, str] | None:
    """``latest_hashes`` of all listings of a source at once, by stored key; None where there are more than ``most``."""
    return all_hashes(session.connection(), source, most)


def record(session: Session, visit: Visit, policy: Severity | None = None) -> Recorded:
    """Store one visit within the session's transaction."""
    return record_all(session, [visit], policy)[0]


def record_all(session: Session, visits: Sequence[Visit], policy: Severity | None = None) -> list[Recorded]:
    """Store visits within the session's transaction; the results are in their order. ``policy`` orders the queue, the
    shipped one by default."""
    connection = session.connection()
    results: list[Recorded] = []
    for group in _apart(visits):
        results += _record_group(connection, group, policy)
    return results


def _apart(visits: Sequence[Visit]) -> Iterator[list[Visit]]:
    """Groups in which no unit and no listing comes twice, so that each group can be written at once."""
    group: list[Visit] = []
    taken: set[tuple[Any, ...]] = set()
    for visit in visits:
        own: set[tuple[Any, ...]] = {(visit.source, stored_key(key)) for key in _keys(visit)} | {(visit.unit_id,)}
        if own & taken:
            yield group
            group, taken = [], set()
        group.append(visit)
        taken |= own
    yield group


def _keys(visit: Visit) -> list[str]:
    gone = [] if visit.gone_key is None else [visit.gone_key]
    return [one.listing.key for one in visit.found] + gone


def _record_group(connection: Connection, group: Sequence[Visit], policy: Severity | None) -> list[Recorded]:
    for visit in group:
        if visit.capture is None and _keys(visit):
            raise ValueError(f"unit {visit.unit_id}: what a page says about listings is not stored without evidence")
    open_units = _finish_units(connection, group)
    fresh = [visit for visit in group if visit.unit_id in open_units]
    pages = _add_pages(connection, [visit for visit in fresh if visit.capture])
    seen = [one for visit in fresh if visit.unit_id in pages for one in _seen(visit, pages[visit.unit_id])]
    changes = _record_seen(connection, seen, policy)
    return [
        Recorded(
            changes=tuple(changes.get(visit.unit_id, ())),
            new_units=add_units(connection, visit.run_id, visit.units) if visit.unit_id in open_units else 0,
        )
        for visit in group
    ]


def _finish_units(connection: Connection, group: Sequence[Visit]) -> set[int]:
    """End the units that are still open, and return their ids."""
    ids = [visit.unit_id for visit in group]
    query = select(_UNIT.c.id, _UNIT.c.run_id).where(_UNIT.c.id.in_(ids), _UNIT.c.state.not_in(_FINISHED))
    run_of = {row.id: row.run_id for row in connection.execute(query.order_by(_UNIT.c.id).with_for_update())}
    still_open = {visit.unit_id for visit in group if run_of.get(visit.unit_id) == visit.run_id}
    now = utcnow()
    rows = [
        {
            "this": visit.unit_id,
            "state": UnitState.FAILED if visit.failed else UnitState.DONE,
            "status": visit.capture.status if visit.capture else None,
            "error": clean_text(visit.failed) if visit.failed else None,
            "finished_at": now,
        }
        for visit in group
        if visit.unit_id in still_open
    ]
    if rows:
        names = ("state", "status", "error", "finished_at")
        values: dict[str, Any] = {name: bindparam(name) for name in names}
        connection.execute(update(_UNIT).where(_UNIT.c.id == bindparam("this")).values(values), rows)
    return still_open


def _add_pages(connection: Connection, visits: Sequence[Visit]) -> dict[int, int]:
    """The page captured by each unit, by unit id."""
    rows = []
    for visit in visits:
        if visit.capture is not None:
            row = asdict(visit.capture) | {"run_id": visit.run_id, "unit_id": visit.unit_id, "kind": visit.kind.value}
            row |= {name: clean_text(row[name]) for name in ("url", "requested_url")}
            rows.append(row | {"note": clean_text(visit.failed or visit.note)})
    if not rows:
        return {}
    statement = insert(_PAGE).returning(_PAGE.c.unit_id, _PAGE.c.id)
    pages = {row.unit_id: row.id for row in connection.execute(statement, rows)}
    files = [_artifact_row(one, pages[visit.unit_id]) for visit in visits for one in visit.attachments]
    if files:
        connection.execute(insert(_ARTIFACT), files)
    return pages


def _artifact_row(one: Attachment, page_id: int) -> dict[str, Any]:
    return {
        "page_id": page_id,
        "kind": one.kind,
        "url": clean_text(one.url),
        "media_type": one.media_type,
        "path": path_of(one),
        "sha256": one.sha256,
        "size": len(one.body),
        "captured_at": one.captured_at,
    }


def _seen(visit: Visit, page_id: int) -> Iterator[Seen]:
    """What a visit says about listings; the same listing twice on one page counts once."""
    at = visit.capture.captured_at if visit.capture else utcnow()
    found: dict[str, Found | None] = {stored_key(one.listing.key): one for one in visit.found}
    if visit.gone_key is not None:
        found.setdefault(stored_key(visit.gone_key), None)
    for key, one in found.items():
        yield Seen(
            run_id=visit.run_id,
            unit_id=visit.unit_id,
            page_id=page_id,
            source=visit.source,
            at=at,
            key=key,
            listing=one.listing if one else None,
            assessment=one.assessment if one else None,
        )


def _record_seen(
    connection: Connection, seen: Sequence[Seen], policy: Severity | None
) -> dict[int, list[tuple[int, Change]]]:
    """Write listings, revisions, captures, opinions and flags; the changes by unit id."""
    if not seen:
        return {}
    seen = identify(connection, seen)
    add_revisions(connection, [one for one in seen if one.change in (Change.NEW, Change.CHANGED)])
    touch(connection, seen)
    add_captures(connection, seen)
    _add_assessments(connection, [one for one in seen if one.assessment and one.change is not Change.SAME], policy)
    note_changed(connection, [one.listing_id for one in seen if one.change in (Change.NEW, Change.CHANGED)])
    changes: dict[int, list[tuple[int, Change]]] = {}
    for one in seen:
        changes.setdefault(one.unit_id, []).append((one.listing_id, one.change))
    return changes


def _add_assessments(connection: Connection, seen: Sequence[Seen], policy: Severity | None) -> None:
    opinions = [(one, one.assessment) for one in seen if one.assessment is not None]
    if not opinions:
        return
    now = utcnow()
    rows = [_assessment_row(one, opinion, now) for one, opinion in opinions]
    statement = insert(_ASSESSMENT).returning(_ASSESSMENT.c.listing_id, _ASSESSMENT.c.id)
    ids = {row.listing_id: row.id for row in connection.execute(statement, rows)}
    raise_flags(connection, [(one.listing_id, ids[one.listing_id], opinion) for one, opinion in opinions], policy)


def _assessment_row(one: Seen, opinion: Assessment, now: datetime) -> dict[str, Any]:
    own = {"listing_id": one.listing_id, "revision_id": one.revision_id, "run_id": one.run_id, "assessed_at": now}
    return opinion.to_dict() | own | {"appendix": strictest(opinion)}

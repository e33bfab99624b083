"""Near-duplicates among flagged listings. Found by a job over new flags, so that no crawl waits for it.

Two listings are near-duplicates by text (MinHash), or because they show the same picture that is no stock photo. A
cluster is named by its smallest listing id.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Select, delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from storage.database import Database
from storage.likeness import ALIKE, Minima, bands_of, likeness, minima_of, phones_of, value_of
from storage.models import (
    AssessmentRow,
    FlagRow,
    FlagState,
    Likeness,
    LikenessKind,
    Revision,
    SellerRow,
    TextPrint,
    table_of,
)
from storage.pictures import SamePicture, alike_by_picture, note_addresses, same_pictures
from storage.search.contacts import contacts
from storage.sellers import seller_of, sellers_among

SHOWN = 12  # members of a cluster on one page
COUNTED = 100  # further listings are counted up to here
_CANDIDATES = 200  # looked at for one text
_PICTURES = 20  # of one listing
_LONGEST = 20_000  # characters that are read for contacts
_REACHED = {one.value: one for one in (LikenessKind.MAIL, LikenessKind.HANDLE, LikenessKind.LINK)}
_FEW = 5  # flags of one transaction beside the app: each takes a dozen statements
_FLAG, _PRINT, _LIKE = table_of(FlagRow), table_of(TextPrint), table_of(Likeness)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A listing that says nearly the same."""

    flag_id: int
    listing_id: int
    assessment_id: int
    state: FlagState
    source: str
    seller: str | None
    title: str | None
    language: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """What is like an item: near-duplicates (``members``, of ``size`` in all, by ``sellers`` sellers; the cluster's
    number), pictures that others show too, further flagged listings of the same seller, and listings with the same
    telephone number."""

    members: Sequence[Member] = ()
    cluster_id: int | None = None
    pictures: Sequence[SamePicture] = ()
    size: int = 1
    sellers: int = 1
    same_seller: int = 0
    same_phone: int = 0

    def counted(self, name: str) -> str:
        """A figure as shown: ``7``, or ``100+``."""
        number: int = getattr(self, name)
        return f"{COUNTED}+" if number >= COUNTED else str(number)


def find_duplicates(session: Session, *, limit: int = 100) -> int:
    """Compare flags that are new, or whose text has changed, with all others; returns how many."""
    rows = session.execute(_due().limit(limit)).all()
    for row in rows:
        _compare(session, row)
    return len(rows)


def find_all_duplicates(database: Database) -> None:
    """The same for all that is due, a few to a transaction; writes nothing where nothing is due."""
    while True:
        with database.session(read_only=True) as session:
            if session.execute(_due().limit(1)).first() is None:
                return
        with database.aside() as session:
            find_duplicates(session, limit=_FEW)


def _due() -> Select[Any]:
    return (
        select(_FLAG.c.listing_id, _FLAG.c.assessment_id, Revision.title, Revision.description, Revision.images)
        .join(AssessmentRow, AssessmentRow.id == _FLAG.c.assessment_id)
        .join(Revision, Revision.id == AssessmentRow.revision_id)
        .outerjoin(_PRINT, _PRINT.c.listing_id == _FLAG.c.listing_id)
        .where(or_(_PRINT.c.listing_id.is_(None), _PRINT.c.assessment_id != _FLAG.c.assessment_id))
        .order_by(_FLAG.c.id)
    )


def _compare(session: Session, row: Any) -> None:
    text = f"{row.title or ''} {row.description or ''}"
    minima = minima_of(text)
    bands = bands_of(minima) if minima is not None else []
    shown = {value_of(url) for url in (row.images or ())[:_PICTURES]}
    named = select(_LIKE.c.value).where(_LIKE.c.listing_id == row.listing_id, _LIKE.c.kind == LikenessKind.IMAGE)
    fresh = shown - set(session.scalars(named))
    for table in (_PRINT, _LIKE):
        session.execute(delete(table).where(table.c.listing_id == row.listing_id))
    alike = _alike(session, minima, bands) if minima is not None else []
    values = b"" if minima is None else minima.astype("<u4").tobytes()
    own = {"listing_id": row.listing_id, "assessment_id": row.assessment_id, "values": values}
    session.execute(insert(_PRINT).values(own))
    news = [(LikenessKind.TEXT, band) for band in bands] + [(LikenessKind.PHONE, one) for one in phones_of(text)]
    news += [(LikenessKind.IMAGE, value) for value in shown]
    reached = {(one.kind, one.value) for one in contacts(text[:_LONGEST]) if one.kind in _REACHED}
    news += [(_REACHED[kind], value_of(value)) for kind, value in reached]
    if news:
        rows = [{"kind": kind, "value": value, "listing_id": row.listing_id} for kind, value in news]
        session.execute(insert(_LIKE), rows)
    note_addresses(session, row.listing_id, fresh)
    _unite(session, row.listing_id, sorted({*alike, *alike_by_picture(session, row.listing_id)}))


def _alike(session: Session, minima: Minima, bands: Sequence[int]) -> list[int]:
    near = select(_LIKE.c.listing_id).where(_LIKE.c.kind == LikenessKind.TEXT, _LIKE.c.value.in_(bands)).distinct()
    query = select(_PRINT.c.listing_id, _PRINT.c["values"]).where(_PRINT.c.listing_id.in_(near.limit(_CANDIDATES)))
    return [
        row.listing_id
        for row in session.execute(query)
        if likeness(minima, np.frombuffer(row[1], dtype="<u4").astype(np.uint32)) >= ALIKE
    ]


def _unite(session: Session, listing_id: int, alike: Sequence[int]) -> None:
    """Put a listing and those like it into one cluster, with the clusters they are in."""
    if not alike:
        session.execute(update(_FLAG).where(_FLAG.c.listing_id == listing_id).values(cluster_id=None))
        return
    members = [listing_id, *alike]
    query = select(_FLAG.c.cluster_id).where(_FLAG.c.listing_id.in_(alike), _FLAG.c.cluster_id.is_not(None))
    clusters = set(session.scalars(query.distinct()))
    named = min([*members, *clusters])
    where = or_(_FLAG.c.listing_id.in_(members), _FLAG.c.cluster_id.in_(clusters))
    session.execute(update(_FLAG).where(where).values(cluster_id=named))


def related(session: Session, flag_id: int) -> Related:
    """What is like an item."""
    flag = session.get(FlagRow, flag_id)
    if flag is None:
        return Related()
    size, sellers, members = 1, 1, list[Member]()
    if flag.cluster_id is not None:
        here = _FLAG.c.cluster_id == flag.cluster_id
        size = session.scalar(select(func.count()).select_from(_FLAG).where(here)) or 0
        sellers = session.scalar(sellers_among(_members(_FLAG.c.source, Revision.seller).where(here))) or 0
        others = _members(*_MEMBER).where(here, _FLAG.c.id != flag_id).order_by(_FLAG.c.priority.desc(), _FLAG.c.id)
        members = [Member(**row._mapping) for row in session.execute(others.limit(SHOWN))]
    return Related(
        members=members,
        cluster_id=flag.cluster_id,
        pictures=same_pictures(session, flag.listing_id)[:3],
        size=size,
        sellers=sellers,
        same_seller=_same_seller(session, flag),
        same_phone=_same_phone(session, flag),
    )


_MEMBER = (
    _FLAG.c.id.label("flag_id"),
    _FLAG.c.listing_id,
    _FLAG.c.assessment_id,
    _FLAG.c.state,
    _FLAG.c.source,
    _FLAG.c.language,
    Revision.seller,
    Revision.title,
)


def _members(*what: Any) -> Select[Any]:
    return (
        select(*what)
        .select_from(_FLAG)
        .join(AssessmentRow, AssessmentRow.id == _FLAG.c.assessment_id)
        .join(Revision, Revision.id == AssessmentRow.revision_id)
    )


def waiting_members(session: Session, flag_id: int, chosen: Sequence[int]) -> list[int]:
    """Those of the chosen flags that wait for a first decision in the same cluster."""
    flag = session.get(FlagRow, flag_id)
    if flag is None or flag.cluster_id is None or not chosen:
        return []
    here = (_FLAG.c.cluster_id == flag.cluster_id, _FLAG.c.state == FlagState.OPEN, _FLAG.c.id != flag_id)
    return list(session.scalars(select(_FLAG.c.id).where(*here, _FLAG.c.id.in_(chosen))))


def _same_seller(session: Session, flag: FlagRow) -> int:
    """How many other listings the seller has, as the index counts them: to count them here would read each."""
    number = session.scalar(_members(seller_of(_FLAG.c.source, Revision.seller)).where(_FLAG.c.id == flag.id))
    seller = session.get(SellerRow, number) if number else None
    return min(max(seller.listings - 1, 0), COUNTED) if seller else 0


def _same_phone(session: Session, flag: FlagRow) -> int:
    own = session.execute(select(_LIKE.c.kind, _LIKE.c.value).where(_LIKE.c.listing_id == flag.listing_id))
    phones = [row.value for row in own if row.kind is LikenessKind.PHONE]
    if not phones:
        return 0
    others = select(_LIKE.c.listing_id).where(
        _LIKE.c.kind == LikenessKind.PHONE, _LIKE.c.value.in_(phones), _LIKE.c.listing_id != flag.listing_id
    )
    return session.scalar(select(func.count()).select_from(others.distinct().limit(COUNTED).subquery())) or 0

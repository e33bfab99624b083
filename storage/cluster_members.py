"""The members of one cluster, with how far each is from the one they are compared with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from storage.likeness import likeness
from storage.models import (
    AssessmentRow,
    FlagRow,
    FlagState,
    Revision,
    TextPrint,
)
from storage.pictures import nearest, same_pictures
from storage.sellers import seller_of

MOST = 500  # members of one page, and of one decision about them


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterMember:
    """A listing of a cluster. ``text``: share of the text it has in common with the one compared with, 0 to 1;
    ``bits``: how many of 64 its nearest picture differs in; ``address``: it names the same picture; ``seller_id``: the
    number of the seller that stands for the account. None: not known."""

    flag_id: int
    listing_id: int
    state: FlagState
    source: str
    seller_id: int | None
    seller: str | None
    title: str | None
    language: str | None
    appendix: str | None
    text: float | None
    bits: int | None
    address: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """A cluster: its number, the listing its members are compared with, and they, the nearest first."""

    id: int
    compared_with: int
    members: Sequence[ClusterMember]
    cut: bool

    @property
    def sellers(self) -> int:
        """How many sellers they have; those without a name are one."""
        return len({one.seller_id or (one.source, one.seller) for one in self.members})


def cluster_of(session: Session, number: int) -> int | None:
    """The cluster of that number, or the one that took in the listing of that number; None where there is none."""
    if session.scalar(select(FlagRow.id).where(FlagRow.cluster_id == number).limit(1)) is not None:
        return number
    return session.scalar(select(FlagRow.cluster_id).where(FlagRow.listing_id == number))


def read_cluster(session: Session, cluster_id: int, listing_id: int | None = None) -> Cluster | None:
    """A cluster compared with one of its listings, by default the most urgent; None where nothing is in it."""
    rows = session.execute(_members(cluster_id)).all()
    ids = [row.listing_id for row in rows]
    if not ids or (listing_id is not None and listing_id not in ids):
        return None
    start = ids[0] if listing_id is None else listing_id
    texts, bits = _texts(session, start, ids), nearest(session, start, ids)
    named = {other for one in same_pictures(session, start) if not one.captured for other in one.listings}
    members = [
        ClusterMember(
            **row._mapping,
            text=texts.get(row.listing_id),
            bits=bits.get(row.listing_id),
            address=row.listing_id in named,
        )
        for row in rows[:MOST]
    ]
    members.sort(key=lambda one: (one.listing_id != start, -(one.text or 0), 64 if one.bits is None else one.bits))
    return Cluster(id=cluster_id, compared_with=start, members=members, cut=len(rows) > MOST)


def _members(cluster_id: int) -> Select[Any]:
    columns: tuple[Any, ...] = (
        FlagRow.id.label("flag_id"), FlagRow.listing_id, FlagRow.state, FlagRow.source,
        seller_of(FlagRow.source, Revision.seller).label("seller_id"),
        Revision.seller, Revision.title, FlagRow.language, FlagRow.appendix,
    )  # fmt: skip
    urgent = (FlagRow.priority.desc(), FlagRow.id)
    first = select(FlagRow.id).where(FlagRow.cluster_id == cluster_id).order_by(*urgent).limit(MOST + 1)
    return (
        select(*columns)
        .join(AssessmentRow, AssessmentRow.id == FlagRow.assessment_id)
        .join(Revision, Revision.id == AssessmentRow.revision_id)
        .where(FlagRow.id.in_(first))
        .order_by(*urgent)
    )


def _texts(session: Session, start: int, ids: Sequence[int]) -> dict[int, float]:
    query = select(TextPrint.listing_id, TextPrint.values).where(TextPrint.listing_id.in_(ids))
    minima = {one: np.frombuffer(values, "<u4").astype(np.uint32) for one, values in session.execute(query) if values}
    own = minima.get(start)
    return {} if own is None else {one: likeness(own, other) for one, other in minima.items()}

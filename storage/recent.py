"""The last listings with what people decided about them: what a change of the lexicon is tried on. Streams."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, select
from sqlalchemy.orm import Session

from storage.models import AssessmentRow, DecisionRow, ListingRow, Revision
from storage.queue import standing
from wildtrade.records import DecisionLabel

_BATCH = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class RecentText:
    """What one listing says, as it is assessed, and the standing decision of a person."""

    listing_id: int
    source: str
    url: str
    title: str | None
    description: str | None
    price: str | None
    seller: str | None
    images: int
    decision: DecisionLabel | None


def recent_texts(session: Session, limit: int) -> Iterator[RecentText]:
    """The listings seen last, newest first, with their latest text."""
    query = (
        select(ListingRow, Revision, _decision(ListingRow.id).label("decision"))
        .join(Revision, Revision.id == ListingRow.revision_id)
        .order_by(ListingRow.last_seen_at.desc(), ListingRow.id.desc())
        .limit(limit)
    )
    return _texts(session, query)


def confirmed_texts(session: Session, limit: int) -> Iterator[RecentText]:
    """The listings that people called wildlife last, newest first, with the text they saw."""
    query = (
        select(ListingRow, Revision, DecisionRow.label.label("decision"))
        .select_from(DecisionRow)
        .join(Revision, Revision.id == DecisionRow.revision_id)
        .join(ListingRow, ListingRow.id == DecisionRow.listing_id)
        .where(DecisionRow.label == DecisionLabel.WILDLIFE)
        .order_by(DecisionRow.id.desc())
        .limit(limit)
    )
    return _texts(session, standing(query))


def recent_opinions(session: Session, limit: int) -> Iterator[tuple[list[dict[str, Any]], DecisionLabel | None]]:
    """The signals of the newest assessment of the listings seen last, and the standing decision."""
    latest = (
        select(ListingRow.id, ListingRow.revision_id, ListingRow.last_seen_at)
        .order_by(ListingRow.last_seen_at.desc(), ListingRow.id.desc())
        .limit(limit)
        .subquery()
    )
    query = (
        select(latest.c.id, AssessmentRow.signals, _decision(latest.c.id).label("decision"))
        .join(AssessmentRow, AssessmentRow.revision_id == latest.c.revision_id)
        .order_by(latest.c.last_seen_at.desc(), latest.c.id.desc(), AssessmentRow.id.desc())
    )
    rows = session.execute(query.execution_options(yield_per=_BATCH))
    for _, opinions in groupby(rows, key=lambda row: row.id):
        newest = next(opinions)
        yield newest.signals, newest.decision


def _decision(listing: ColumnElement[int] | Any) -> ScalarSelect[Any]:
    """The standing decision about a listing; the newest, should there be several."""
    query = select(DecisionRow.label).where(DecisionRow.listing_id == listing)
    return standing(query).order_by(DecisionRow.id.desc()).limit(1).scalar_subquery()


def _texts(session: Session, query: Select[*tuple[Any, ...]]) -> Iterator[RecentText]:
    for listing, revision, decision in session.execute(query.execution_options(yield_per=_BATCH)):
        yield RecentText(
            listing_id=listing.id,
            source=listing.source,
            url=listing.url,
            title=revision.title,
            description=revision.description,
            price=None if revision.amount is None else f"{revision.amount} {revision.currency or ''}".strip(),
            seller=revision.seller,
            images=len(revision.images),
            decision=decision,
        )

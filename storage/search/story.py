"""One listing with all that is known of it, and what happened to several, in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from itertools import pairwise

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.models import (
    AssessmentRow,
    AuditRow,
    CaptureRow,
    DecisionAction,
    DecisionRow,
    FlagRow,
    FlagState,
    ListingRow,
    PageCapture,
    Revision,
    SearchDocument,
    SellerRow,
)
from storage.search.finding import blind
from wildtrade.records import Change

_MOST_CAPTURES = 200
_KINDS = {DecisionAction.DECIDE: "decided", DecisionAction.UNDO: "undone"}
_MOST_REVISIONS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Everything about one listing; the newest revision, capture and audit row first, decisions oldest first.

    ``hidden``: it waits for a second person, so nobody is told what the first one decided.
    """

    listing: ListingRow
    revisions: Sequence[Revision]
    captures: Sequence[tuple[CaptureRow, PageCapture]]
    assessment: AssessmentRow | None
    flag: FlagRow | None
    decisions: Sequence[DecisionRow]
    audit: Sequence[AuditRow]
    seller: SellerRow | None
    hidden: bool


@dataclass(frozen=True, slots=True, order=True)
class Event:
    """Something that happened to a listing. ``kind``: posted, found, changed, price, gone, decided, undone; ``detail``
    is a price, or the label of a decision."""

    at: datetime
    kind: str
    listing_id: int
    title: str = ""
    detail: str = ""


def story(session: Session, listing_id: int) -> Story | None:
    """One listing; None where there is none."""
    listing = session.get(ListingRow, listing_id)
    if listing is None:
        return None
    revisions = session.scalars(
        select(Revision).where(Revision.listing_id == listing_id).order_by(Revision.id.desc()).limit(_MOST_REVISIONS)
    ).all()
    captures = session.execute(
        select(CaptureRow, PageCapture)
        .join(PageCapture, PageCapture.id == CaptureRow.page_id)
        .where(CaptureRow.listing_id == listing_id)
        .order_by(CaptureRow.id.desc())
        .limit(_MOST_CAPTURES)
    )
    newest = select(AssessmentRow).where(AssessmentRow.listing_id == listing_id).order_by(AssessmentRow.id.desc())
    flag = session.scalar(select(FlagRow).where(FlagRow.listing_id == listing_id))
    decisions = select(DecisionRow).where(DecisionRow.listing_id == listing_id).order_by(DecisionRow.id)
    seller = select(SellerRow).join(SearchDocument, SearchDocument.seller_id == SellerRow.id)
    hidden = flag is not None and flag.state is FlagState.SECOND
    return Story(
        listing=listing,
        revisions=revisions,
        captures=list(captures.all()),
        assessment=session.scalars(newest.limit(1)).first(),
        flag=flag,
        decisions=() if hidden else session.scalars(decisions).all(),
        audit=() if hidden else _audit(session, listing_id, flag),
        hidden=hidden,
        seller=session.scalar(seller.where(SearchDocument.listing_id == listing_id)),
    )


def _audit(session: Session, listing_id: int, flag: FlagRow | None) -> Sequence[AuditRow]:
    def about(kind: str, number: int) -> Sequence[AuditRow]:
        query = select(AuditRow).where(AuditRow.object_kind == kind, AuditRow.object_id == str(number))
        return session.scalars(query.order_by(AuditRow.seq.desc()).limit(100)).all()

    rows = [*about("listing", listing_id), *(about("flag", flag.id) if flag else ())]
    return sorted(rows, key=lambda row: -row.seq)


def events(session: Session, listing_ids: Sequence[int]) -> list[Event]:
    """What happened to these listings, oldest first."""
    found: list[Event] = []
    titles: dict[int, str] = {}
    revisions = select(Revision).where(Revision.listing_id.in_(listing_ids)).order_by(Revision.listing_id, Revision.id)
    by_listing: dict[int, list[Revision]] = {}
    for one in session.scalars(revisions):
        by_listing.setdefault(one.listing_id, []).append(one)
    for listing_id, own in by_listing.items():
        titles[listing_id] = own[-1].title or ""
        found += _told(own)
    gone = select(CaptureRow.listing_id, CaptureRow.captured_at).where(
        CaptureRow.listing_id.in_(listing_ids), CaptureRow.change == Change.GONE
    )
    found += [Event(row.captured_at, "gone", row.listing_id) for row in session.execute(gone)]
    known = select(DecisionRow).where(
        DecisionRow.listing_id.in_(listing_ids), DecisionRow.listing_id.not_in(blind()), DecisionRow.action.in_(_KINDS)
    )
    for decision in session.scalars(known):
        said = Event(decision.decided_at, _KINDS[decision.action], decision.listing_id, "", decision.label or "")
        found.append(said)
    named = (
        Event(one.at, one.kind, one.listing_id, titles.get(one.listing_id, ""), one.detail) for one in sorted(found)
    )
    return list(named)


def _told(revisions: Sequence[Revision]) -> list[Event]:
    first = revisions[0]
    told = [Event(first.created_at, "found", first.listing_id)]
    if first.posted_at:
        told.append(Event(datetime.combine(first.posted_at, time(), UTC), "posted", first.listing_id))
    for before, now in pairwise(revisions):
        if now.amount is not None and (now.amount, now.currency) != (before.amount, before.currency):
            price = f"{now.amount:,f} {now.currency or ''}".strip()
            told.append(Event(now.created_at, "price", now.listing_id, "", price))
        else:
            told.append(Event(now.created_at, "changed", now.listing_id))
    return told

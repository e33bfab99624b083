"""What runs came to: the figures of ``crawl --json``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session

from storage.models import AssessmentRow, CaptureRow, ListingRow, PageCapture, Revision, Unit, UnitState, list_date
from wildtrade.records import Change, Label

_APPENDICES = ("I", "II", "III")


def summary(session: Session, run_ids: Sequence[int]) -> dict[str, Any]:
    """Pages, listings, flags, field coverage (0 to 1) and captures of these runs."""
    return {
        "pages": _pages(session, run_ids),
        "listings": _listings(session, run_ids),
        **_opinions(session, run_ids),
        "coverage": _coverage(session, run_ids),
        "captures": session.scalar(
            select(func.count()).select_from(PageCapture).where(PageCapture.run_id.in_(run_ids))
        ),
    }


def _pages(session: Session, run_ids: Sequence[int]) -> dict[str, int]:
    finished = Unit.state.in_([UnitState.DONE, UnitState.FAILED])
    redirected = and_(PageCapture.status < 400, PageCapture.requested_url != PageCapture.url)
    total = session.scalar(select(func.count()).select_from(Unit).where(Unit.run_id.in_(run_ids), finished))
    row = session.execute(
        select(
            func.count().filter(PageCapture.status < 300),
            func.count().filter(or_(redirected, PageCapture.status.between(300, 399))),
            func.count().filter(PageCapture.status.between(400, 499)),
            func.count().filter(PageCapture.status >= 500),
        ).where(PageCapture.run_id.in_(run_ids))
    ).one()
    names = ("ok", "redirect", "client_error", "server_error")
    return {"total": total or 0, **dict(zip(names, row, strict=True))}


def _listings(session: Session, run_ids: Sequence[int]) -> dict[str, int]:
    counts: dict[str, int] = dict.fromkeys(Change, 0)
    query = select(CaptureRow.change, func.count()).where(CaptureRow.run_id.in_(run_ids)).group_by(CaptureRow.change)
    counts.update((change, number) for change, number in session.execute(query))
    return {change.value: counts[change] for change in Change}


def _opinions(session: Session, run_ids: Sequence[int]) -> dict[str, Any]:
    visited = select(CaptureRow.listing_id).where(CaptureRow.run_id.in_(run_ids), CaptureRow.change != Change.GONE)
    latest = (
        select(func.max(AssessmentRow.id))
        .where(AssessmentRow.listing_id.in_(visited))
        .group_by(AssessmentRow.listing_id)
    )
    query = (
        select(AssessmentRow.label, AssessmentRow.appendix, func.count())
        .where(AssessmentRow.id.in_(latest))
        .group_by(AssessmentRow.label, AssessmentRow.appendix)
    )
    listed = select(AssessmentRow.appendix, AssessmentRow.taxa).where(
        AssessmentRow.id.in_(latest), AssessmentRow.label == Label.FLAG, AssessmentRow.appendix.is_not(None)
    )
    dates = {list_date(appendix, taxa) for appendix, taxa in session.execute(listed)}
    flagged, unsure = dict.fromkeys((*_APPENDICES, "other"), 0), 0
    for label, appendix, number in session.execute(query):
        if label is Label.FLAG:
            flagged[appendix if appendix in _APPENDICES else "other"] += number
        elif label is Label.UNSURE:
            unsure += number
    newest = max((date for date in dates if date), default=None)
    return {"flagged": flagged, "unsure": unsure, "appendix_date": newest}


def _coverage(session: Session, run_ids: Sequence[int]) -> dict[str, float]:
    def given(condition: ColumnElement[bool]) -> ColumnElement[Any]:
        return func.sum(case((condition, 1), else_=0))

    fields: dict[str, ColumnElement[bool]] = {
        "title": Revision.title.is_not(None),
        "price": Revision.amount.is_not(None),
        "seller": Revision.seller.is_not(None),
        "location": Revision.location.is_not(None),
        "description": Revision.description.is_not(None),
        "images": func.json_array_length(Revision.images) > 0,
        "posted_at": Revision.posted_at.is_not(None),
    }
    if session.get_bind().dialect.name == "postgresql":
        fields["images"] = func.jsonb_array_length(Revision.images) > 0
    row = session.execute(
        select(func.count(), *(given(condition) for condition in fields.values()))
        .select_from(CaptureRow)
        .join(Revision, Revision.id == CaptureRow.revision_id)
        .join(ListingRow, ListingRow.id == CaptureRow.listing_id)
        .where(CaptureRow.run_id.in_(run_ids))
    ).one()
    total = row[0]
    return {name: round(count / total, 3) for name, count in zip(fields, row[1:], strict=True)} if total else {}

"""The decision that stands for each listing, with what the machine had said of it; what all quality figures rest on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.decisions import standing
from storage.models import AssessmentRow, DecisionRow, FlagRow, ListingRow
from wildtrade.records import DecisionLabel, SignalKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """One listing that was decided. ``hours`` passed between flag and decision; ``terms`` are the lexicon terms that
    fired."""

    listing_id: int
    label: DecisionLabel
    actor: str
    source: str
    language: str | None
    appendix: str | None
    score: float
    taxa: list[dict[str, Any]]
    forms: list[str]
    terms: frozenset[str]
    hours: float
    inclusion_probability: float | None


def decided(session: Session, since: datetime, until: datetime | None = None) -> list[Decided]:
    """Listings decided in a time, each once, by the last decision that stands."""
    found = {one.listing_id: one for one in _all(session, since, until)}
    return list(found.values())


def _all(session: Session, since: datetime, until: datetime | None) -> Iterator[Decided]:
    query = (
        select(
            DecisionRow.listing_id, DecisionRow.label, DecisionRow.actor, DecisionRow.decided_at, DecisionRow.taxon,
            DecisionRow.appendix.label("decided_appendix"), DecisionRow.product_form, DecisionRow.inclusion_probability,
            ListingRow.source, FlagRow.created_at, AssessmentRow.language, AssessmentRow.appendix, AssessmentRow.score,
            AssessmentRow.taxa, AssessmentRow.product_forms, AssessmentRow.signals,
        )
        .join(ListingRow, ListingRow.id == DecisionRow.listing_id)
        .join(AssessmentRow, AssessmentRow.id == DecisionRow.assessment_id)
        .outerjoin(FlagRow, FlagRow.listing_id == DecisionRow.listing_id)
        .where(DecisionRow.decided_at >= since)
        .order_by(DecisionRow.id)
    )  # fmt: skip
    if until is not None:
        query = query.where(DecisionRow.decided_at < until)
    for row in session.execute(standing(query).execution_options(yield_per=1000)):
        waited = (row.decided_at - row.created_at).total_seconds() / 3600 if row.created_at else 0.0
        yield Decided(
            listing_id=row.listing_id,
            label=row.label,
            actor=row.actor,
            source=row.source,
            language=row.language,
            appendix=row.decided_appendix or row.appendix,
            score=row.score,
            taxa=[{"name": row.taxon}] if row.taxon else row.taxa,
            forms=[row.product_form] if row.product_form else row.product_forms,
            terms=frozenset(_terms(row.signals)),
            hours=max(waited, 0.0),
            inclusion_probability=row.inclusion_probability,
        )


def _terms(signals: list[dict[str, Any]]) -> Iterator[str]:
    for signal in signals:
        if signal["kind"] == SignalKind.TERM and signal["text"]:
            yield signal["text"].casefold()[:60]

"""What each lexicon term did: in how many listings it was found of late, and how people decided those it was found in.
Computed from the rows and kept as one snapshot, since it reads every assessment of a month."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from storage.database import Database
from storage.decisions import standing
from storage.models import AssessmentRow, DecisionRow, utcnow
from storage.workspace_facts import fact, keep_computed
from wildtrade.records import DecisionLabel, SignalKind

DAYS = 30
_FACT = "term figures"
_RIGHT, _WRONG = DecisionLabel.WILDLIFE, DecisionLabel.NOT_WILDLIFE
Terms = dict[str, Any]


def kept(session: Session) -> Terms | None:
    """The last snapshot: ``computed_at`` (ISO 8601) and ``terms``, from a signal's source (``lexicon:group/term``) to
    [listings of the last 30 days, decided as wildlife, decided as wildlife or not]. None where none was made yet."""
    found: Terms | None = fact(session, _FACT)
    return found


def refresh(database: Database) -> None:
    """Compute the snapshot anew and keep it."""
    keep_computed(database, _FACT, lambda session: {"computed_at": utcnow().isoformat(), "terms": compute(session)})


def compute(session: Session) -> dict[str, list[int]]:
    """The figures of each term that did anything. A listing counts once for a term; of its decisions the last that
    stands counts, and none where the listing was drawn at random: no term had found it."""
    source, kind = _signal(session)
    named = (kind == SignalKind.TERM.value, source.is_not(None))
    listings = func.count(AssessmentRow.listing_id.distinct())
    recent = select(source, listings).where(AssessmentRow.assessed_at >= utcnow() - timedelta(days=DAYS))
    found: dict[str, list[int]] = {}
    for term, number in session.execute(recent.where(*named).group_by(source)):
        found.setdefault(term, [0, 0, 0])[0] = number
    last = standing(select(func.max(DecisionRow.id))).group_by(DecisionRow.listing_id)
    decided = (
        select(source, DecisionRow.label, func.count(DecisionRow.id.distinct()))
        .select_from(DecisionRow)
        .join(AssessmentRow, AssessmentRow.id == DecisionRow.assessment_id)
        .where(
            DecisionRow.id.in_(last),
            DecisionRow.label.in_((_RIGHT, _WRONG)),
            DecisionRow.inclusion_probability.is_(None),
        )
    )
    for term, label, number in session.execute(decided.where(*named).group_by(source, DecisionRow.label)):
        figures = found.setdefault(term, [0, 0, 0])
        figures[1] += number if label is _RIGHT else 0
        figures[2] += number
    return found


def _signal(session: Session) -> tuple[ColumnElement[str], ColumnElement[str]]:
    """The source and the kind of each signal of an assessment, as columns of a table of signals beside it."""
    if session.get_bind().dialect.name == "sqlite":
        each = func.json_each(AssessmentRow.signals).table_valued("value", joins_implicitly=True).alias("signal")
        value = each.c.value
        return func.json_extract(value, "$.source"), func.json_extract(value, "$.kind")
    each = (
        func.jsonb_array_elements(AssessmentRow.signals)
        .table_valued("value", joins_implicitly=True)
        .render_derived("signal")
    )
    value = each.c.value
    return func.jsonb_extract_path_text(value, "source"), func.jsonb_extract_path_text(value, "kind")

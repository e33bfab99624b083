"""How far people agree: pairs of decisions about the same item, Cohen's kappa, Krippendorff's alpha."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session, aliased

from storage.decisions import is_standing, standing
from storage.models import DecisionRow, FlagRow, Revision, Stage
from wildtrade.records import DecisionLabel


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two people about one item, neither knowing of the other. ``because``: the rule that asked for the second."""

    flag_id: int
    listing_id: int
    title: str | None
    language: str | None
    first: str
    second: str
    first_label: DecisionLabel
    second_label: DecisionLabel
    because: str
    decided_at: datetime

    @property
    def agrees(self) -> bool:
        """Whether both said the same."""
        return self.first_label is self.second_label


def pairs(session: Session, since: datetime) -> list[Pair]:
    """Second decisions since a time, each with the first one before it, newest first."""
    second, earlier = DecisionRow, aliased(DecisionRow)
    before = (earlier.listing_id == second.listing_id, earlier.stage == Stage.FIRST, earlier.id < second.id)
    newest = select(func.max(earlier.id)).where(and_(*before, earlier.label.is_not(None))).scalar_subquery()
    first = aliased(DecisionRow)
    query = (
        select(
            FlagRow.id.label("flag_id"), second.listing_id, func.substr(Revision.title, 1, 200).label("title"),
            Revision.language, first.actor.label("first"), second.actor.label("second"),
            first.label.label("first_label"), second.label.label("second_label"),
            func.coalesce(FlagRow.second_because, "").label("because"), second.decided_at,
        )
        .select_from(second)
        .join(first, first.id == newest)
        .join(FlagRow, FlagRow.listing_id == second.listing_id)
        .join(Revision, Revision.id == second.revision_id)
        .where(second.stage == Stage.SECOND, second.decided_at >= since, *is_standing())
        .order_by(second.id.desc())
    )  # fmt: skip
    return [Pair(**row._mapping) for row in session.execute(query)]


def kappa(rated: Sequence[tuple[Hashable, Hashable]]) -> float | None:
    """Cohen's kappa of two raters; None where it is undefined (no pairs, or both always said one and the same).

    Source: Cohen 1960, Educational and Psychological Measurement 20:37.
    """
    if not rated:
        return None
    observed = sum(a == b for a, b in rated) / len(rated)
    one, other = Counter(a for a, _ in rated), Counter(b for _, b in rated)
    expected = sum(one[value] * other[value] for value in one) / len(rated) ** 2
    return None if expected == 1 else (observed - expected) / (1 - expected)


def alpha(units: Iterable[Sequence[Hashable]]) -> float | None:
    """Krippendorff's alpha for nominal values: one sequence of ratings for each unit, however many raters it had.

    Source: Krippendorff 2011, Computing Krippendorff's Alpha-Reliability.
    """
    coincidences: dict[tuple[Hashable, Hashable], float] = defaultdict(float)
    for values in units:
        if len(values) < 2:
            continue
        counts = Counter(values)
        for a, number in counts.items():
            for b, others in counts.items():
                coincidences[a, b] += number * (others - (a == b)) / (len(values) - 1)
    totals: dict[Hashable, float] = defaultdict(float)
    for (a, _), weight in coincidences.items():
        totals[a] += weight
    n = sum(totals.values())
    expected = sum(totals[a] * totals[b] for a in totals for b in totals if a != b)
    if not expected:
        return None
    observed = sum(weight for (a, b), weight in coincidences.items() if a != b)
    return 1 - (n - 1) * observed / expected


def units(session: Session, since: datetime) -> list[list[DecisionLabel]]:
    """The independent (first and second) decisions of each item since a time."""
    twice = select(DecisionRow.listing_id).where(DecisionRow.decided_at >= since, DecisionRow.stage == Stage.SECOND)
    query = select(DecisionRow.listing_id, DecisionRow.label).where(
        DecisionRow.listing_id.in_(twice), DecisionRow.decided_at >= since, DecisionRow.stage != Stage.ADJUDICATION
    )
    found: dict[int, list[DecisionLabel]] = defaultdict(list)
    for listing_id, label in session.execute(standing(query)):
        if label is not None:
            found[listing_id].append(label)
    return [labels for labels in found.values() if len(labels) > 1]

"""The figures of the dashboard, computed from the rows and kept as one snapshot per period, so that the page is as
fast with a million listings as with ten. A snapshot says when it was computed; nothing in it is estimated here."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from storage.database import Database
from storage.decided import Decided, decided
from storage.models import AssessmentRow, FlagRow, FlagState, ListingRow, Revision, utcnow
from storage.sellers import seller_key
from storage.workspace_facts import fact, keep_computed
from wildtrade.records import DecisionLabel, Label

PERIODS = (7, 30, 90, 365)  # days
MOST_ROWS = 15  # of a table; the rest is one row "other"
_AGES = ((1, "< 1 d"), (2, "1-2 d"), (7, "2-7 d"), (30, "7-30 d"), (10**6, "> 30 d"))
_BANDS = (0.0, 0.2, 0.4, 0.6, 0.8)  # of the score
_TRUE, _FALSE = DecisionLabel.WILDLIFE, DecisionLabel.NOT_WILDLIFE
Figures = dict[str, Any]


def kept(session: Session, days: int) -> Figures | None:
    """The snapshot of a period, or None where none was made yet; ``computed_at`` is ISO 8601."""
    found: Figures | None = fact(session, _name(days))
    return found


def refresh(database: Database, days: int) -> None:
    """Compute the figures of the last ``days`` days and of as many before, and keep them."""
    keep_computed(database, _name(days), lambda session: compute(session, days, utcnow()))


def _name(days: int) -> str:
    return f"figures {days}"


def compute(session: Session, days: int, now: datetime) -> Figures:
    """All figures of the period that ends now."""
    since, before = now - timedelta(days=days), now - timedelta(days=2 * days)
    flags, judged = _flags(session, since), decided(session, since)
    return {
        "computed_at": now.isoformat(),
        "days": days,
        "funnel": _funnel(session, since, now, flags, judged),
        "funnel_before": _funnel(
            session, before, since, _flags(session, before, since), decided(session, before, since)
        ),
        "by_day": _by_day(flags, since.date(), now.date()),
        **{name: _shares(flags, judged, name) for name in ("taxa", "appendix", "forms", "language", "source")},
        "sellers": _sellers(flags),
        "decision_hours": _hours(judged),
        "age": _age(session, now),
        "precision": {
            "term": _precision((term, one) for one in judged for term in one.terms),
            "language": _precision((one.language or "?", one) for one in judged),
            "band": _precision((_band(one.score), one) for one in judged if one.score is not None),
        },
        "drawn": _drawn(judged),
    }


def _flags(session: Session, since: datetime, until: datetime | None = None) -> list[Any]:
    query = (
        select(
            FlagRow.created_at, FlagRow.source, FlagRow.language, FlagRow.appendix,
            AssessmentRow.taxa, AssessmentRow.product_forms.label("forms"),
            seller_key(FlagRow.source, Revision.seller).label("seller"),
        )
        .join(AssessmentRow, AssessmentRow.id == FlagRow.assessment_id)
        .join(Revision, Revision.id == AssessmentRow.revision_id)
        .where(FlagRow.created_at >= since, FlagRow.label != Label.CLEAR)
    )  # fmt: skip
    return list(session.execute(query if until is None else query.where(FlagRow.created_at < until)))


def _funnel(
    session: Session, since: datetime, until: datetime, flags: Sequence[Any], judged: Sequence[Decided]
) -> dict[str, int]:
    here = (ListingRow.first_seen_at >= since, ListingRow.first_seen_at < until)
    return {
        "found": session.scalar(select(func.count()).select_from(ListingRow).where(*here)) or 0,
        "flagged": len(flags),
        "reviewed": len(judged),
        "confirmed": sum(one.label is _TRUE for one in judged),
    }


def _by_day(flags: Sequence[Any], first: date, last: date) -> Figures:
    """Flags of each day by source; days without any are there too."""
    counted = Counter((flag.source, flag.created_at.date()) for flag in flags)
    totals = Counter(flag.source for flag in flags)
    named = [source for source, _ in totals.most_common(7)]
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    series = {source: [counted[source, day] for day in days] for source in named}
    if len(totals) > len(named):
        rest = Counter(flag.created_at.date() for flag in flags if flag.source not in series)
        series["other"] = [rest[day] for day in days]
    return {"days": [day.isoformat() for day in days], "series": series}


def _values(row: Any, name: str) -> list[str]:
    found = getattr(row, name)
    if name == "taxa":
        return [taxon["name"] for taxon in found]
    return list(found) if name == "forms" else [found or "none"]


def _shares(flags: Sequence[Any], judged: Sequence[Decided], name: str) -> list[list[Any]]:
    """[value, flagged, confirmed], the most frequent first, the rest in one row."""
    flagged = Counter(value for flag in flags for value in _values(flag, name))
    confirmed = Counter(value for one in judged if one.label is _TRUE for value in _values(one, name))
    order = sorted(flagged | confirmed, key=lambda value: (-flagged[value], -confirmed[value], value))
    rows: list[list[Any]] = [[value, flagged[value], confirmed[value]] for value in order[:MOST_ROWS]]
    if rest := order[MOST_ROWS:]:
        rows.append(["other", sum(flagged[value] for value in rest), sum(confirmed[value] for value in rest)])
    return rows


def _sellers(flags: Sequence[Any]) -> Figures:
    """How much of the flagged listings the busiest sellers made; accounts that people merged are one seller. Sellers
    have no names here."""
    counts = sorted(Counter(flag.seller for flag in flags if flag.seller).values(), reverse=True)
    total = sum(counts)
    steps = sorted({n for n in (1, 2, 3, 5, 10, 17, 25, 50, 100, 250, 1000, len(counts)) if n <= len(counts)})
    curve = [[n, round(sum(counts[:n]) / total, 4)] for n in steps if total]
    return {"sellers": len(counts), "listings": total, "curve": curve}


def _hours(judged: Sequence[Decided]) -> Figures:
    """Hours from flag to decision: number, median, ninth decile; by source too."""
    by_source: dict[str, list[float]] = defaultdict(list)
    for one in judged:
        by_source[one.source].append(one.hours)
    rows = [[source, *_quantiles(hours)] for source, hours in sorted(by_source.items(), key=lambda kv: -len(kv[1]))]
    return {"all": _quantiles([one.hours for one in judged]), "sources": rows[:MOST_ROWS]}


def _quantiles(values: Iterable[float]) -> list[Any]:
    ordered = sorted(values)
    if not ordered:
        return [0, None, None]

    def at(share: float) -> float:
        return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 2)

    return [len(ordered), at(0.5), at(0.9)]


def _age(session: Session, now: datetime) -> list[list[Any]]:
    """[age, how many wait so long] of the queue as it is now."""
    rows, newer = [], now + timedelta(days=1)
    for days, words in _AGES:
        older = now - timedelta(days=days) if days < 10**6 else datetime.combine(date(1970, 1, 1), time(), now.tzinfo)
        here = (FlagRow.state == FlagState.OPEN, FlagRow.created_at >= older, FlagRow.created_at < newer)
        rows.append([words, session.scalar(select(func.count()).select_from(FlagRow).where(*here)) or 0])
        newer = older
    return rows


def _precision(pairs: Iterable[tuple[str, Decided]]) -> list[list[Any]]:
    """[what, wildlife, wildlife or not wildlife], the most decided first. Random items are left out: nothing found
    them."""
    right, of = Counter[str](), Counter[str]()
    for what, one in pairs:
        if one.inclusion_probability is None and one.label in (_TRUE, _FALSE):
            of[what] += 1
            right[what] += one.label is _TRUE
    return [[what, right[what], number] for what, number in of.most_common(3 * MOST_ROWS)]


def _band(score: float) -> str:
    low = max(edge for edge in _BANDS if edge <= max(score, 0.0))
    return f"{low:.1f}-{low + 0.2:.1f}"


def _drawn(judged: Sequence[Decided]) -> list[list[Any]]:
    """[inclusion probability, 1 for wildlife, whether the machine had queued it] for an estimate of recall."""
    return [
        [one.inclusion_probability or 1.0, int(one.label is _TRUE), one.inclusion_probability is None]
        for one in judged
        if one.label in (_TRUE, _FALSE)
    ]

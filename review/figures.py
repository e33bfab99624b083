"""The dashboard's figures: the snapshot of storage, kept fresh beside the app, and what is reckoned from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from classifiers.evaluating.figures import wilson
from classifiers.learning.choosing import estimate_recall
from review.snapshots import fresh
from review.text import gettext as _
from review.text import later
from storage.database import Database
from storage.figures import PERIODS, Figures, kept, refresh

_STEPS = {
    "found": later("Found"),
    "flagged": later("Flagged"),
    "reviewed": later("Reviewed"),
    "confirmed": later("Confirmed"),
}


def figures(database: Database, days: int, *, anew: bool = False) -> Figures | None:
    """The figures of a period, ten minutes old at most while somebody looks; None while the first are computed."""
    days = days if days in PERIODS else PERIODS[1]
    return fresh(
        database, f"figures {days}", partial(_read, database, days), partial(refresh, database, days), anew=anew
    )


def _read(database: Database, days: int) -> Figures | None:
    with database.session(read_only=True) as session:
        return kept(session, days)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """One chart: its data as a table, which is also its twin and its CSV. ``shape``: bars, stack, curve or none; the
    columns of ``plot`` are drawn against the first one."""

    name: str
    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    said: str
    shape: str = "bars"
    plot: Sequence[int] = field(default=(1,))

    def drawn(self) -> dict[str, Any]:
        """What the script of the page draws from."""
        series = [{"name": self.columns[at], "data": [row[at] for row in self.rows]} for at in self.plot]
        return {"shape": self.shape, "labels": [str(row[0]) for row in self.rows], "series": series}


def charts(found: Figures) -> list[Chart]:
    """All charts of the page, in order."""
    return [
        _funnel(found),
        _by_day(found),
        *(_shares(found, name, title) for name, title in _SHARES.items()),
        _sellers(found),
        _hours(found),
        _age(found),
        *(_precision(found, name, title) for name, title in _PRECISIONS.items()),
    ]


_SHARES = {
    "taxa": later("Taxa"),
    "appendix": later("CITES appendix"),
    "forms": later("Product forms"),
    "language": later("Languages"),
}
_PRECISIONS = {
    "term": later("Precision by term"),
    "language": later("Precision by language"),
    "band": later("Precision by score"),
}


def _funnel(found: Figures) -> Chart:
    now, before = found["funnel"], found["funnel_before"]
    rows = [[_(words), now[name], before[name], _change(now[name], before[name])] for name, words in _STEPS.items()]
    said = _("%(found)s listings found, %(flagged)s flagged, %(reviewed)s reviewed, %(confirmed)s confirmed.") % now
    columns = (_("Step"), _("This period"), _("Period before"), _("Change"))
    return Chart(name="funnel", title=_("From found to confirmed"), columns=columns, rows=rows, said=said, plot=(1, 2))


def _change(now: int, before: int) -> str:
    return f"{(now - before) / before:+.0%}" if before else "–"


def _by_day(found: Figures) -> Chart:
    days, series = found["by_day"]["days"], found["by_day"]["series"]
    rows = [[day, *(values[at] for values in series.values())] for at, day in enumerate(days)]
    total = sum(sum(values) for values in series.values())
    said = _("%(n)s flags in %(days)s days from %(sources)s sources.") % {
        "n": total, "days": found["days"], "sources": len(series),
    }  # fmt: skip
    plot = tuple(range(1, len(series) + 1))
    columns = (_("Day"), *series)
    return Chart(
        name="days", title=_("Flags by source and day"), columns=columns, rows=rows, said=said, shape="stack", plot=plot
    )


def _shares(found: Figures, name: str, title: str) -> Chart:
    rows = found[name]
    said = _most(rows)
    columns = (_(title), _("Flagged"), _("Confirmed"))
    return Chart(name=name, title=_(title), columns=columns, rows=rows, said=said, plot=(1, 2))


def _most(rows: Sequence[Sequence[Any]]) -> str:
    if not rows:
        return _("Nothing in this period.")
    return _("Most: %(first)s (%(n)s flagged).") % {"first": rows[0][0], "n": rows[0][1]}


def _sellers(found: Figures) -> Chart:
    sellers = found["sellers"]
    rows = [[n, f"{share:.1%}", round(100 * share, 1)] for n, share in sellers["curve"]]
    said = _("Nothing in this period.")
    if rows:
        said = _("%(sellers)s sellers made %(n)s flagged listings; the busiest made %(share)s of them.") % {
            "sellers": sellers["sellers"], "n": sellers["listings"], "share": rows[0][1],
        }  # fmt: skip
    columns = (_("Busiest sellers"), _("Share of flagged listings"), "%")
    title = _("How few sellers make how much")
    return Chart(name="sellers", title=title, columns=columns, rows=rows, said=said, shape="curve", plot=(2,))


def _hours(found: Figures) -> Chart:
    number, median, ninth = found["decision_hours"]["all"]
    rows = found["decision_hours"]["sources"]
    said = _("Nothing in this period.")
    if number:
        said = _("Half of %(n)s decisions came within %(median)s hours, nine of ten within %(ninth)s.") % {
            "n": number, "median": median, "ninth": ninth,
        }  # fmt: skip
    columns = (_("Source"), _("Decisions"), _("Median hours"), _("90 % within (hours)"))
    title = _("From flag to decision")
    return Chart(name="hours", title=title, columns=columns, rows=rows, said=said, plot=(2, 3))


def _age(found: Figures) -> Chart:
    rows = found["age"]
    said = _("%(n)s wait now.") % {"n": sum(row[1] for row in rows)}
    return Chart(name="age", title=_("How long items wait"), columns=(_("Age"), _("Waiting")), rows=rows, said=said)


def _precision(found: Figures, name: str, title: str) -> Chart:
    rows = [
        [what, f"{right}/{of}", round(100 * right / of, 1), _interval(right, of)]
        for what, right, of in found["precision"][name]
    ]
    right, of = (sum(row[at] for row in found["precision"]["band"]) for at in (1, 2))
    said = _("Nothing was decided in this period.")
    if of:
        said = _("Of %(of)s flags decided, %(share)s were wildlife.") % {"of": of, "share": f"{right / of:.0%}"}
    columns = (_(title), _("Wildlife of decided"), _("Precision, %"), _("95 % interval"))
    return Chart(name=f"precision-{name}", title=_(title), columns=columns, rows=rows, said=said, plot=(2,))


def _interval(right: int, of: int) -> str:
    low, high = wilson(right, of)
    return f"{low:.0%}-{high:.0%}"


def recall(found: Figures) -> str:
    """What share of the wildlife the machine queues, in words; no figure without random items to go by."""
    drawn = [(chance, label, queued) for chance, label, queued in found["drawn"]]
    lots = sum(not queued for _chance, _label, queued in drawn)
    if not lots:
        return _("No random items decided yet, so nothing can be said about what the machine misses.")
    estimate = estimate_recall(drawn)
    if estimate.value is None or estimate.interval is None:
        return _("%(n)s random items decided, no wildlife anywhere yet.") % {"n": lots}
    low, high = estimate.interval
    return _("Estimated recall %(value)s (95 %% interval %(low)s to %(high)s), from %(n)s random items decided.") % {
        "value": f"{estimate.value:.0%}", "low": f"{low:.0%}", "high": f"{high:.0%}", "n": lots,
    }  # fmt: skip

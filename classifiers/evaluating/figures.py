"""How good the labels are: precision, recall and F1 with Wilson intervals, AUC, by any grouping."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_Z = 1.959964  # 95 %


@dataclass(frozen=True, slots=True)
class Outcome:
    """One judged example: the truth (1 = worth queueing), the score, the machine's label."""

    truth: int
    score: float
    label: str
    language: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class Share:
    """A proportion with its 95 % Wilson interval; ``of`` 0 has no value."""

    hits: int
    of: int

    @property
    def value(self) -> float | None:
        return self.hits / self.of if self.of else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Lower and upper bound."""
        return wilson(self.hits, self.of) if self.of else None

    def to_dict(self) -> dict[str, Any]:
        interval = self.interval
        return {
            "value": None if self.value is None else round(self.value, 4),
            "low": interval and round(interval[0], 4),
            "high": interval and round(interval[1], 4),
            "n": self.of,
        }

    def __str__(self) -> str:
        interval = self.interval
        if interval is None or self.value is None:
            return "-"
        return f"{self.value:.2f} ({interval[0]:.2f}-{interval[1]:.2f})"


def wilson(hits: float, of: float) -> tuple[float, float]:
    """95 % interval of a proportion. Source: Wilson 1927, JASA 22:209."""
    share = hits / of
    middle = share + _Z**2 / (2 * of)
    spread = _Z * math.sqrt(share * (1 - share) / of + _Z**2 / (4 * of**2))
    scale = 1 + _Z**2 / of
    return max((middle - spread) / scale, 0.0), min((middle + spread) / scale, 1.0)


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures of one set. A flag is a positive; ``queued`` recall counts flag and unsure."""

    precision: Share
    recall: Share
    queued: Share
    false_flags: Share
    f1: float
    auc: float | None

    def to_dict(self) -> dict[str, Any]:
        return {
            "f1": round(self.f1, 4),
            "auc": None if self.auc is None else round(self.auc, 4),
            "precision": self.precision.to_dict(),
            "recall": self.recall.to_dict(),
            "recall_queued": self.queued.to_dict(),
            "false_flags": self.false_flags.to_dict(),
        }


def measure(outcomes: Sequence[Outcome]) -> Figures:
    """Figures of a set of outcomes."""
    flagged = [o for o in outcomes if o.label == "flag"]
    positives = [o for o in outcomes if o.truth]
    negatives = [o for o in outcomes if not o.truth]
    true_flags = sum(o.truth for o in flagged)
    found = 2 * true_flags / (len(flagged) + len(positives)) if flagged or positives else 0.0
    return Figures(
        precision=Share(true_flags, len(flagged)),
        recall=Share(true_flags, len(positives)),
        queued=Share(sum(o.label != "clear" for o in positives), len(positives)),
        false_flags=Share(len(flagged) - true_flags, len(negatives)),
        f1=found,
        auc=auc([o.score for o in positives], [o.score for o in negatives]),
    )


def measure_by(outcomes: Iterable[Outcome], key: str) -> Mapping[str, Figures]:
    """Figures for each value of an attribute ("language", "group")."""
    groups: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        groups[str(getattr(outcome, key))].append(outcome)
    return {name: measure(groups[name]) for name in sorted(groups)}


def auc(positive: Sequence[float], negative: Sequence[float]) -> float | None:
    """Chance that a positive scores above a negative; None where one side is empty."""
    if not positive or not negative:
        return None
    ranked = sorted([(score, 1) for score in positive] + [(score, 0) for score in negative])
    total, at = 0.0, 0
    while at < len(ranked):
        end = at
        while end < len(ranked) and ranked[end][0] == ranked[at][0]:
            end += 1
        total += (at + end + 1) / 2 * sum(truth for _, truth in ranked[at:end])
        at = end
    return (total - len(positive) * (len(positive) + 1) / 2) / (len(positive) * len(negative))

"""Measures of scores: precision where 95 % are found, calibration, and intervals by drawing whole clusters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from classifiers.evaluating.figures import auc

Floats = npt.NDArray[np.float64]
Measure = Callable[[Floats, Floats, npt.NDArray[np.bool_]], float | None]

_ROUNDS = 1000
_WANTED = 0.95  # recall at which precision is asked for
_BINS = 10


@dataclass(frozen=True, slots=True)
class Value:
    """A measure with its 95 % interval by bootstrap over clusters; None where the texts cannot tell."""

    value: float | None
    low: float | None
    high: float | None

    def to_dict(self) -> dict[str, float | None]:
        return {name: _round(getattr(self, name)) for name in ("value", "low", "high")}

    def __str__(self) -> str:
        if self.value is None:
            return "-"
        if self.low is None or self.high is None:
            return f"{self.value:.2f}"
        return f"{self.value:.2f} ({self.low:.2f}-{self.high:.2f})"


@dataclass(frozen=True, slots=True)
class Bin:
    """Texts of about the same score: the mean score, and how many of them are wildlife."""

    low: float
    high: float
    texts: int
    score: float
    wildlife: float

    def to_dict(self) -> dict[str, Any]:
        return {
            "from": self.low, "to": self.high, "texts": self.texts,
            "score": round(self.score, 4), "wildlife": round(self.wildlife, 4),
        }  # fmt: skip


def f1(truth: Floats, score: Floats, flag: npt.NDArray[np.bool_]) -> float | None:
    """F1 of the flags; None where there is no wildlife to find."""
    del score
    return float(2 * truth[flag].sum() / (truth.sum() + flag.sum())) if truth.any() else None


def area(truth: Floats, score: Floats, flag: npt.NDArray[np.bool_]) -> float | None:
    """Area under the ROC curve."""
    del flag
    return auc(score[truth == 1].tolist(), score[truth == 0].tolist())


def precision_at_recall(truth: Floats, score: Floats, flag: npt.NDArray[np.bool_]) -> float | None:
    """Precision of the highest threshold that finds 95 % of the wildlife; ties stand or fall together."""
    del flag
    if not truth.sum():
        return None
    order = np.argsort(-score, kind="stable")
    last = np.append(np.flatnonzero(np.diff(score[order])), len(order) - 1)
    found = np.cumsum(truth[order])[last]
    first = int(np.argmax(found >= _WANTED * truth.sum()))
    return float(found[first] / (last[first] + 1))


def calibration_error(truth: Floats, score: Floats, flag: npt.NDArray[np.bool_]) -> float | None:
    """Expected calibration error: mean distance of score and share of wildlife in ten bins of equal width."""
    del flag
    return sum(one.texts * abs(one.score - one.wildlife) for one in reliability(truth, score)) / len(truth)


def reliability(truth: Floats, score: Floats) -> list[Bin]:
    """The bins that hold texts, lowest first."""
    place = np.minimum((score * _BINS).astype(int), _BINS - 1)
    return [
        Bin(at / _BINS, (at + 1) / _BINS, int(here.sum()), float(score[here].mean()), float(truth[here].mean()))
        for at in range(_BINS)
        if (here := place == at).any()
    ]


def with_interval(
    measure: Measure, truth: Floats, score: Floats, flag: npt.NDArray[np.bool_], clusters: Sequence[int], seed: int = 7
) -> Value:
    """A measure with its interval: percentiles over draws of whole clusters with replacement."""
    value = measure(truth, score, flag)
    if value is None:
        return Value(None, None, None)
    names, number = np.unique(np.array(clusters), return_inverse=True)
    members = [np.flatnonzero(number == at) for at in range(len(names))]
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(_ROUNDS):
        drawn = np.concatenate([members[at] for at in rng.integers(len(names), size=len(names))])
        if (again := measure(truth[drawn], score[drawn], flag[drawn])) is not None:
            found.append(again)
    if not found:
        return Value(value, None, None)
    low, high = np.quantile(found, (0.025, 0.975))
    return Value(value, float(low), float(high))


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 4)

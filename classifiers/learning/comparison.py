"""Whether a new model may take the place of the one in use: paired bootstrap over groups, on texts neither learned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from classifiers.learning.bags import Floats

_ROUNDS = 2000
_SURE = 0.9  # share of the resamples in which a model must be worse to be called worse
_SMALL = 0.01  # F1 that nobody would notice


@dataclass(frozen=True, slots=True)
class Judged:
    """One text judged by both models; ``True`` is a flag."""

    truth: bool
    old: bool
    new: bool
    group: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """F1 of both models on the same texts; ``low`` and ``high`` bound the difference new - old (95 %)."""

    old: float
    new: float
    low: float
    high: float
    worse: float  # share of the resamples in which the new one is worse
    texts: int

    @property
    def clearly_worse(self) -> bool:
        """A loss that one would notice and that chance does not explain."""
        return self.new < self.old - _SMALL and self.worse >= _SURE

    @property
    def better(self) -> bool:
        return self.new > self.old

    def to_dict(self) -> dict[str, Any]:
        names = ("old", "new", "low", "high", "worse")
        return {name: round(getattr(self, name), 4) for name in names} | {"texts": self.texts}

    def __str__(self) -> str:
        return (
            f"F1 {self.new:.3f}, {self.old:.3f} in use ({self.low:+.3f} to {self.high:+.3f} with 95 %, "
            f"{self.texts} texts)"
        )


def compare(judged: Sequence[Judged], seed: int = 7) -> Comparison:
    """Compare two models on texts both have judged. Whole groups are drawn, so near-duplicates count once."""
    names = {group: at for at, group in enumerate(dict.fromkeys(one.group for one in judged))}
    tables = [np.zeros((len(names), 3)) for _ in range(2)]  # hits, flags, truths by group
    for one in judged:
        for table, flag in zip(tables, (one.old, one.new), strict=True):
            table[names[one.group]] += (one.truth and flag, flag, one.truth)
    draws = np.random.default_rng(seed).multinomial(len(names), np.full(len(names), 1 / len(names)), _ROUNDS)
    old, new = (_f1(draws @ table) for table in tables)
    low, high = np.quantile(new - old, (0.025, 0.975))
    before, after = (float(_f1(table.sum(axis=0, keepdims=True))[0]) for table in tables)
    return Comparison(before, after, float(low), float(high), float((new < old).mean()), len(judged))


def _f1(sums: Floats) -> Floats:
    return np.asarray(2 * sums[:, 0] / np.maximum(sums[:, 1] + sums[:, 2], 1))

"""What to decide next: what the machine is least sure of, no two alike, and a random part that keeps it honest."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from classifiers.evaluating.figures import wilson
from classifiers.learning.bags import WIDTH, Bags, Floats, columns, pieces

_CANDIDATES = 6  # times the wanted number: the unsure ones among which unlike ones are taken
_ROUNDS = 10  # of k-means
_UNLIKE = 0.5  # how much likeness to one already chosen counts against doubt


class Why(StrEnum):
    """Why an item was chosen."""

    TYPICAL = "typical"
    UNSURE = "unsure"
    RANDOM = "random"


@dataclass(frozen=True, slots=True)
class Choice:
    """An item of the pool by its place. ``inclusion_probability``: its chance of being drawn at random, kept with the
    decision for an honest estimate of recall; None where doubt chose it."""

    place: int
    why: Why
    inclusion_probability: float | None


def choose(
    texts: Sequence[str], logits: Sequence[float] | Floats, count: int, *,
    flag: float = 0.0, random_share: float = 0.1, seed: int = 0,
) -> list[Choice]:  # fmt: skip
    """Choose ``count`` items of a pool to be decided next, the most useful first.

    ``texts`` are canonical, ``logits`` the model's log-odds for each, ``flag`` the log-odds from which it flags. About
    ``random_share`` of them are drawn at random from the whole pool, each with the same known probability.
    """
    size, rng = len(texts), np.random.default_rng(seed)
    count = min(count, size)
    drawn = _share(count, random_share, rng)
    lots = rng.choice(size, drawn, replace=False)
    # A batch may be too small for a whole random item: the chance is that of the long run, not of this batch.
    chance = min(1.0, random_share * count / size) if size else 0.0
    doubt = np.abs(np.asarray(logits, float) - flag)
    doubt[lots] = math.inf
    wanted = count - drawn
    candidates = np.argsort(doubt, kind="stable")[: min(_CANDIDATES * wanted, size - drawn)]
    unsure = candidates[_unlike([texts[at] for at in candidates], doubt[candidates], wanted)]
    return [
        *(Choice(int(at), Why.UNSURE, None) for at in unsure),
        *(Choice(int(at), Why.RANDOM, chance) for at in lots),
    ]


def choose_first(placed: Floats, count: int, seed: int = 0) -> list[Choice]:
    """Choose ``count`` items to decide before anything is known of a use case: one from the middle of each cluster.

    ``placed`` says where the texts lie (``Space.place``), shape (texts, directions). Spherical k-means.
    """
    count = min(count, len(placed))
    if not count:
        return []
    rng = np.random.default_rng(seed)
    units = placed / np.maximum(np.linalg.norm(placed, axis=1, keepdims=True), 1e-12)
    middles = units[rng.choice(len(units), count, replace=False)]
    for _ in range(_ROUNDS):
        nearest = (units @ middles.T).argmax(axis=1)
        sums = np.stack([units[nearest == at].sum(axis=0) for at in range(count)])
        lengths = np.linalg.norm(sums, axis=1, keepdims=True)
        middles = np.where(lengths > 0, sums / np.maximum(lengths, 1e-12), middles)
    likeness = units @ middles.T
    chosen: list[int] = []
    for at in range(count):
        likeness[chosen, at] = -math.inf
        chosen.append(int(likeness[:, at].argmax()))
    return [Choice(place, Why.TYPICAL, None) for place in chosen]


def _share(count: int, share: float, rng: np.random.Generator) -> int:
    """``share`` of ``count``, rounded up or down at random so that it is right in the long run."""
    exact = count * min(max(share, 0.0), 1.0)
    return min(count, math.floor(exact) + int(rng.random() < exact % 1))


def _unlike(texts: Sequence[str], doubt: Floats, wanted: int) -> list[int]:
    """Places of the doubtful that are unlike one another: each next one balances doubt against likeness."""
    if not wanted:
        return []
    bags, _ = Bags.stack([columns(pieces(text)) for text in texts]).scaled(np.ones(WIDTH)).compact()
    value = -doubt / max(float(doubt.max()), 1e-9)
    likeness = np.zeros(len(texts))
    chosen: list[int] = []
    for _ in range(wanted):
        score = value - _UNLIKE * likeness
        score[chosen] = -math.inf
        chosen.append(best := int(np.argmax(score)))
        likeness = np.maximum(likeness, bags.times(bags.rows(np.array([best])).transposed_times(np.ones(1))))
    return chosen


@dataclass(frozen=True, slots=True)
class Estimate:
    """A share with its 95 % interval; ``of`` is the number of wildlife items it rests on. None: nothing to go by."""

    value: float | None
    interval: tuple[float, float] | None
    of: int


def estimate_recall(drawn: Iterable[tuple[float, int, bool]]) -> Estimate:
    """Share of the wildlife of a whole crawl that the machine queued, from items drawn at random.

    Each item is (inclusion probability, the person's label, whether the machine had queued it). Horvitz and Thompson's
    weights; the interval is Wilson's at the effective number of items (Kish 1965).
    """
    found = [(1 / chance, queued) for chance, label, queued in drawn if label == 1 and chance > 0]
    total = sum(weight for weight, _ in found)
    if not total:
        return Estimate(None, None, 0)
    value = sum(weight for weight, queued in found if queued) / total
    effective = total**2 / sum(weight**2 for weight, _ in found)
    return Estimate(value, wilson(value * effective, effective), len(found))

"""Fitting: the text model by regularised logistic regression, its calibration, and the signed weights of the reasons.

Pure numpy on hashed features, so that the same texts give the same model on every machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from classifiers.scoring import NAMES, PRIORS
from classifiers.textmodel import Indexes, SignalTextCat
from classifiers.training.lbfgs import Floats, minimise

_SCALE = 6.0  # text features are small numbers; scaled up, the search goes down as steeply for them as for signals


@dataclass(frozen=True)
class Recipe:
    """Everything that shapes a model besides its texts."""

    seed: int = 7
    iterations: int = 60
    pull_text: float = 2.0  # how strongly weights are drawn to nothing
    pull_signals: float = 2.0
    share_signals: float = 0.25  # of an example's say that is learned from its signals alone: what carries to languages
    share_text: float = 0.2  # ... from its words alone: what holds where the lexicon knows nothing
    copy_weight: float = 0.5  # say of a changed copy of a text
    ordinary_weight: float = 2.0  # say of an innocent text without any term: nine in ten in a market, too few here
    frame_copies: int = 3  # fillings of each frame
    folds: int = 4
    prior_strength: float = 120.0  # examples' worth of belief in scoring.PRIORS


@dataclass(frozen=True)
class Learnable:
    """One example as the model sees it; ``weight`` is how much it counts."""

    text: Indexes
    signals: Indexes
    label: int
    weight: float = 1.0


class _Table:
    """Rows of feature indexes as a sparse matrix of the features that occur."""

    def __init__(self, rows: Sequence[Indexes], scales: Floats) -> None:
        self.lengths = np.array([len(row) for row in rows])
        joined = np.concatenate(rows) if len(rows) else np.empty(0, np.uint32)
        self.features, self._columns = np.unique(joined, return_inverse=True)
        self._filled = np.flatnonzero(self.lengths)
        self._starts = np.concatenate(([0], np.cumsum(self.lengths)))[self._filled]
        self._scales = scales

    def times(self, weights: Floats) -> Floats:
        """One sum per row."""
        result = np.zeros(len(self.lengths))
        if len(self._filled):
            result[self._filled] = np.add.reduceat(weights[self._columns], self._starts)
        return result * self._scales

    def back(self, errors: Floats) -> Floats:
        """One sum per feature."""
        spread = np.repeat(errors * self._scales, self.lengths)
        return np.bincount(self._columns, spread, len(self.features)).astype(np.float64)


def fit_text_model(examples: list[Learnable], recipe: Recipe) -> SignalTextCat:
    """Logistic regression in which every example is also learned with one of its halves missing; deterministic."""
    lengths = np.array([len(example.text) for example in examples])
    text = _Table([example.text for example in examples], _SCALE / np.sqrt(np.maximum(lengths, 1)))
    signals = _Table([example.signals for example in examples], np.ones(len(examples)))
    labels = np.array([float(example.label) for example in examples])
    say = np.array([example.weight for example in examples])
    cut = len(text.features)
    pull = np.full(cut + len(signals.features) + 1, recipe.pull_signals)
    pull[:cut], pull[-1] = recipe.pull_text, 0
    both = 1 - recipe.share_signals - recipe.share_text
    views = ((1, 1, both), (0, 1, recipe.share_signals), (1, 0, recipe.share_text))

    def loss(weights: Floats) -> tuple[float, Floats]:
        from_text, from_signals = text.times(weights[:cut]), signals.times(weights[cut:-1])
        total = float(pull @ weights**2) / 2
        errors = np.zeros((3, len(labels)))  # for the text, the signals and the bias
        for with_text, with_signals, share in views:
            z = weights[-1] + with_text * from_text + with_signals * from_signals
            total += share * float(say @ (np.logaddexp(0, z) - labels * z))
            error = share * say * (1 / (1 + np.exp(-z)) - labels)
            errors += np.outer((with_text, with_signals, 1), error)
        gradient = (text.back(errors[0]), signals.back(errors[1]), [errors[2].sum()])
        return total, np.concatenate(gradient) + pull * weights

    weights = minimise(loss, np.zeros(len(pull)), recipe.iterations)
    model = SignalTextCat()
    model.text[text.features] = weights[:cut] * _SCALE
    model.signals[signals.features] = weights[cut:-1]
    model.bias = float(weights[-1])
    return model


def calibrate(logits: Floats, labels: Floats) -> tuple[float, float]:
    """Platt scaling: slope and offset that make held-out logits into log-odds (damped Newton on two numbers)."""
    inputs = np.stack([logits, np.ones_like(logits)], axis=1)
    values, pull = np.array([1.0, 0.0]), 1e-3

    def loss(at: Floats) -> float:
        z = inputs @ at
        return float(np.logaddexp(0, z).sum() - labels @ z + pull / 2 * ((at - [1, 0]) ** 2).sum())

    for _ in range(100):
        p = 1 / (1 + np.exp(-np.clip(inputs @ values, -30, 30)))
        gradient = inputs.T @ (p - labels) + pull * (values - [1, 0])
        hessian = inputs.T @ (inputs * (p * (1 - p))[:, None]) + pull * np.eye(2)
        step = np.linalg.solve(hessian, gradient)
        while loss(values - step) > loss(values) and np.abs(step).max() > 1e-9:
            step /= 2
        values = values - step
        if np.abs(step).max() < 1e-9:
            break
    return max(float(values[0]), 0.05), float(values[1])


def fit_weights(rows: list[dict[str, float]], labels: Floats, recipe: Recipe) -> dict[str, float]:
    """Weights of the reasons: logistic regression drawn towards PRIORS, none across its bound.

    ``rows`` hold the summed amounts by parameter name; "bias" is 1 in each.
    """
    matrix = np.array([[row.get(name, 0.0) for name in NAMES] for row in rows])
    prior = np.array([PRIORS[name][0] for name in NAMES])
    low, high = zip(*(_range(*PRIORS[name]) for name in NAMES), strict=True)
    weights = prior.copy()
    step = 4 / (np.linalg.norm(matrix, 2) ** 2 + recipe.prior_strength * 4)
    for _ in range(6000):
        p = 1 / (1 + np.exp(-np.clip(matrix @ weights, -30, 30)))
        gradient = matrix.T @ (p - labels) + recipe.prior_strength * (weights - prior) * _pull()
        weights = np.clip(weights - step * gradient, low, high)
    return {name: float(value) for name, value in zip(NAMES, weights, strict=True)}


def _range(prior: float, bound: float | None) -> tuple[float, float]:
    if bound is None:
        return -np.inf, np.inf
    return (bound, np.inf) if prior > 0 else (-np.inf, bound)


def _pull() -> Floats:
    """The bias is free; everything else is held to its prior."""
    return np.array([0.0 if name == "bias" else 1.0 for name in NAMES])

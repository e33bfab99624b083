"""Fitting: the text model by seeded AdaGrad, its calibration, and the signed weights of the reasons.

Pure numpy on hashed features, so that the same texts give the same model on every machine.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from classifiers.scoring import NAMES, PRIORS
from classifiers.textmodel import SIZE, Indexes, SignalTextCat

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Recipe:
    """Everything that shapes a model besides its texts."""

    seed: int = 7
    epochs: int = 20
    rate_text: float = 0.8
    rate_signals: float = 0.04
    decay: float = 5e-4
    drop_text: float = 0.2  # how often an example is learned from its signals alone: what carries to new languages
    drop_signals: float = 0.3
    frame_copies: int = 3  # fillings of each frame
    folds: int = 5
    prior_strength: float = 120.0  # examples' worth of belief in scoring.PRIORS


@dataclass(frozen=True)
class Learnable:
    """One example as the model sees it."""

    text: Indexes
    signals: Indexes
    label: int


def fit_text_model(examples: list[Learnable], recipe: Recipe) -> SignalTextCat:
    """Logistic regression by AdaGrad with group dropout; deterministic for a given recipe and order of examples."""
    model = SignalTextCat()
    rng = np.random.default_rng(recipe.seed)
    squares_text = np.full(SIZE, 1.0, np.float32)
    squares_signals = np.full(SIZE, 1.0, np.float32)
    for _ in range(recipe.epochs):
        for number in rng.permutation(len(examples)):
            example = examples[number]
            chance = rng.random()
            text = example.text if chance >= recipe.drop_text else example.text[:0]
            signals = example.signals if chance < 1 - recipe.drop_signals else example.signals[:0]
            _step(model, text, signals, example.label, recipe, squares_text, squares_signals)
    return model


def _step(
    model: SignalTextCat,
    text: Indexes,
    signals: Indexes,
    label: int,
    recipe: Recipe,
    squares_text: npt.NDArray[np.float32],
    squares_signals: npt.NDArray[np.float32],
) -> None:
    error = 1 / (1 + math.exp(-max(min(model.score(text, signals), 30), -30))) - label
    scale = 1 / math.sqrt(max(len(text), 1))
    for index, weights, squares, rate, factor in (
        (text, model.text, squares_text, recipe.rate_text, scale),
        (signals, model.signals, squares_signals, recipe.rate_signals, 1.0),
    ):
        gradient = error * factor + recipe.decay * weights[index]
        squares[index] += gradient * gradient
        weights[index] -= rate * gradient / np.sqrt(squares[index])
    model.bias -= 0.01 * error


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

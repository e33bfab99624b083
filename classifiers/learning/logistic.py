"""Logistic regression drawn towards a prior, by Newton's method with conjugate gradients: exact, for any size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from classifiers.learning.bags import Bags, Columns, Floats


@dataclass(frozen=True)
class Design:
    """Features of texts, one row each: a sparse part and, after it, a dense one."""

    sparse: Bags
    dense: Floats

    def __len__(self) -> int:
        return len(self.dense)

    @property
    def width(self) -> int:
        return self.sparse.width + int(self.dense.shape[1])

    def times(self, weights: Floats) -> Floats:
        """One number per row."""
        return self.sparse.times(weights[: self.sparse.width]) + _product(
            "ij,j->i", self.dense, weights[self.sparse.width :]
        )

    def transposed_times(self, by_row: Floats) -> Floats:
        """One number per feature."""
        return np.concatenate((self.sparse.transposed_times(by_row), _product("ij,i->j", self.dense, by_row)))

    def rows(self, chosen: Columns) -> Design:
        """Some rows, in the given order."""
        return Design(self.sparse.rows(chosen), self.dense[chosen])


def _product(subscripts: str, dense: Floats, vector: Floats) -> Floats:
    """Without threads: on matrices this small they cost more than they give, on a busy machine far more."""
    return np.asarray(np.einsum(subscripts, dense, vector), float)


def sigmoid(values: Floats) -> Floats:
    """1 / (1 + exp(-x)) without overflow."""
    return np.asarray(1 / (1 + np.exp(-np.clip(values, -40, 40))))


def fit_logistic(design: Design, labels: Floats, importance: Floats, offset: Floats, penalty: Floats) -> Floats:
    """Weights w that minimise sum(importance * logloss(offset + X w)) + sum(penalty * w^2) / 2."""

    def loss(at: Floats) -> float:
        z = offset + design.times(at)
        return float(importance @ (np.logaddexp(0, z) - labels * z) + penalty @ at**2 / 2)

    weights = np.zeros(design.width)
    now = loss(weights)
    for _ in range(50):
        p = sigmoid(offset + design.times(weights))
        gradient = design.transposed_times(importance * (p - labels)) + penalty * weights
        if np.abs(gradient).max(initial=0.0) < 1e-5:
            break
        step = _solve(design, importance * p * (1 - p) + 1e-9, penalty, gradient)
        size, before = 1.0, now
        while (now := loss(weights - size * step)) > before and size > 1e-4:
            size /= 2
        if now >= before:
            break
        weights = weights - size * step
    return weights


def _solve(design: Design, curvature: Floats, penalty: Floats, gradient: Floats) -> Floats:
    """Conjugate gradients on (X' diag(curvature) X + diag(penalty)) x = gradient."""

    def matrix(v: Floats) -> Floats:
        return design.transposed_times(curvature * design.times(v)) + penalty * v

    return conjugate_gradients(matrix, gradient)


def conjugate_gradients(matrix: Callable[[Floats], Floats], target: Floats, rounds: int = 60) -> Floats:
    """Solve ``matrix(x) = target`` for a symmetric positive definite matrix (Hestenes and Stiefel 1952)."""
    found, left = np.zeros_like(target), target.copy()
    direction, length = left.copy(), float(left @ left)
    goal = 1e-8 * length
    for _ in range(rounds):
        if length <= goal:
            break
        image = matrix(direction)
        size = length / float(direction @ image)
        found += size * direction
        left -= size * image
        length, before = float(left @ left), length
        direction = left + length / before * direction
    return found

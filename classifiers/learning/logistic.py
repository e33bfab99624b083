"""Logistic regression drawn towards a prior, by Newton's method: by rows where these are few, else by features."""

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

    def kernel(self, by_feature: Floats) -> Floats:
        """Products of all rows with one another, every feature times its factor: shape (rows, rows)."""
        result = np.empty((len(self), len(self)))
        sparse, cut = self.sparse, self.sparse.width
        for row in range(len(self)):
            own = slice(sparse.starts[row], sparse.starts[row + 1])
            vector = np.zeros(cut)
            vector[sparse.columns[own]] = sparse.values[own]
            result[row] = self.times(by_feature * np.concatenate((vector, self.dense[row])))
        return result

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


def fit_by_rows(kernel: Floats, labels: Floats, importance: Floats, offset: Floats) -> Floats:
    """Numbers a, one a row, with which the weights of ``fit_logistic`` are X' a / penalty (representer theorem).

    ``kernel`` is X diag(1 / penalty) X'. Rows of a thousand features each cost little so.
    """

    def loss(at: Floats) -> float:
        z = offset + kernel @ at
        return float(importance @ (np.logaddexp(0, z) - labels * z) + at @ (z - offset) / 2)

    found = np.zeros(len(labels))
    now = loss(found)
    for _ in range(50):
        z = kernel @ found
        p = sigmoid(offset + z)
        curvature = np.maximum(importance * p * (1 - p), 1e-6)
        target = z + importance * (labels - p) / curvature
        step = np.linalg.solve(kernel + np.diag(1 / curvature), target) - found
        size, before = 1.0, now
        while (now := loss(found + size * step)) > before and size > 1e-4:
            size /= 2
        if now >= before - 1e-9:
            break
        found = found + size * step
    return found


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

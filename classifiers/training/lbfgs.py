"""Minimising a smooth convex function of many numbers: L-BFGS (Nocedal & Wright, Numerical Optimization, 7.2)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Function = Callable[[Floats], tuple[float, Floats]]

_MEMORY = 10
_SLOPE = 1e-4  # share of the expected descent that a step must bring
_CLOSE = 1e-4  # largest slope at which the bottom is reached


def minimise(function: Function, start: Floats, iterations: int) -> Floats:
    """The point where ``function`` (value and gradient at a point) is least, or the best after ``iterations``."""
    point, (value, gradient) = start, function(start)
    pairs: deque[tuple[Floats, Floats]] = deque(maxlen=_MEMORY)
    for _ in range(iterations):
        if np.abs(gradient).max() < _CLOSE:
            break
        direction = -_curved(gradient, pairs)
        descent = float(gradient @ direction)
        step = 1.0 if pairs else 1 / max(float(np.linalg.norm(gradient)), 1.0)
        new_value, new_gradient = function(point + step * direction)
        while new_value > value + _SLOPE * step * descent and step > 1e-10:
            step /= 2
            new_value, new_gradient = function(point + step * direction)
        moved, turned = step * direction, new_gradient - gradient
        if float(moved @ turned) > 1e-12:
            pairs.append((moved, turned))
        point, value, gradient = point + moved, new_value, new_gradient
    return point


def _curved(gradient: Floats, pairs: deque[tuple[Floats, Floats]]) -> Floats:
    """The gradient, corrected by the curvature seen in the last steps."""
    if not pairs:
        return gradient
    result, parts = gradient.copy(), []
    for moved, turned in reversed(pairs):
        share = float(moved @ result) / float(moved @ turned)
        parts.append(share)
        result -= share * turned
    moved, turned = pairs[-1]
    result *= float(moved @ turned) / float(turned @ turned)
    for (moved, turned), share in zip(pairs, reversed(parts), strict=True):
        result += (share - float(turned @ result) / float(moved @ turned)) * moved
    return result

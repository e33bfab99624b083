"""Probabilities as log-odds, in which reasons add up, and back."""

from __future__ import annotations

import math


def logit(probability: float) -> float:
    """Log-odds of a probability; 0 and 1 are taken for something very near them."""
    clipped = min(max(probability, 1e-9), 1 - 1e-9)
    return math.log(clipped / (1 - clipped))


def sigmoid(value: float) -> float:
    """The probability of log-odds, without overflow."""
    return 1 / (1 + math.exp(-value)) if value >= 0 else math.exp(value) / (1 + math.exp(value))

"""One assessor for all tests of this room: loading it is the slow part."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from classifiers.assessor import Assessor
from classifiers.learning.learned import Learned


@pytest.fixture(scope="session")
def assessor() -> Assessor:
    """The shipped lexicon, model and policy."""
    return Assessor.load()


@pytest.fixture(scope="session")
def corrected(assessor: Assessor) -> Callable[[float, float], Assessor]:
    """Makes an assessor with a correction of its log-odds, by scale and bias, whatever the text."""
    nothing = np.zeros(1 << 20, np.float32)

    def make(scale: float, bias: float) -> Assessor:
        learned = Learned(scale, bias, nothing + 1, nothing, nothing + 1, nothing, nothing)
        return assessor.with_learned(learned, f"corrected by {scale} and {bias}")

    return make

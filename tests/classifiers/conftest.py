"""One assessor for all tests of this room: loading it is the slow part."""

from __future__ import annotations

import pytest

from classifiers.assessor import Assessor


@pytest.fixture(scope="session")
def assessor() -> Assessor:
    """The shipped lexicon, model and policy."""
    return Assessor.load()

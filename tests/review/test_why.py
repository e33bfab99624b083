"""Why an item is here, in words of the reader's language."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from review.text import use_language
from review.why import conflict_words, why_here
from storage.decisions import ConflictError

PARTS = {"appendix": "I", "score": 0.8, "days": 3.0, "boosts": {"live_animal": 0.2, "cluster": 0.1}}


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    yield
    use_language("en")


def test_in_english() -> None:
    words = "Appendix I, score 0.80, a live animal, many listings say nearly the same, last seen 3 days ago"
    assert why_here(PARTS) == words
    assert why_here({}) == ""
    assert why_here({**PARTS, "appendix": None, "days": 0.4}).endswith("seen today")


def test_a_second_person_is_not_told_the_score() -> None:
    assert "0.80" not in why_here(PARTS, blind=True)


@pytest.mark.parametrize(("language", "begin"), [("es", "Apéndice I"), ("fr", "Annexe I"), ("th", "บัญชี I")])
def test_in_other_languages(language: str, begin: str) -> None:
    use_language(language)
    assert why_here(PARTS).startswith(begin)


def test_every_conflict_has_words() -> None:
    for kind in ("missing", "changed", "decided", "held", "own", ""):
        assert conflict_words(ConflictError("x", fix="y", kind=kind, who="ana"))

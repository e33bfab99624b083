"""Agreement figures against published examples, and against a case worked by hand."""

from __future__ import annotations

import pytest

from storage.agreement import alpha, kappa


def test_kappa_of_the_textbook() -> None:
    """Cohen's example as most textbooks have it: 20 yes/yes, 5 yes/no, 10 no/yes, 15 no/no."""
    rated = [("y", "y")] * 20 + [("y", "n")] * 5 + [("n", "y")] * 10 + [("n", "n")] * 15
    assert kappa(rated) == pytest.approx(0.4)


@pytest.mark.parametrize("rated", [[], [("a", "a")] * 5])
def test_kappa_is_undefined(rated: list[tuple[str, str]]) -> None:
    assert kappa(rated) is None


def test_alpha_of_krippendorff() -> None:
    """Example C of Krippendorff 2011: four observers, twelve units, missing values; nominal alpha 0.743."""
    columns = [
        "1 1 . 1", "2 2 3 2", "3 3 3 3", "3 3 3 3", "2 2 2 2", "1 2 3 4", "4 4 4 4", "1 1 2 1", "2 2 2 2", ". 5 5 5",
        ". . 1 1", ". . 3 .",
    ]  # fmt: skip
    units = [[value for value in column.split() if value != "."] for column in columns]
    assert alpha(units) == pytest.approx(0.743, abs=0.0005)


def test_alpha_is_undefined_without_difference_or_pairs() -> None:
    assert alpha([]) is None
    assert alpha([["a"], ["b"]]) is None
    assert alpha([["a", "a"]]) is None
    assert alpha([["a", "b"], ["b", "a"]]) == pytest.approx(-0.5)

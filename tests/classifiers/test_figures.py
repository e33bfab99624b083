"""Figures of judged texts, and the bars that the detector must clear on listings of other hands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.detection import bars, judge, outcome_of
from classifiers.assessor import Assessor
from classifiers.evaluating.figures import Outcome, auc, measure, measure_by, wilson
from classifiers.policy import TEXTS


def test_wilson_interval() -> None:
    low, high = wilson(8, 10)  # textbook value: 0.490-0.943
    assert (round(low, 3), round(high, 3)) == (0.490, 0.943)
    assert wilson(0, 5)[0] == 0.0 and wilson(5, 5)[1] == 1.0


def test_auc() -> None:
    assert auc([0.9, 0.8], [0.1, 0.2]) == 1.0
    assert auc([0.5], [0.5]) == 0.5
    assert auc([0.1, 0.9], [0.5]) == 0.5
    assert auc([], [0.5]) is None


def test_measures() -> None:
    outcomes = [
        Outcome(1, 0.9, "flag", "en"), Outcome(1, 0.2, "unsure", "en"), Outcome(1, 0.0, "clear", "th"),
        Outcome(0, 0.8, "flag", "th"), Outcome(0, 0.1, "clear", "th"),
    ]  # fmt: skip
    figures = measure(outcomes)
    assert figures.precision.value == 0.5
    assert figures.recall.value == pytest.approx(1 / 3)
    assert figures.queued.value == pytest.approx(2 / 3)
    assert figures.false_flags.value == 0.5
    assert figures.f1 == pytest.approx(0.4)
    assert set(measure_by(outcomes, "language")) == {"en", "th"}
    assert measure([]).f1 == 0.0


@pytest.mark.shared
def test_bars_on_the_development_listings(shared: Path) -> None:
    lines = (shared / "data" / "listings_dev.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    opinions = judge(Assessor.load(use=TEXTS), rows, tell_language=False)
    met = bars([outcome_of(*pair) for pair in zip(rows, opinions, strict=True)])
    assert met and all(met.values()), met

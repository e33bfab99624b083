"""Figures and the policy that turns scores into labels."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from classifiers.assessor import Assessor, Text
from classifiers.evaluation import Outcome, auc, measure, measure_by, wilson
from classifiers.policy import load_policy
from wildtrade.errors import ConfigError


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


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("flag: 0.5\n", "required"),
        (
            "flag: 0.1\nunsure: 0.5\nalone: 0.3\npictures_only: {most_words: 3, least_images: 1, score: 0.2}\n",
            "below flag",
        ),
        (
            "flag: 0.5\nunsure: 0.1\nalone: 0.6\npictures_only: {most_words: 3, least_images: 1, score: 0.2}\n",
            "never flag",
        ),
        ("flag: [\n", "YAML"),
        ("flag: 0.5\nunsure: 0.1\nalone: 0.4\nextra: 1\n", "not permitted"),
    ],
)
def test_broken_policy(tmp_path: Path, text: str, word: str) -> None:
    path = tmp_path / "detection.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=word):
        load_policy(path)


@pytest.mark.shared
def test_bar_on_the_development_listings(assessor: Assessor, shared: Path) -> None:
    rows = [json.loads(line) for line in (shared / "data" / "listings_dev.jsonl").read_text("utf-8").splitlines()]
    opinions = assessor.assess_many(Text(row["title"], row["description"], row["price"]) for row in rows)
    figures = measure([Outcome(r["label"], o.score, o.label.value) for r, o in zip(rows, opinions, strict=True)])
    assert figures.f1 >= 0.75
    assert figures.queued.value is not None and figures.queued.value >= 0.75

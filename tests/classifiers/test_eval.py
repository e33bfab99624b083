"""``wildtrade eval``, its measures, and the gate that keeps the committed model from getting worse."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from classifiers.assessor import Assessor
from classifiers.evaluating.gate import fallen, locked_figures
from classifiers.evaluating.measures import (
    area,
    calibration_error,
    f1,
    precision_at_recall,
    reliability,
    with_interval,
)
from classifiers.evaluating.report import evaluate_set
from classifiers.evaluating.sets import read_set
from classifiers.training.data import locked_files, read_examples
from wildtrade.cli import run
from wildtrade.errors import ConfigError

NO_FLAG = np.zeros(0, bool)


def test_the_committed_model_holds_its_figures(assessor: Assessor) -> None:
    """Fails when model, lexicon or code make detection worse. Meant so? `python -m classifiers.evaluating.gate`."""
    assert fallen(locked_figures(assessor)) == {}


@pytest.mark.parametrize(("scale", "bias"), [(1.0, 1.0), (1.0, -1.0), (0.0, 0.5)])
def test_the_gate_stops_a_worse_model(corrected: Callable[[float, float], Assessor], scale: float, bias: float) -> None:
    """One that flags too much, one that flags too little, one that knows nothing."""
    assert fallen(locked_figures(corrected(scale, bias)))


def test_the_locked_texts_are_many_and_varied() -> None:
    examples = read_examples(locked_files())
    assert len(examples) >= 400
    languages = {example.language for example in examples}
    assert languages >= {"en", "es", "pt", "fr", "zh", "th", "vi", "id", "ar", "sw", "af"}
    for language in languages:
        labels = [example.label for example in examples if example.language == language]
        assert 0 < sum(labels) < len(labels), language


def test_precision_where_nearly_all_is_found() -> None:
    truth = np.array([1.0] * 20 + [0.0] * 20)
    score = np.concatenate((np.linspace(0.9, 0.6, 20), np.linspace(0.5, 0.1, 20)))
    assert precision_at_recall(truth, score, NO_FLAG) == 1.0
    score[19] = 0.05  # one in twenty may be missed
    assert precision_at_recall(truth, score, NO_FLAG) == 1.0
    score[18] = 0.05  # the second may not
    assert precision_at_recall(truth, score, NO_FLAG) == 0.5
    assert precision_at_recall(np.zeros(3), np.zeros(3), NO_FLAG) is None


def test_calibration() -> None:
    score = np.repeat([0.05, 0.95], 100)
    truth = np.array([1.0] * 5 + [0.0] * 95 + [1.0] * 95 + [0.0] * 5)
    assert calibration_error(truth, score, NO_FLAG) == pytest.approx(0.0)
    assert calibration_error(1 - truth, score, NO_FLAG) == pytest.approx(0.9)
    assert [one.texts for one in reliability(truth, score)] == [100, 100]
    assert reliability(np.ones(1), np.ones(1))[0].low == 0.9


def test_interval_counts_clusters_not_texts() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 40).astype(float)
    score = np.clip(truth * 0.3 + rng.random(40) * 0.7, 0, 1)
    flag = score > 0.5
    apart = with_interval(f1, truth, score, flag, range(40))
    copied = [np.tile(values, 5) for values in (truth, score, flag)]
    together = with_interval(f1, *copied, list(range(40)) * 5)
    assert apart.low is not None and together.low is not None and apart.high and together.high
    assert together.high - together.low == pytest.approx(apart.high - apart.low, rel=0.2)
    one_sided = with_interval(area, np.ones(3), np.ones(3), np.ones(3, bool), range(3))
    assert one_sided.value is None and str(one_sided) == "-"


def write(path: Path) -> Path:
    rows = [
        {"id": f"e{n}", "title": title, "description": "call me", "label": label, "language": "en", "group": "g"}
        for n, (title, label) in enumerate(
            [("rhino horn for sale", 1), ("kitchen table oak", 0), ("pangolin scales dried, kilo", 1),
             ("garden hose", 0), ("winter coat", 0), ("red bicycle", 1)]
        )
    ]  # fmt: skip
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_eval_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path / "set.jsonl")
    assert run(["eval", str(path), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["texts"], said["wildlife"]) == (6, 3)
    assert said["precision"]["value"] == 1.0 and said["recall"]["n"] == 3
    assert said["by"]["language"]["en"]["texts"] == 6
    assert {"value", "low", "high"} == set(said["precision_at_95_recall"])
    assert said["errors"][0]["id"] == "e5" and said["errors"][0]["signals"]
    assert run(["eval", str(path)]) == 0
    shown = capsys.readouterr().out
    assert "By language" in shown and "Calibration" in shown and "red bicycle" in shown


def test_bad_lines_are_named_and_do_not_count(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path / "set.jsonl")
    path.write_bytes(path.read_bytes() + b'{"title": "x", "label": "yes"}\n{\n{"title": "y"}\n')
    assert run(["eval", str(path), "--json"]) == 6
    said = json.loads(capsys.readouterr().out)
    assert [(bad["line"], bad["field"]) for bad in said["bad_lines"]] == [(7, "label"), (8, None), (9, "label")]
    assert said["texts"] == 6


@pytest.mark.parametrize("content", [b"", b"\n\n", b"{\n", b"\xff\xfe\n"])
def test_nothing_to_measure(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "set.jsonl"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match="no labelled text"):
        read_set(path)
    with pytest.raises(ConfigError, match="cannot be read"):
        read_set(tmp_path / "missing.jsonl")


def test_same_seller_is_one_cluster(assessor: Assessor, tmp_path: Path) -> None:
    rows = [
        {"title": title, "label": n % 2, "seller": "s" if n < 2 else None, "category": "ivory"}
        for n, title in enumerate(["ivory bangle old", "garden hose green", "winter coat", "red bicycle"])
    ]
    path = tmp_path / "set.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    found, _ = read_set(path)
    assert found[0].cluster == found[1].cluster != found[2].cluster
    assert found[0].by == {"group": "ivory"}
    assert evaluate_set(assessor, found).whole.texts == 4

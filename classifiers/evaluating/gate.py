"""The figures a committed model must not fall below: ``python -m classifiers.evaluating.gate`` writes them down."""

from __future__ import annotations

import json
from pathlib import Path

from classifiers.assessor import Assessor
from classifiers.evaluating.figures import Figures, measure
from classifiers.training.data import locked_files, read_examples
from classifiers.training.recipe import evaluate

FILE = Path(__file__).resolve().parent.parent / "training" / "locked_figures.json"
ROOM = 0.01  # what rounding and a changed lexicon may cost without anyone asking why


def locked_figures(assessor: Assessor) -> Figures:
    """The detector's figures on the project's locked texts."""
    return measure(evaluate(assessor, read_examples(locked_files())))


def recorded() -> dict[str, float]:
    """The figures written down last."""
    figures: dict[str, float] = json.loads(FILE.read_text(encoding="utf-8"))["figures"]
    return figures


def as_recorded(figures: Figures) -> dict[str, float]:
    """Those of the figures that are held: higher is better for each."""
    return {
        "f1": round(figures.f1, 4),
        "auc": round(figures.auc or 0.0, 4),
        "recall_queued": round(figures.queued.value or 0.0, 4),
        "spared": round(1 - (figures.false_flags.value or 0.0), 4),  # innocent texts not flagged
    }


def fallen(figures: Figures) -> dict[str, tuple[float, float]]:
    """Figures below those written down, each with (then, now); empty where the gate is open."""
    now = as_recorded(figures)
    return {name: (then, now[name]) for name, then in recorded().items() if now[name] < then - ROOM}


def record(assessor: Assessor) -> dict[str, float]:
    """Write the figures of a model down."""
    figures = as_recorded(locked_figures(assessor))
    kept = {"model_version": assessor.model_version, "lexicon_version": assessor.lexicon_version, "figures": figures}
    FILE.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    return figures


if __name__ == "__main__":
    record(Assessor.load())

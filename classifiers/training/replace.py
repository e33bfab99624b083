"""Putting a new model in the place of the one in use, unless that one is better."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from classifiers.assessor import Assessor
from classifiers.evaluating.figures import Figures, measure
from classifiers.evaluating.gate import record
from classifiers.model_files import shipped_model
from classifiers.training.data import Example, locked_files, read_examples, training_files
from classifiers.training.recipe import evaluate, save, train
from wildtrade.errors import ConfigError

_TOLERANCE = 0.005  # F1 lost on the locked set that counts as equal


@dataclass(frozen=True)
class Outcome:
    """What came of a training: figures by set, and whether the new model is now in use."""

    replaced: bool
    verdict: str
    version: str
    figures: dict[str, Figures]

    def to_dict(self) -> dict[str, Any]:
        figures = {
            name: {**found.to_dict(), "n": found.recall.of + found.false_flags.of}
            for name, found in self.figures.items()
        }
        return {"replaced": self.replaced, "verdict": self.verdict, "version": self.version, "figures": figures}


def retrain(
    texts: Path | None = None, output: Path | None = None, locked: Path | None = None, *, force: bool = False
) -> Outcome:
    """Train on a folder of texts and replace the model at ``output`` unless it does better on the locked sets.

    Raises ConfigError where the texts cannot be learned from or a locked text is among them.
    """
    target = output or shipped_model()
    examples = read_examples(training_files(texts))
    held_back = read_examples(locked_files(locked))
    _refuse_leak(examples, held_back)
    trained = train(examples)
    with tempfile.TemporaryDirectory(prefix="wildtrade-model-") as folder:
        new = save(trained, Path(folder) / "model")
        figures = {"held out": trained.figures}
        replaced, verdict = True, "no locked set: replaced without comparison"
        if held_back:
            figures["locked, new"] = _figures(new.folder, held_back)
            replaced, verdict = _compare(target, figures, held_back, force)
        if replaced:
            save(trained, target)
            if target == shipped_model() and locked is None:
                record(Assessor.load())
        return Outcome(replaced, verdict, new.version, figures)


def _compare(target: Path, figures: dict[str, Figures], held_back: list[Example], force: bool) -> tuple[bool, str]:
    new = figures["locked, new"]
    try:
        old = figures["locked, in use"] = _figures(target, held_back)
    except ConfigError:
        return True, "no usable model was in use"
    if new.f1 + _TOLERANCE >= old.f1:
        return True, f"replaced: F1 {new.f1:.3f} on the locked set, {old.f1:.3f} before"
    if force:
        return True, f"replaced by force: F1 {new.f1:.3f} on the locked set, {old.f1:.3f} before"
    return False, f"kept the model in use: F1 {old.f1:.3f} on the locked set, the new one {new.f1:.3f}"


def _figures(folder: Path, examples: list[Example]) -> Figures:
    return measure(evaluate(Assessor.load(model=folder), examples))


def _refuse_leak(examples: list[Example], held_back: list[Example]) -> None:
    known = {(e.text.title, e.text.description) for e in examples}
    shared = [e.id for e in held_back if (e.text.title, e.text.description) in known]
    if shared:
        raise ConfigError(f"locked text {shared[0]!r} is also a training text", fix="remove it from the training texts")

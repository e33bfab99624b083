"""The recipe of the text model: texts and lexicon in, a model folder with its lineage and figures out."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from spacy.language import Language

from classifiers import textmodel
from classifiers.assessor import Assessor
from classifiers.cites import load_appendices
from classifiers.context import Evidence
from classifiers.evaluating.figures import Figures, Outcome, measure, measure_by
from classifiers.folders import write_folder
from classifiers.lexicon import Lexicon, load_lexicon
from classifiers.matcher import Matcher
from classifiers.model_files import ModelFiles, code_sha256
from classifiers.policy import load_policy
from classifiers.reading import Reader, Text
from classifiers.repairs import Vocabulary
from classifiers.scoring import Weights, reasons
from classifiers.training.cases import Case, build_cases, ordinary_words
from classifiers.training.data import Example, check_learnable
from classifiers.training.fit import Recipe, calibrate, fit_text_model, fit_weights
from classifiers.training.lbfgs import Floats
from wildtrade.records import Assessment


@dataclass(frozen=True)
class Trained:
    """A finished model in memory, with what it scored on examples held out from it."""

    pipeline: Language
    weights: dict[str, float]
    ordinary_words: list[str]
    held_out: list[Outcome]
    meta: dict[str, Any]

    @property
    def figures(self) -> Figures:
        return measure(self.held_out)


def train(examples: list[Example], recipe: Recipe | None = None, lexicon: Lexicon | None = None) -> Trained:
    """Build a model. Raises ConfigError where there is too little of either label to learn from."""
    recipe, lexicon = recipe or Recipe(), lexicon or load_lexicon()
    check_learnable(examples)
    matcher = Matcher(lexicon)
    ordinary = ordinary_words(matcher, lexicon, examples)
    nlp = textmodel.new_pipeline()
    cases = build_cases(examples, recipe, lexicon, Reader(matcher, matcher.vocabulary(ordinary)), nlp)
    judged = [case for case in cases if case.judged]
    logits = _held_out_logits(cases, judged, recipe)
    labels = np.array([float(case.example.label) for case in judged])
    slope, offset = calibrate(logits, labels)
    rows = [_amounts(case.evidence, slope * logit + offset) for case, logit in zip(judged, logits, strict=True)]
    weights = fit_weights(rows, labels, recipe)
    _install(nlp, fit_text_model([case.learnable for case in cases], recipe), slope, offset)
    held_out = _held_out_outcomes(judged, rows, labels, recipe, nlp)
    return Trained(nlp, weights, sorted(ordinary), held_out, _lineage(examples, recipe, lexicon))


def _held_out_logits(cases: list[Case], judged: list[Case], recipe: Recipe) -> Floats:
    """For each judged case the log-odds of a text model that never saw its fold."""
    models = [
        fit_text_model([case.learnable for case in cases if case.fold != fold], recipe) for fold in range(recipe.folds)
    ]
    return np.array([models[case.fold].score(case.learnable.text, case.learnable.signals) for case in judged])


def _amounts(evidence: Evidence, logit: float) -> dict[str, float]:
    total: dict[str, float] = defaultdict(float, bias=1.0)
    for reason in reasons(evidence, logit, ""):
        total[reason.name] += reason.amount
    return dict(total)


def _install(nlp: Language, model: textmodel.SignalTextCat, slope: float, offset: float) -> None:
    """Put the fitted weights into the pipeline, calibration multiplied in."""
    target = textmodel.component(nlp)
    target.text, target.signals = model.text * np.float32(slope), model.signals * np.float32(slope)
    target.bias = model.bias * slope + offset


def _held_out_outcomes(
    judged: list[Case], rows: list[dict[str, float]], labels: Floats, recipe: Recipe, nlp: Language
) -> list[Outcome]:
    """Outcomes of whole texts, judged by weights and a text model that never saw their fold."""
    fold_of = np.array([case.fold for case in judged])
    reader = Reader(Matcher(Lexicon((), (), (), "")), Vocabulary((), {}))
    policy, appendices = load_policy(), load_appendices()
    outcomes = []
    for fold in range(recipe.folds):
        kept = [row for row, other in zip(rows, fold_of, strict=True) if other != fold]
        weights = Weights(fit_weights(kept, labels[fold_of != fold], recipe))
        judge = Assessor(reader, nlp, weights, policy, appendices, lexicon_version="", model_version="held out")
        for case, row in zip(judged, rows, strict=True):
            if case.fold == fold and case.is_text:
                opinion = judge.conclude(case.example.text, case.evidence, row["model"])
                outcomes.append(_outcome(case.example, opinion))
    return outcomes


def _outcome(example: Example, opinion: Assessment) -> Outcome:
    return Outcome(example.label, opinion.score, opinion.label.value, example.language, example.difficulty)


def _lineage(examples: list[Example], recipe: Recipe, lexicon: Lexicon) -> dict[str, Any]:
    texts = hashlib.sha256()
    for example in sorted(examples, key=lambda example: example.id):
        texts.update(json.dumps(asdict(example), ensure_ascii=False, sort_keys=True).encode())
    return {
        "recipe": asdict(recipe),
        "texts": {"count": len(examples), "positive": sum(e.label for e in examples), "sha256": texts.hexdigest()},
        "lexicon": lexicon.version,
        "code_sha256": code_sha256(),
    }


def evaluate(assessor: Assessor, examples: list[Example]) -> list[Outcome]:
    """Outcomes of an assessor on examples; the language is left for it to find out."""
    texts = (Text(e.text.title, e.text.description, e.text.price) for e in examples)
    return [_outcome(*pair) for pair in zip(examples, assessor.assess_many(texts), strict=True)]


def save(trained: Trained, folder: Path) -> ModelFiles:
    """Write a model folder, in one step: a half-written model is never seen."""
    write_folder(folder, partial(_fill, trained))
    return ModelFiles.read(folder)


def _fill(trained: Trained, folder: Path) -> None:
    trained.pipeline.to_disk(folder / "pipeline")
    (folder / "words.txt").write_text("\n".join(trained.ordinary_words) + "\n", encoding="utf-8")
    weights = {name: round(value, 6) for name, value in trained.weights.items()}
    digest = hashlib.sha256(textmodel.component(trained.pipeline).to_bytes() + json.dumps(weights).encode()).hexdigest()
    meta = {
        "version": f"text-{digest[:8]}",
        "weights": weights,
        **trained.meta,
        "held_out": trained.figures.to_dict(),
        "held_out_by_language": {k: v.to_dict() for k, v in measure_by(trained.held_out, "language").items()},
    }
    (folder / "meta.json").write_text(json.dumps(meta, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

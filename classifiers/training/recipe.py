"""The recipe of the text model: texts and lexicon in, a model folder with its lineage and figures out."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from classifiers import textmodel
from classifiers.assessor import Assessor, Reader, Text
from classifiers.cites import load_appendices
from classifiers.context import Evidence
from classifiers.evaluation import Figures, Outcome, measure, measure_by
from classifiers.features import signal_tokens
from classifiers.lexicon import Lexicon, load_lexicon
from classifiers.matcher import Matcher
from classifiers.model_files import ModelFiles
from classifiers.policy import load_policy
from classifiers.repairs import Vocabulary
from classifiers.scoring import Weights, reasons
from classifiers.training.data import Example, check_learnable
from classifiers.training.fit import Learnable, Recipe, calibrate, fit_text_model, fit_weights
from classifiers.training.groups import folds, near_duplicate_groups


@dataclass(frozen=True)
class Trained:
    """A finished model in memory, with what it scored on examples held out from it."""

    pipeline: Any
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
    reader = Reader(matcher, matcher.vocabulary(ordinary))
    evidence = [reader.read(example.text) for example in examples]
    nlp = textmodel.new_pipeline()
    learnable = _learnable(nlp, examples, evidence)
    labels = np.array([float(example.label) for example in examples])
    fold_of = folds(near_duplicate_groups([found.folded.text for found in evidence]), recipe.folds, recipe.seed)
    logits = np.zeros(len(examples))
    for fold in range(recipe.folds):
        model = fit_text_model([x for x, f in zip(learnable, fold_of, strict=True) if f != fold], recipe)
        for number in np.nonzero(fold_of == fold)[0]:
            logits[number] = model.score(learnable[number].text, learnable[number].signals)
    slope, offset = calibrate(logits, labels)
    calibrated = slope * logits + offset
    rows = [_amounts(found, float(logit)) for found, logit in zip(evidence, calibrated, strict=True)]
    final = fit_text_model(learnable, recipe)
    _install(nlp, final, slope, offset)
    weights = fit_weights(rows, labels, recipe)
    held_out = _held_out(examples, evidence, rows, labels, fold_of, recipe, nlp, lexicon)
    return Trained(nlp, weights, sorted(ordinary), held_out, _lineage(examples, recipe, lexicon))


def ordinary_words(matcher: Matcher, lexicon: Lexicon, examples: Iterable[Example]) -> set[str]:
    """Words that are not misspelt lexicon terms, whatever they resemble: those of innocent training texts, those seen
    in several texts, and those of the lexicon's own cues and guard phrases."""
    plain = Reader(matcher, Vocabulary((), {}))
    count: Counter[str] = Counter()
    for example in examples:
        words = set(plain.read(example.text).folded.text.split())
        count.update(dict.fromkeys(words, 2 if example.label == 0 else 1))
    words = {word for word, n in count.items() if n >= 2}
    for cue in lexicon.cues:
        words.update(_words(cue.text))
    for guard in lexicon.guards:
        for phrase in guard.phrases:
            words.update(_words(phrase))
    return {
        word for word in words if len(word) >= 4 and word.isascii() and word.isalpha() and word not in matcher.words
    }


def _words(text: str) -> list[str]:
    from classifiers.folding import fold_words

    return fold_words(text).split()


def _learnable(nlp: Any, examples: list[Example], evidence: list[Evidence]) -> list[Learnable]:
    found = []
    for example, seen in zip(examples, evidence, strict=True):
        text, signals = textmodel.features_of(textmodel.make_doc(nlp, seen.folded.text, signal_tokens(seen)))
        found.append(Learnable(text, signals, example.label))
    return found


def _amounts(evidence: Evidence, logit: float) -> dict[str, float]:
    total: Counter[str] = Counter({"bias": 1})
    for reason in reasons(evidence, logit, ""):
        total[reason.name] += reason.amount  # type: ignore[assignment]
    return dict(total)


def _install(nlp: Any, model: textmodel.SignalTextCat, slope: float, offset: float) -> None:
    """Put the fitted weights into the pipeline, calibration multiplied in."""
    target = textmodel.component(nlp)
    target.text, target.signals = model.text * np.float32(slope), model.signals * np.float32(slope)
    target.bias = model.bias * slope + offset


def _held_out(
    examples: list[Example],
    evidence: list[Evidence],
    rows: list[dict[str, float]],
    labels: Any,
    fold_of: Any,
    recipe: Recipe,
    nlp: Any,
    lexicon: Lexicon,
) -> list[Outcome]:
    """Outcomes of examples judged by weights and a text model that never saw their group."""
    outcomes: list[Outcome] = []
    policy, appendices = load_policy(), load_appendices()
    for fold in range(recipe.folds):
        kept = [row for row, f in zip(rows, fold_of, strict=True) if f != fold]
        weights = Weights(fit_weights(kept, labels[fold_of != fold], recipe))
        judge = Assessor(
            Reader(Matcher(Lexicon((), (), (), "")), Vocabulary((), {})), nlp, weights, policy, appendices,
            lexicon_version=lexicon.version, model_version="held out",
        )  # fmt: skip
        for number in np.nonzero(fold_of == fold)[0]:
            example = examples[number]
            opinion = judge._conclude(example.text, evidence[number], rows[number].get("model", 0.0))
            outcomes.append(
                Outcome(example.label, opinion.score, opinion.label.value, example.language, example.difficulty)
            )
    return outcomes


def _lineage(examples: list[Example], recipe: Recipe, lexicon: Lexicon) -> dict[str, Any]:
    texts = hashlib.sha256()
    for example in sorted(examples, key=lambda example: example.id):
        texts.update(json.dumps(asdict(example), ensure_ascii=False, sort_keys=True).encode())
    code = hashlib.sha256()
    here = Path(__file__).resolve().parent.parent
    for path in sorted([*here.glob("*.py"), *here.glob("training/*.py")]):
        code.update(path.name.encode() + b"\0" + path.read_bytes())
    return {
        "recipe": asdict(recipe),
        "texts": {"count": len(examples), "positive": sum(e.label for e in examples), "sha256": texts.hexdigest()},
        "lexicon": lexicon.version,
        "code_sha256": code.hexdigest(),
    }


def evaluate(assessor: Assessor, examples: list[Example]) -> list[Outcome]:
    """Outcomes of an assessor on examples; the language is left for it to find out."""
    texts = (Text(e.text.title, e.text.description, e.text.price) for e in examples)
    return [
        Outcome(example.label, opinion.score, opinion.label.value, example.language, example.difficulty)
        for example, opinion in zip(examples, assessor.assess_many(texts), strict=True)
    ]


def save(trained: Trained, folder: Path) -> ModelFiles:
    """Write a model folder, in one step: a half-written model is never seen."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=".model-", dir=folder.parent))
    trained.pipeline.to_disk(work / "pipeline")
    (work / "words.txt").write_text("\n".join(trained.ordinary_words) + "\n", encoding="utf-8")
    weights = {name: round(value, 6) for name, value in trained.weights.items()}
    digest = hashlib.sha256(textmodel.component(trained.pipeline).to_bytes() + json.dumps(weights).encode()).hexdigest()
    meta = {
        "version": f"text-{digest[:8]}",
        "weights": weights,
        **trained.meta,
        "held_out": trained.figures.to_dict(),
        "held_out_by_language": {k: v.to_dict() for k, v in measure_by(trained.held_out, "language").items()},
    }
    (work / "meta.json").write_text(json.dumps(meta, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    work.chmod(0o755)
    old = folder.with_name(f".{folder.name}-old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    work.rename(folder)
    shutil.rmtree(old, ignore_errors=True)
    return ModelFiles.read(folder)

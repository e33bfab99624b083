"""From texts to what is learned from: texts, filled frames and changed copies of texts, each with its fold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from spacy.language import Language

from classifiers import textmodel
from classifiers.context import Evidence
from classifiers.features import signal_tokens
from classifiers.folding import fold_words
from classifiers.lexicon import Lexicon
from classifiers.matcher import Matcher
from classifiers.reading import Reader
from classifiers.repairs import Vocabulary
from classifiers.training.augment import copies
from classifiers.training.data import Example
from classifiers.training.fit import Learnable, Recipe
from classifiers.training.frames import fill, read_frames
from classifiers.training.groups import folds, near_duplicate_groups


@dataclass(frozen=True)
class Case:
    """One thing to learn from. ``judged`` cases also serve to calibrate: texts and frames, not their copies."""

    example: Example
    evidence: Evidence
    learnable: Learnable
    fold: int
    judged: bool

    @property
    def is_text(self) -> bool:
        """Written as a whole text, not filled into a frame."""
        return self.judged and self.example.difficulty != "frame"


def build_cases(examples: list[Example], recipe: Recipe, lexicon: Lexicon, reader: Reader, nlp: Language) -> list[Case]:
    """All cases, texts first and in order. Near-duplicates share a fold, and so do all fillings of a frame."""
    evidence = [reader.read(example.text) for example in examples]
    fold_of = folds(near_duplicate_groups([found.folded.text for found in evidence]), recipe.folds, recipe.seed)
    cases = [
        _case(nlp, example, found, int(fold), recipe)
        for example, found, fold in zip(examples, evidence, fold_of, strict=True)
    ]
    frames = read_frames()
    number = {frame.id: at for at, frame in enumerate(frames)}
    for frame, example in fill(frames, lexicon, recipe.frame_copies, recipe.seed):
        cases.append(_case(nlp, example, reader.read(example.text), number[frame.id] % recipe.folds, recipe))
    return cases + [
        _copy(nlp, case, changed, recipe)
        for case in cases
        if case.is_text
        for changed in copies(case.example, case.evidence, reader)
    ]


def _case(nlp: Language, example: Example, evidence: Evidence, fold: int, recipe: Recipe) -> Case:
    weight = recipe.ordinary_weight if not (example.label or evidence.seen) else 1.0
    return Case(example, evidence, _learnable(nlp, evidence, example.label, weight), fold, judged=True)


def _copy(nlp: Language, case: Case, evidence: Evidence, recipe: Recipe) -> Case:
    learnable = _learnable(nlp, evidence, case.example.label, recipe.copy_weight)
    return replace(case, evidence=evidence, learnable=learnable, judged=False)


def _learnable(nlp: Language, evidence: Evidence, label: int, weight: float = 1.0) -> Learnable:
    text, signals = textmodel.features_of(textmodel.make_doc(nlp, evidence.folded.text, signal_tokens(evidence)))
    return Learnable(text, signals, label, weight)


def ordinary_words(matcher: Matcher, lexicon: Lexicon, examples: Iterable[Example]) -> set[str]:
    """Words that are not misspelt lexicon terms, whatever they resemble: those of innocent training texts, those seen
    in several texts, and those of the lexicon's own cues and guard phrases."""
    plain = Reader(matcher, Vocabulary((), {}))
    count: Counter[str] = Counter()
    for example in examples:
        words = set(plain.read(example.text).folded.text.split())
        count.update(dict.fromkeys(words, 2 if example.label == 0 else 1))
    known = {word for word, n in count.items() if n >= 2}
    for cue in lexicon.cues:
        known.update(fold_words(cue.text).split())
    for guard in lexicon.guards:
        for phrase in guard.phrases:
            known.update(fold_words(phrase).split())
    return {w for w in known if len(w) >= 4 and w.isascii() and w.isalpha() and w not in matcher.words}

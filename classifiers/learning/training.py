"""``wildtrade train --decisions``: from an exported file to a new model in use, or to the reason why not."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from classifiers.assessor import Assessor
from classifiers.evaluating.figures import Outcome, measure
from classifiers.folders import write_folder
from classifiers.learning.comparison import Comparison, Judged, compare
from classifiers.learning.decisions import Decided, Decisions, read_decisions
from classifiers.learning.learned import Learned
from classifiers.learning.learner import ALONE, Fitted, LearningRecipe, learn
from classifiers.learning.space import Space
from classifiers.learning.versions import current_model, install
from classifiers.logodds import sigmoid
from classifiers.model_files import ModelFiles, code_sha256, shipped_model
from classifiers.reading import Text
from classifiers.streaming import numbered, parse_line, read_content
from classifiers.training.data import Example, locked_files, read_examples, training_files
from wildtrade.errors import ConfigError, ParseError

_LOCKED = 5  # one group of decisions in so many is never learned from
_FEWEST = 5  # locked decisions of each label that a comparison needs
_FEW_TEXTS = 1000  # with fewer texts at hand, the project's training texts help to know the words
_REHEARSED = 400  # training texts learned again, so that what the shipped model knew is not forgotten


@dataclass(frozen=True)
class Place:
    """Where the model goes: a workspace that keeps versions, or one plain folder."""

    workspace: Path | None
    folder: Path | None = None

    @property
    def in_use(self) -> Path | None:
        """The model that is there now; None for the shipped one."""
        if self.workspace is not None:
            return current_model(self.workspace)
        return self.folder if self.folder is not None and self.folder.exists() else None


@dataclass(frozen=True)
class Options:
    """What a person chose: ``force`` replaces whatever the comparison says, ``decisions_alone`` leaves the project's
    texts out, in learning and in comparing, for a use case with labels of its own."""

    force: bool = False
    decisions_alone: bool = False
    unlabelled: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Result:
    """What came of it."""

    replaced: bool
    verdict: str
    version: str
    comparisons: dict[str, Comparison]
    decisions: Decisions
    meta: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        return {
            "replaced": self.replaced,
            "verdict": self.verdict,
            "version": self.version,
            "decisions": self.decisions.counts.to_dict(),
            "comparisons": {name: found.to_dict() for name, found in self.comparisons.items()},
            "held_out": self.meta["held_out"],
        }


def train_on_decisions(
    path: Path, place: Place, options: Options, *, lexicon: Path | None = None, policy: Path | None = None
) -> Result:
    """Learn from a decisions file, compare on texts not learned from, and use the new model unless it is worse.

    Raises ParseError or ConfigError for a file that cannot be learned from; the model in use is then as it was.
    """
    decisions = read_decisions(path)
    shipped = Assessor.load(lexicon, None, policy)
    in_use = place.in_use
    old = shipped if in_use is None else Assessor.load(lexicon, in_use, policy)
    open_, locked = split(decisions.items)
    recipe = ALONE if options.decisions_alone else LearningRecipe()
    unlabelled = [text for file in options.unlabelled for text in _unlabelled(file)]
    fitted = fit(shipped, open_, recipe, unlabelled)
    meta = _meta(decisions, fitted, open_, recipe, shipped, old, options)
    new = shipped.with_learned(fitted.learned, meta["version"])
    comparisons = _comparisons(old, new, locked, fitted, open_, shipped)
    meta["comparisons"] = {name: found.to_dict() for name, found in comparisons.items()}
    replaced, verdict = _verdict(comparisons, options)
    if replaced:
        _put(place, fitted.learned, meta)
    return Result(replaced, verdict, meta["version"], comparisons, decisions, meta)


def split(items: Sequence[Decided]) -> tuple[list[Decided], list[Decided]]:
    """Items to learn from, and the locked ones. By content, so that the locked stay so when decisions are added."""
    lot: dict[int, int] = {}
    for item in items:
        digest = hashlib.blake2b(item.canonical.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        number = int.from_bytes(digest)
        lot[item.group] = min(number, lot.get(item.group, number))
    locked = [item for item in items if lot[item.group] % _LOCKED == 0]
    return [item for item in items if lot[item.group] % _LOCKED], locked


def fit(shipped: Assessor, items: Sequence[Decided], recipe: LearningRecipe, unlabelled: Sequence[Text] = ()) -> Fitted:
    """Fit a correction of the shipped model to decided texts; ``unlabelled`` texts of the same kind make it better."""
    labels = [item.label for item in items]
    if len(set(labels)) < 2:
        fix = "decide more items, then export again"
        raise ConfigError("what is left to learn from has one label only", field="label", fix=fix)
    samples = list(shipped.sample_many(item.text for item in items))
    needed = recipe.rehearsal or len(items) + len(unlabelled) < _FEW_TEXTS
    examples = _some(read_examples(training_files()), recipe.seed) if needed else []
    known = list(shipped.sample_many(example.text for example in examples))
    rehearsed = [example.label for example in examples]
    words = [sample.text for sample in [*samples, *known]]
    words += [shipped.reader.read(text).folded.text for text in unlabelled]
    space = Space.learn(words, recipe.seed)
    groups = [item.group for item in items]
    if not recipe.rehearsal:
        return learn(samples, labels, groups, space, recipe=recipe, flag=shipped.flag_logit)
    return learn(samples, labels, groups, space, known, rehearsed, recipe, shipped.flag_logit)


def _some(examples: list[Example], seed: int) -> list[Example]:
    """Enough of the project's training texts to remember the rest by."""
    if len(examples) <= _REHEARSED:
        return examples
    return [examples[at] for at in np.random.default_rng(seed).choice(len(examples), _REHEARSED, replace=False)]


def _unlabelled(path: Path) -> Iterator[Text]:
    for number, line in numbered(read_content(path).splitlines()):
        read = parse_line(line, str(path), number)
        if read.text is None:
            raise read.error or ParseError("cannot be used", file=str(path), line=number)
        yield read.text


def _comparisons(
    old: Assessor, new: Assessor, locked: list[Decided], fitted: Fitted, learned_from: list[Decided], shipped: Assessor
) -> dict[str, Comparison]:
    own = read_examples(locked_files())
    texts = [Text(e.text.title, e.text.description, e.text.price) for e in own]
    found = {"project's locked texts": _compared(old, new, texts, [e.label for e in own], list(range(len(own))))}
    wildlife = sum(item.label for item in locked)
    if min(wildlife, len(locked) - wildlife) >= _FEWEST:
        labels, groups = [item.label for item in locked], [item.group for item in locked]
        found["locked decisions"] = _compared(old, new, [item.text for item in locked], labels, groups)
    else:
        found["decisions, cross-validated"] = _cross_validated(fitted, learned_from, old, shipped)
    return found


def _compared(
    old: Assessor, new: Assessor, texts: Sequence[Text], labels: Sequence[int], groups: Sequence[int]
) -> Comparison:
    flags = [[opinion.label.value == "flag" for opinion in model.assess_many(texts)] for model in (old, new)]
    return compare([Judged(bool(t), o, n, g) for t, o, n, g in zip(labels, *flags, groups, strict=True)])


def _cross_validated(fitted: Fitted, items: list[Decided], old: Assessor, shipped: Assessor) -> Comparison:
    """Too few locked decisions to tell: each text judged by a correction that never saw its group."""
    flag = shipped.flag_logit
    before = [opinion.label.value == "flag" for opinion in old.assess_many(item.text for item in items)]
    pairs = zip(items, before, fitted.held_out, strict=True)
    return compare([Judged(bool(item.label), was, bool(logit >= flag), item.group) for item, was, logit in pairs])


def _verdict(comparisons: dict[str, Comparison], options: Options) -> tuple[bool, str]:
    own, on_decisions = comparisons.values()
    said = "; ".join(f"{name}: {found}" for name, found in comparisons.items())
    if options.force:
        return True, f"replaced by force. {said}"
    if not on_decisions.better or on_decisions.clearly_worse:
        return False, f"kept the model in use: the new one is not better on the decisions. {said}"
    if own.clearly_worse and not options.decisions_alone:
        return False, (
            f"kept the model in use: the new one forgets what the project's texts ask for. {said}. If the labels of "
            "your use case differ from the project's, add --decisions-alone"
        )
    return True, f"replaced. {said}"


def _meta(
    decisions: Decisions, fitted: Fitted, items: list[Decided], recipe: LearningRecipe, shipped: Assessor,
    old: Assessor, options: Options,
) -> dict[str, Any]:  # fmt: skip
    """Version and lineage: what the model was made from, in hashes, and what it replaced."""
    pairs = zip(items, fitted.held_out, strict=True)
    judged = [
        Outcome(item.label, sigmoid(float(logit)), "flag" if logit >= shipped.flag_logit else "clear")
        for item, logit in pairs
    ]
    lineage = {
        "base": shipped.model_version,
        "decisions_sha256": decisions.sha256,
        "unlabelled_sha256": [hashlib.sha256(path.read_bytes()).hexdigest() for path in options.unlabelled],
        "learned_from": len(items),
        "lexicon": shipped.lexicon_version,
        "code_sha256": code_sha256(),
        "learning_recipe": asdict(recipe) | {"strength": fitted.strength},
    }
    digest = hashlib.sha256(json.dumps(lineage, sort_keys=True).encode()).hexdigest()
    version = f"{shipped.model_version}+decisions-{digest[:8]}"
    return {
        "version": version,
        "parent": old.model_version,
        "decisions": decisions.counts.to_dict(),
        "held_out": measure(judged).to_dict(),
        **lineage,
    }


def _put(place: Place, learned: Learned, meta: dict[str, Any]) -> None:
    """The shipped model's files, what was learned, and the lineage, in one step."""

    def fill(folder: Path) -> None:
        shutil.copytree(shipped_model(), folder, dirs_exist_ok=True)
        learned.write(folder)
        whole = {**ModelFiles.read(folder).meta, **meta}
        (folder / "meta.json").write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

    if place.workspace is not None:
        install(place.workspace, meta["version"], fill)
    elif place.folder is not None:
        write_folder(place.folder, fill)

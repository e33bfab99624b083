"""How fast decisions teach: F1 on a locked test part after so many decisions of a use case the model never saw.

The baseline is TF-IDF with logistic regression (scikit-learn) after 400 decisions drawn at random, with or without
class weights, whichever is better. Ours is what ``wildtrade train --decisions --decisions-alone`` fits, on decisions
chosen by ``classifiers.learning.choosing``: twenty from the middles of clusters, then by doubt. ``--set`` measures one
more use case: JSON Lines with title, description and label; ``--rehearse`` as without ``--decisions-alone``.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.report import finish
from classifiers.assessor import Assessor
from classifiers.learning.bags import Bags
from classifiers.learning.choosing import choose, choose_first
from classifiers.learning.learned import Sample
from classifiers.learning.learner import ALONE, LearningRecipe, learn
from classifiers.learning.space import Space
from classifiers.reading import Text
from classifiers.training.data import read_examples, training_files
from classifiers.training.groups import near_duplicate_groups

SHARED = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
STEPS = (50, 100, 150, 250)
BASELINE = 400
_FIRST, _BATCH = 20, 10  # decisions before the first model, and between two
_POOL, _TEST = 3000, 1500
_REHEARSED = 400


@dataclass(frozen=True)
class UseCase:
    """Texts with labels; ``floor``: F1 wanted after 250 decisions."""

    name: str
    texts: list[Text]
    labels: list[int]
    floor: float | None = None


def bird_cases() -> Iterator[UseCase]:
    """Not a bird; poultry or pigeon; wanted: three questions about 16,509 Australian classifieds."""
    with (SHARED / "bird_classifieds.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for name in ("label1", "label2", "label3"):
        known = [row for row in rows if row[name] in ("0", "1")]
        texts = [Text(None, row["text_stop_stem"]) for row in known]
        yield UseCase(f"birds {name}", texts, [int(row[name]) for row in known], 0.8)


def own_case(path: Path) -> UseCase:
    """A use case from a labelled JSON Lines file."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    texts = [Text(row.get("title"), row.get("description"), row.get("price")) for row in rows]
    return UseCase(path.stem, texts, [int(row["label"]) for row in rows])


@dataclass(frozen=True)
class Split:
    """A draw of pool and test part."""

    pool: list[Sample]
    pool_labels: np.ndarray
    test: list[Sample]
    test_labels: np.ndarray


def split(samples: Sequence[Sample], labels: Sequence[int], seed: int) -> Split:
    """At most _POOL and _TEST texts; near-duplicates on one side, and in the test part only once."""
    rng = np.random.default_rng(seed)
    drawn = rng.permutation(len(samples))[: _POOL + _TEST]
    groups = np.array(near_duplicate_groups([samples[at].text for at in drawn]))
    names = rng.permutation(np.unique(groups))
    in_test = np.isin(groups, names[: round(len(names) * _TEST / (_POOL + _TEST))])
    first = np.zeros(len(drawn), bool)
    first[np.unique(groups, return_index=True)[1]] = True
    test, pool = drawn[in_test & first], drawn[~in_test]
    truth = np.array(labels)
    return Split([samples[at] for at in pool], truth[pool], [samples[at] for at in test], truth[test])


def f1(truth: np.ndarray, flags: np.ndarray) -> float:
    return float(2 * (truth & flags).sum() / max(truth.sum() + flags.sum(), 1))


def baseline(parts: Split, count: int) -> dict[str, float]:
    """TF-IDF and logistic regression on the first ``count`` texts of the pool (it is in random order)."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"\S+")
    learned = words.fit_transform([sample.text for sample in parts.pool[:count]])
    tested = words.transform([sample.text for sample in parts.test])
    found = {}
    for name, weight in (("plain", None), ("balanced", "balanced")):
        model = LogisticRegression(class_weight=weight, max_iter=1000)
        labels = parts.pool_labels[:count]
        flags = model.fit(learned, labels).predict(tested) if len(set(labels)) > 1 else np.zeros(len(parts.test), int)
        found[name] = f1(parts.test_labels, flags)
    return found


def curve(
    parts: Split, flag: float, seed: int, recipe: LearningRecipe, rehearsed: list[tuple[Sample, int]]
) -> dict[int, float]:
    """F1 on the test part at each of STEPS, deciding what the queue would show next."""
    quick = replace(recipe, strengths=recipe.strengths[2:3], folds=3)
    space = Space.learn([sample.text for sample in [*parts.pool, *(sample for sample, _ in rehearsed)]])
    logits = np.array([sample.logit for sample in parts.pool])
    placed = space.place(Bags.stack([sample.words for sample in parts.pool]).scaled(space.rarity))
    decided = [choice.place for choice in choose_first(placed, _FIRST, seed)]
    found: dict[int, float] = {}
    while len(decided) < min(STEPS[-1], len(parts.pool)):
        left = np.setdiff1d(np.arange(len(parts.pool)), decided)
        texts = [parts.pool[at].text for at in left]
        chosen = choose(texts, logits[left], _BATCH, flag=flag, seed=seed * 1000 + len(decided))
        decided += [int(left[choice.place]) for choice in chosen]
        labels = parts.pool_labels[decided].tolist()
        if len(set(labels)) < 2:
            continue
        samples, step = [parts.pool[at] for at in decided], len(decided) in STEPS
        known = [list(part) for part in zip(*rehearsed, strict=True)] or [[], []]
        groups = list(range(len(decided)))
        model = learn(samples, labels, groups, space, *known, recipe=recipe if step else quick, flag=flag).learned
        logits = np.array([sample.logit + model.correction(sample) for sample in parts.pool])
        if step:
            scores = np.array([sample.logit + model.correction(sample) for sample in parts.test])
            found[len(decided)] = f1(parts.test_labels, scores >= flag)
    return found


def measure(assessor: Assessor, case: UseCase, seeds: int, rehearsed: list[tuple[Sample, int]]) -> dict[str, Any]:
    """Means over the seeds; prints one line a use case."""
    samples = list(assessor.sample_many(case.texts))
    recipe = LearningRecipe() if rehearsed else ALONE
    ours: dict[int, list[float]] = defaultdict(list)
    theirs: dict[str, list[float]] = defaultdict(list)
    shipped = []
    for seed in range(seeds):
        parts = split(samples, case.labels, seed)
        for count, value in curve(parts, assessor.flag_logit, seed, recipe, rehearsed).items():
            ours[count].append(value)
        for name, value in baseline(parts, BASELINE).items():
            theirs[name].append(value)
        shipped.append(f1(parts.test_labels, np.array([s.logit for s in parts.test]) >= assessor.flag_logit))
    best = max(float(np.mean(values)) for values in theirs.values())
    means = {count: round(float(np.mean(values)), 3) for count, values in sorted(ours.items())}
    line = "  ".join(f"{count}: {value:.3f}" for count, value in means.items())
    print(
        f"{case.name:<14} shipped {np.mean(shipped):.3f}  {line}  | TF-IDF + LR after {BASELINE}: {best:.3f}",
        flush=True,
    )
    return {"shipped": round(float(np.mean(shipped)), 3), "ours": means, "baseline": round(best, 3)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--set", dest="sets", type=Path, action="append", help="another use case, instead")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--only", help="use cases whose name holds this")
    parser.add_argument("--rehearse", action="store_true", help="keep what the project's texts ask for")
    options = parser.parse_args()
    if not options.sets and not (SHARED / "bird_classifieds.csv").is_file():
        print(f"the classifieds are not on this machine: {SHARED}", file=sys.stderr)
        finish("learning_curve", {"skipped": str(SHARED)}, {})
    assessor = Assessor.load()
    rehearsed: list[tuple[Sample, int]] = []
    if options.rehearse:
        examples = read_examples(training_files())
        some = [examples[at] for at in np.random.default_rng(7).choice(len(examples), _REHEARSED, replace=False)]
        samples = assessor.sample_many(example.text for example in some)
        rehearsed = [(sample, example.label) for sample, example in zip(samples, some, strict=True)]
    cases = [own_case(path) for path in options.sets] if options.sets else list(bird_cases())
    figures, bars = {}, {}
    for case in cases:
        if options.only and options.only not in case.name:
            continue
        found = figures[case.name] = measure(assessor, case, options.seeds, rehearsed)
        after = found["ours"].get(100, 0.0)
        bars[f"{case.name}: {after:.3f} after 100 against {found['baseline']:.3f} after {BASELINE}"] = (
            after >= found["baseline"]
        )
        if case.floor is not None:
            last = found["ours"].get(STEPS[-1], 0.0)
            bars[f"{case.name}: {last:.3f} after {STEPS[-1]}, wanted {case.floor}"] = last >= case.floor
    finish("learning_curve", {"seeds": options.seeds, "cases": figures}, bars)


if __name__ == "__main__":
    main()

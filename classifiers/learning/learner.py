"""From labelled samples to a correction: logistic regression that starts from shipped model and unlabelled texts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from classifiers.learning.bags import WIDTH, Bags, Columns, Floats
from classifiers.learning.learned import Learned, Sample
from classifiers.learning.logistic import Design, fit_by_rows, fit_logistic
from classifiers.learning.space import Space
from classifiers.textmodel import SIZE as GRAMS
from classifiers.training.groups import folds

_FREE = 1e-3  # penalty of the bias
_FEW_ROWS = 2000  # up to here a fit by rows is quicker than one by features
# F1 is highest where what is as likely as half of that F1 is flagged (Lipton et al. 2014); with 0.8 in reach, 0.4.
_WORTH_FLAGGING = math.log(0.4 / 0.6)


@dataclass(frozen=True)
class LearningRecipe:
    """Everything that shapes a correction besides its decisions and texts."""

    seed: int = 7
    folds: int = 5
    strengths: tuple[float, ...] = (0.3, 1.0, 3.0, 10.0, 30.0)  # tried by cross-validation
    few: int = 60  # below so many decisions the middle strength is taken untried
    words: float = 1.0
    grams: float = 1.5
    directions: float = 1.5
    signals: float = 0.7
    shipped: float = 0.5
    prior: float = 1.0  # 1: start from the shipped model's opinion; 0: that opinion is one feature among others
    slope_pull: float = 1.0
    rehearsal: float = 0.1  # what the project's own texts count, all together, against all decisions


# For a use case with labels of its own: nothing the project's texts ask for is kept.
ALONE = LearningRecipe(rehearsal=0.0, prior=0.0)


@dataclass(frozen=True)
class Fitted:
    """A correction with the log-odds it gave each sample while that sample's group was held out (calibrated)."""

    learned: Learned
    held_out: Floats
    strength: float


class Samples:
    """Samples made into numbers once, to be fitted in parts."""

    def __init__(self, samples: Sequence[Sample], space: Space, recipe: LearningRecipe) -> None:
        self.space, self.recipe = space, recipe
        words = Bags.stack([sample.words for sample in samples]).scaled(space.rarity)
        grams = Bags.stack([sample.grams for sample in samples], GRAMS).scaled(space.gram_rarity)
        tokens = Bags.stack([sample.tokens for sample in samples]).scaled(np.ones(WIDTH))
        blocks = [words.compact(), grams.compact(), tokens.compact()]
        self.columns = [columns for _, columns in blocks]
        factors = (recipe.words, recipe.grams, recipe.signals)
        sparse = _beside([(block, factor) for (block, _), factor in zip(blocks, factors, strict=True)])
        self.shipped = np.array([sample.shipped for sample in samples])
        self.start = recipe.prior * self.shipped
        one = np.ones((len(samples), 1))
        dense = [recipe.directions * space.place(words), recipe.shipped * self.shipped[:, None], one]
        self.design = Design(sparse, np.concatenate(dense, axis=1))

    def fit(self, labels: Floats, importance: Floats, rows: Columns, strength: float) -> Floats:
        """Weights from some rows."""
        penalty = np.full(self.design.width, 1 / strength)
        penalty[-1] = _FREE
        design, labels, importance, start = self.design.rows(rows), labels[rows], importance[rows], self.start[rows]
        if len(self.design) > _FEW_ROWS:
            return fit_logistic(design, labels, importance, start, penalty)
        kernel = strength * self._kernel[np.ix_(rows, rows)] + 1 / _FREE
        return np.asarray(design.transposed_times(fit_by_rows(kernel, labels, importance, start)) / penalty, float)

    @cached_property
    def _kernel(self) -> Floats:
        every_feature = np.ones(self.design.width)
        every_feature[-1] = 0  # the bias has a penalty of its own
        return self.design.kernel(every_feature)

    def logits(self, weights: Floats) -> Floats:
        """Log-odds of all rows, not yet calibrated."""
        return self.start + self.design.times(weights)

    def learned(self, weights: Floats, slope: float, offset: float) -> Learned:
        """Weights and calibration as a correction of the shipped model."""
        recipe = self.recipe
        tables = np.zeros(WIDTH), np.zeros(GRAMS), np.zeros(WIDTH)
        at = 0
        factors = (recipe.words, recipe.grams, recipe.signals)
        for table, columns, factor in zip(tables, self.columns, factors, strict=True):
            table[columns] = factor * weights[at : at + len(columns)]
            at += len(columns)
        text, grams, signals = (slope * table for table in tables)
        text[self.space.known] += slope * recipe.directions * self.space.spread(weights[at:-2])
        scale = slope * (recipe.prior + recipe.shipped * weights[-2])
        found = (self.space.rarity, text, self.space.gram_rarity, grams, signals)
        return Learned(float(scale), float(slope * weights[-1] + offset), *(one.astype(np.float32) for one in found))


def learn(
    samples: Sequence[Sample], labels: Sequence[int], groups: Sequence[int], space: Space,
    rehearsed: Sequence[Sample] = (), rehearsed_labels: Sequence[int] = (), recipe: LearningRecipe | None = None,
    flag: float = 0.0,
) -> Fitted:  # fmt: skip
    """Fit a correction to labelled samples; ``groups`` are never split between learning and checking.

    ``rehearsed`` samples are those the shipped model was made from: what it knew is not to be forgotten. Both labels
    must occur. Strength and calibration come from held-out groups. ``flag``: the log-odds from which the policy flags;
    the corrected ones cross it where flagging does most for F1.
    """
    recipe = recipe or LearningRecipe()
    count = len(samples)
    made = Samples([*samples, *rehearsed], space, recipe)
    truth = np.array([*labels, *rehearsed_labels], float)
    fold_of = np.append(folds(list(groups), recipe.folds, recipe.seed), np.full(len(rehearsed), -1))
    middle = recipe.strengths[len(recipe.strengths) // 2]
    tried = []
    for strength in recipe.strengths if count >= recipe.few else (middle,):
        logits = _held_out(made, truth, fold_of, strength)
        importance = np.append(np.ones(count), _balanced(truth[count:], recipe.rehearsal * count))
        slope, offset = calibration(logits, truth, importance, recipe.slope_pull)
        calibrated = slope * logits[:count] + offset
        loss = float((np.logaddexp(0, calibrated) - truth[:count] * calibrated).mean())
        tried.append((loss, strength, slope, offset, calibrated))
    _, strength, slope, offset, held_out = min(tried, key=lambda one: one[0])
    weights = made.fit(truth, _importance(truth, fold_of, recipe), np.arange(len(truth)), strength)
    shift = flag - _WORTH_FLAGGING
    return Fitted(made.learned(weights, slope, offset + shift), held_out + shift, strength)


def _held_out(made: Samples, labels: Floats, fold_of: Columns, strength: float) -> Floats:
    """Log-odds of each sample from weights that never saw its fold; what is rehearsed (fold -1) is in all of them."""
    logits = made.start.copy()
    for fold in np.unique(fold_of):
        rest = np.flatnonzero((fold_of != fold) | (fold_of < 0))
        held = np.flatnonzero(fold_of == fold)
        decided = labels[rest][fold_of[rest] >= 0]
        if len(decided) and 0 < decided.mean() < 1:
            importance = np.zeros(len(labels))
            importance[rest] = _importance(labels[rest], fold_of[rest], made.recipe)
            logits[held] = made.logits(made.fit(labels, importance, rest, strength))[held]
    return logits


def _importance(labels: Floats, fold_of: Columns, recipe: LearningRecipe) -> Floats:
    """Decided samples count one each on average, the rehearsed ones together ``rehearsal`` times as much as these."""
    decided = fold_of >= 0
    importance = np.empty(len(labels))
    importance[decided] = _balanced(labels[decided], float(decided.sum()))
    importance[~decided] = _balanced(labels[~decided], recipe.rehearsal * float(decided.sum()))
    return importance


def _balanced(labels: Floats, total: float) -> Floats:
    """Shares of a total; both labels count the same, however rare one is."""
    count = np.maximum(np.bincount(labels.astype(int), minlength=2), 1)
    return np.asarray(total / 2 / count[labels.astype(int)], float)


def calibration(logits: Floats, labels: Floats, importance: Floats, pull: float) -> tuple[float, float]:
    """Platt scaling drawn towards slope 1, which few decisions cannot move far."""
    none = Bags.stack([np.empty(0, np.int64)] * len(logits), 0)
    design = Design(none, np.stack([logits, np.ones_like(logits)], axis=1))
    slope, offset = fit_logistic(design, labels, importance, logits, np.array([pull, 1e-2]))
    return max(1 + float(slope), 0.05), float(offset)


def _beside(parts: Sequence[tuple[Bags, float]]) -> Bags:
    """Sparse matrices of the same rows side by side, each times its factor."""
    order = np.argsort(np.concatenate([part.row_of for part, _ in parts]), kind="stable")
    before = np.cumsum([0, *(part.width for part, _ in parts)])
    columns = np.concatenate([part.columns + shift for (part, _), shift in zip(parts, before[:-1], strict=True)])
    values = np.concatenate([factor * part.values for part, factor in parts])
    starts = np.sum([part.starts for part, _ in parts], axis=0)
    return Bags(starts, columns[order], values[order], int(before[-1]))

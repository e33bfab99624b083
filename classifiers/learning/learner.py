"""From labelled samples to a correction: logistic regression that starts from shipped model and unlabelled texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from classifiers.learning.bags import WIDTH, Bags, Columns, Floats
from classifiers.learning.learned import Learned, Sample
from classifiers.learning.logistic import Design, fit_logistic
from classifiers.learning.space import Space
from classifiers.training.groups import folds


@dataclass(frozen=True)
class LearningRecipe:
    """Everything that shapes a correction besides its decisions and texts."""

    seed: int = 7
    folds: int = 5
    strengths: tuple[float, ...] = (1.0, 4.0, 16.0)  # tried by cross-validation
    few: int = 60  # below so many decisions the middle strength is taken untried
    words: float = 1.0
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
        bags = Bags.stack([sample.words for sample in samples]).scaled(space.rarity)
        tokens = Bags.stack([sample.tokens for sample in samples]).scaled(np.ones(WIDTH))
        words, self.word_columns = bags.compact()
        tokens, self.token_columns = tokens.compact()
        self.shipped = np.array([sample.shipped for sample in samples])
        self.start = recipe.prior * self.shipped
        one = np.ones((len(samples), 1))
        dense = [recipe.directions * space.place(bags), recipe.shipped * self.shipped[:, None], one]
        self.design = Design(_beside(words, recipe.words, tokens, recipe.signals), np.concatenate(dense, axis=1))

    def fit(self, labels: Floats, importance: Floats, rows: Columns, strength: float) -> Floats:
        """Weights from some rows."""
        penalty = np.full(self.design.width, 1 / strength)
        penalty[-1] = 1e-3
        return fit_logistic(self.design.rows(rows), labels[rows], importance[rows], self.start[rows], penalty)

    def logits(self, weights: Floats) -> Floats:
        """Log-odds of all rows, not yet calibrated."""
        return self.start + self.design.times(weights)

    def learned(self, weights: Floats, slope: float, offset: float) -> Learned:
        """Weights and calibration as a correction of the shipped model."""
        recipe, words = self.recipe, len(self.word_columns)
        directions = self.space.directions.shape[1]
        at = words + len(self.token_columns)
        text, signals = np.zeros(WIDTH), np.zeros(WIDTH)
        text[self.word_columns] = recipe.words * weights[:words]
        text[self.space.known] += recipe.directions * self.space.spread(weights[at : at + directions])
        signals[self.token_columns] = recipe.signals * weights[words:at]
        scale = recipe.prior + recipe.shipped * weights[-2]
        tables = (self.space.rarity, slope * text, slope * signals)
        numbers = (float(slope * scale), float(slope * weights[-1] + offset))
        return Learned(*numbers, *(table.astype(np.float32) for table in tables))


def learn(
    samples: Sequence[Sample], labels: Sequence[int], groups: Sequence[int], space: Space,
    rehearsed: Sequence[Sample] = (), rehearsed_labels: Sequence[int] = (), recipe: LearningRecipe | None = None,
) -> Fitted:  # fmt: skip
    """Fit a correction to labelled samples; ``groups`` are never split between learning and checking.

    ``rehearsed`` samples are those the shipped model was made from: what it knew is not to be forgotten. Both labels
    must occur. Strength and calibration come from held-out groups.
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
    return Fitted(made.learned(weights, slope, offset), held_out, strength)


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


def _beside(left: Bags, left_factor: float, right: Bags, right_factor: float) -> Bags:
    """Two sparse matrices of the same rows, side by side."""
    row_of = np.concatenate((left.row_of, right.row_of))
    order = np.argsort(row_of, kind="stable")
    columns_ = np.concatenate((left.columns, right.columns + left.width))[order]
    values = np.concatenate((left_factor * left.values, right_factor * right.values))[order]
    return Bags(left.starts + right.starts, columns_, values, left.width + right.width)

"""What unlabelled texts teach: how rare each word is, and which words keep the same company.

Latent semantic analysis (Deerwester et al. 1990) by randomised subspace iteration (Halko et al. 2011), so that a
decision about "cage" also says something about "aviary".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from classifiers.learning.bags import WIDTH, Bags, Columns, Floats, columns, pieces
from classifiers.textmodel import SIZE as GRAMS
from classifiers.textmodel import text_features

_DIRECTIONS = 100
_ROUNDS = 3
_MOST_TEXTS = 6000  # more texts make it slower, hardly better


@dataclass(frozen=True)
class Space:
    """``rarity`` of each hashed column (inverse document frequency); ``directions`` of the columns ``known``."""

    rarity: Floats
    gram_rarity: Floats
    known: Columns
    directions: Floats  # (columns known, directions), scaled so that an average text has length 1 in them

    @classmethod
    def learn(cls, texts: Sequence[str], seed: int = 7) -> Space:
        """From canonical texts, whatever they are about."""
        rng = np.random.default_rng(seed)
        if len(texts) > _MOST_TEXTS:
            texts = [texts[at] for at in np.sort(rng.choice(len(texts), _MOST_TEXTS, replace=False))]
        counted = Bags.stack([columns(pieces(text)) for text in texts])
        seen = np.bincount(counted.columns, minlength=WIDTH)
        rarity = _rarity(seen, len(texts))
        matrix, known = counted.scaled(np.where(seen > 1, rarity, 0.0)).compact()
        grams = np.zeros(GRAMS, np.int64)
        for text in texts:
            grams[text_features(text)] += 1
        return cls(rarity, _rarity(grams, len(texts)), known, _directions(matrix, rng))

    def place(self, bags: Bags) -> Floats:
        """Where texts lie along the directions, shape (texts, directions)."""
        number = np.full(WIDTH, -1)
        number[self.known] = np.arange(len(self.known))
        at = number[bags.columns]
        inside = at >= 0
        kept = np.concatenate(([0], np.cumsum(inside)))[bags.starts]
        return Bags(kept, at[inside], bags.values[inside], len(self.known)).times(self.directions)

    def spread(self, along: Floats) -> Floats:
        """Weights along the directions as weights of the columns ``known``."""
        return self.directions @ along


def _rarity(seen: Columns, texts: int) -> Floats:
    return np.asarray(np.log((1 + texts) / (1 + seen)) + 1, float)


def _directions(matrix: Bags, rng: np.random.Generator) -> Floats:
    count = min(_DIRECTIONS, len(matrix), matrix.width)
    if count == 0:
        return np.zeros((matrix.width, 0))
    across = matrix.transposed()
    sides = rng.normal(size=(len(matrix), count))
    for _ in range(_ROUNDS):
        sides = np.linalg.qr(matrix.times(across.times(sides)))[0]
    found = across.times(sides)
    found /= np.maximum(np.linalg.norm(found, axis=0), 1e-12)
    lengths = np.sqrt((matrix.times(found) ** 2).sum(axis=1).mean())
    return np.asarray(found / max(lengths, 1e-12))

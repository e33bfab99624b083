"""What was learned from decisions: a correction of the shipped model's log-odds, one more reason that adds up.

correction = (scale - 1) * shipped log-odds + bias + sum(text weights * rarity) / length + sum(gram weights * rarity) /
length + sum(signal weights) / length
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from classifiers.learning.bags import WIDTH, Columns, columns, pieces
from wildtrade.errors import ConfigError

FILE = "learned.npz"
LIMIT = 6.0  # the shipped log-odds count up to here; beyond it nothing is left to say
_Table = npt.NDArray[np.float32]
_TABLES = ("rarity", "text", "gram_rarity", "grams", "signals")


@dataclass(frozen=True)
class Sample:
    """One text as it is learned from: canonical text, signal tokens, the shipped model's log-odds."""

    text: str
    signals: Sequence[str]
    logit: float

    @cached_property
    def words(self) -> Columns:
        """Hashed pieces of the text."""
        return columns(pieces(self.text))

    @cached_property
    def grams(self) -> Columns:
        """Hashed words, word pairs and character n-grams, as the text model sees them."""
        from classifiers.textmodel import text_features

        return text_features(self.text).astype(np.int64)

    @cached_property
    def tokens(self) -> Columns:
        """Hashed signal tokens."""
        return columns(self.signals)

    @property
    def shipped(self) -> float:
        """The log-odds, limited."""
        return max(-LIMIT, min(LIMIT, self.logit))


@dataclass(frozen=True)
class Learned:
    """The correction, in tables: ``rarity`` and ``text`` by hashed piece, ``gram_rarity`` and ``grams`` by the hashed
    n-grams of the text model, ``signals`` by hashed signal token."""

    scale: float
    bias: float
    rarity: _Table
    text: _Table
    gram_rarity: _Table
    grams: _Table
    signals: _Table

    def correction(self, sample: Sample) -> float:
        """Log-odds to add to the shipped model's."""
        total = (self.scale - 1) * sample.shipped + self.bias
        total += _share(self.text, self.rarity, sample.words) + _share(self.grams, self.gram_rarity, sample.grams)
        if len(sample.tokens):
            total += float(self.signals[sample.tokens].sum()) / float(np.sqrt(len(sample.tokens)))
        return total + sample.shipped - sample.logit

    def write(self, folder: Path) -> None:
        """Write into a model folder."""
        arrays: dict[str, npt.NDArray[Any]] = {"numbers": np.array([self.scale, self.bias])}
        for name in _TABLES:
            table: _Table = getattr(self, name)
            usual = float(table.max()) if name.endswith("rarity") else 0.0  # what most columns hold is stored once
            at = np.flatnonzero(table != np.float32(usual)).astype(np.uint32)
            arrays |= {name: table[at], f"{name}_at": at, f"{name}_size": np.array([len(table), usual])}
        np.savez_compressed(folder / FILE, allow_pickle=False, **arrays)

    @classmethod
    def read(cls, folder: Path) -> Learned | None:
        """Read from a model folder; None where nothing was learned yet. Raises ConfigError for a broken file."""
        path = folder / FILE
        if not path.is_file():
            return None
        try:
            with np.load(path, allow_pickle=False) as stored:
                scale, bias = (float(number) for number in stored["numbers"])
                tables = {name: _table(stored, name) for name in _TABLES}
        except (OSError, ValueError, KeyError, IndexError, EOFError) as error:
            fix = "go back with `wildtrade train --back`, or train again"
            raise ConfigError(f"cannot be read: {error}", file=str(path), fix=fix) from error
        return cls(scale, bias, **tables)


def _share(weights: _Table, rarity: _Table, columns_: Columns) -> float:
    """Sum of weights times rarity, by the length of the text."""
    if not len(columns_):
        return 0.0
    rare = rarity[columns_]
    return float(weights[columns_] @ rare) / float(np.linalg.norm(rare))


def _table(stored: Mapping[str, npt.NDArray[Any]], name: str) -> _Table:
    size, usual = (float(number) for number in stored[f"{name}_size"])
    if not 0 < size <= WIDTH:
        raise ValueError(f"{name} has the size {size}")
    table = np.full(int(size), usual, np.float32)
    table[stored[f"{name}_at"]] = stored[name]
    return table

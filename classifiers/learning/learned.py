"""What was learned from decisions: a correction of the shipped model's log-odds, one more reason that adds up.

correction = (scale - 1) * shipped log-odds + bias + sum(text weights * rarity) / length + sum(signal weights) / length
"""

from __future__ import annotations

from collections.abc import Sequence
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
    def tokens(self) -> Columns:
        """Hashed signal tokens."""
        return columns(self.signals)

    @property
    def shipped(self) -> float:
        """The log-odds, limited."""
        return max(-LIMIT, min(LIMIT, self.logit))


@dataclass(frozen=True)
class Learned:
    """The correction. ``rarity`` and ``text`` are tables by hashed piece, ``signals`` by hashed signal token."""

    scale: float
    bias: float
    rarity: _Table
    text: _Table
    signals: _Table

    def correction(self, sample: Sample) -> float:
        """Log-odds to add to the shipped model's."""
        words, tokens = sample.words, sample.tokens
        total = (self.scale - 1) * sample.shipped + self.bias
        if len(words):
            total += float(self.text[words] @ self.rarity[words]) / float(np.linalg.norm(self.rarity[words]))
        if len(tokens):
            total += float(self.signals[tokens].sum()) / float(np.sqrt(len(tokens)))
        return total + sample.shipped - sample.logit

    def write(self, folder: Path) -> None:
        """Write into a model folder."""
        usual = np.float32(self.rarity.max())
        arrays: dict[str, npt.NDArray[Any]] = {"numbers": np.array([self.scale, self.bias, usual])}
        tables = (("rarity", self.rarity, usual), ("text", self.text, 0), ("signals", self.signals, 0))
        for name, table, empty in tables:
            at = np.flatnonzero(table != empty).astype(np.uint32)
            arrays |= {f"{name}_at": at, name: table[at]}
        np.savez_compressed(folder / FILE, allow_pickle=False, **arrays)

    @classmethod
    def read(cls, folder: Path) -> Learned | None:
        """Read from a model folder; None where nothing was learned yet. Raises ConfigError for a broken file."""
        path = folder / FILE
        if not path.is_file():
            return None
        try:
            with np.load(path, allow_pickle=False) as stored:
                scale, bias, usual = (float(number) for number in stored["numbers"])
                tables = [
                    _table(stored[f"{name}_at"], stored[name], empty)
                    for name, empty in (("rarity", usual), ("text", 0.0), ("signals", 0.0))
                ]
        except (OSError, ValueError, KeyError, IndexError, EOFError) as error:
            fix = "go back with `wildtrade train --back`, or train again"
            raise ConfigError(f"cannot be read: {error}", file=str(path), fix=fix) from error
        return cls(scale, bias, *tables)


def _table(at: npt.NDArray[np.uint32], values: _Table, empty: float) -> _Table:
    table = np.full(WIDTH, empty, np.float32)
    table[at] = values
    return table

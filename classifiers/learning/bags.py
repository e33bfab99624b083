"""Texts as bags of words and word pairs (character n-grams in scripts without spaces), hashed, as one sparse matrix."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from zlib import crc32

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Columns = npt.NDArray[np.int64]

BITS = 20
WIDTH = 1 << BITS
_SPACED = 0x0E00  # the scripts below this code point (Latin to Hebrew, Arabic, Devanagari) put spaces between words
_LONG = 24  # a run of letters longer than any word


def pieces(text: str) -> Iterator[str]:
    """Words and neighbouring pairs of a canonical text; pairs and triples of characters of what has no spaces."""
    words = text.split()
    for word in words:
        yield word
        if len(word) > _LONG or ord(max(word)) >= _SPACED:
            yield from (word[at : at + size] for size in (2, 3) for at in range(len(word) - size + 1))
    yield from (f"{one} {two}" for one, two in pairwise(words))


def columns(strings: Iterable[str]) -> Columns:
    """Hashed columns of strings, each once, in order."""
    return np.unique(np.fromiter((crc32(one.encode("utf-8", "surrogatepass")) for one in strings), np.int64) % WIDTH)


@dataclass(frozen=True)
class Bags:
    """A sparse matrix of shape (rows, width): row r holds ``values[starts[r]:starts[r + 1]]`` in those ``columns``."""

    starts: Columns
    columns: Columns
    values: Floats
    width: int

    @classmethod
    def stack(cls, rows: Sequence[Columns], width: int = WIDTH) -> Bags:
        """Ones in the given columns of each row."""
        starts = np.concatenate(([0], np.cumsum([len(row) for row in rows]))).astype(np.int64)
        flat = np.concatenate([*rows, np.empty(0, np.int64)]).astype(np.int64)
        return cls(starts, flat, np.ones(len(flat)), width)

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def row_of(self) -> Columns:
        """The row of each value."""
        return np.repeat(np.arange(len(self)), np.diff(self.starts))

    def times(self, vector: Floats) -> Floats:
        """Matrix times a vector of ``width`` numbers (or a matrix of ``width`` rows)."""
        if vector.ndim == 1:
            return np.asarray(np.bincount(self.row_of, self.values * vector[self.columns], len(self)), float)
        result = np.zeros((len(self), vector.shape[1]), vector.dtype)
        for row in range(len(self)):
            part = slice(self.starts[row], self.starts[row + 1])
            result[row] = self.values[part].astype(vector.dtype) @ vector[self.columns[part]]
        return result

    def transposed_times(self, vector: Floats) -> Floats:
        """Transposed matrix times a vector of one number per row."""
        return np.asarray(np.bincount(self.columns, self.values * vector[self.row_of], self.width), float)

    def transposed(self) -> Bags:
        """Columns as rows."""
        order = np.argsort(self.columns, kind="stable")
        starts = np.concatenate(([0], np.cumsum(np.bincount(self.columns, minlength=self.width)))).astype(np.int64)
        return Bags(starts, self.row_of[order], self.values[order], len(self))

    def scaled(self, by_column: Floats) -> Bags:
        """Every column times its factor, then every row brought to length 1 (an empty row stays empty)."""
        values = self.values * by_column[self.columns]
        lengths = np.sqrt(np.bincount(self.row_of, values**2, minlength=len(self)))
        return Bags(self.starts, self.columns, values / np.maximum(lengths, 1e-12)[self.row_of], self.width)

    def compact(self) -> tuple[Bags, Columns]:
        """The same without zeros and empty columns, and which columns are left."""
        full = self.values != 0
        starts = np.concatenate(([0], np.cumsum(full)))[self.starts].astype(np.int64)
        kept, columns = np.unique(self.columns[full], return_inverse=True)
        return Bags(starts, columns.astype(np.int64), self.values[full], len(kept)), kept

    def rows(self, chosen: Columns) -> Bags:
        """Some rows, in the given order."""
        lengths = np.diff(self.starts)[chosen]
        starts = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
        at = np.arange(starts[-1]) + np.repeat(self.starts[chosen] - starts[:-1], lengths)
        return Bags(starts, self.columns[at], self.values[at], self.width)

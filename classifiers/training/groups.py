"""Groups that must not be split: near-duplicate texts, so that no model is tested on what it has learned by heart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

_WIDTH = 4096
_ALIKE = 0.5  # cosine of word and word-pair sets


def near_duplicate_groups(texts: list[str]) -> list[int]:
    """A group number for each canonical text; texts that share most of their words share the number."""
    matrix = np.zeros((len(texts), _WIDTH), np.float32)
    for row, text in enumerate(texts):
        matrix[row, _columns(text)] = 1
    matrix /= np.maximum(np.linalg.norm(matrix, axis=1, keepdims=True), 1)
    pairs = (
        (start + int(row), int(column))
        for start in range(0, len(texts), 512)
        for row, column in zip(*np.nonzero(matrix[start : start + 512] @ matrix.T > _ALIKE), strict=True)
    )
    return _united(len(texts), pairs)


def together(groups: Sequence[int], keys: Sequence[str | None]) -> list[int]:
    """The groups, those joined that share a key (a seller); None is no key."""
    first: dict[int | str, int] = {}
    pairs = [
        (at, first.setdefault(name, at))
        for at, group in enumerate(groups)
        for name in (group, keys[at])
        if name is not None
    ]
    return _united(len(groups), pairs)


def _united(count: int, pairs: Iterable[tuple[int, int]]) -> list[int]:
    """Connected components (union-find), each named by one of its members."""
    parent = list(range(count))

    def root(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for one, other in pairs:
        parent[root(one)] = root(other)
    return [root(node) for node in range(count)]


def _columns(text: str) -> list[int]:
    from zlib import crc32

    words = text.split()
    pieces = words + [f"{a} {b}" for a, b in pairwise(words)]
    if len(words) < 12:  # unspaced scripts and very short texts
        pieces += [text[i : i + 4] for i in range(len(text) - 3)]
    return [crc32(piece.encode()) % _WIDTH for piece in pieces]


def folds(groups: list[int], count: int, seed: int) -> npt.NDArray[np.int64]:
    """A fold number for each item; a group is never split."""
    names = sorted(set(groups))
    order = np.random.default_rng(seed).permutation(len(names))
    fold_of = {name: int(order[at]) % count for at, name in enumerate(names)}
    return np.array([fold_of[group] for group in groups])

"""Copies of training examples that take away crutches: short texts, and guards that happen to know the context.

People write longer texts than we do, with more animals in them, and no list of guards knows every context.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import numpy as np

from classifiers.context import Evidence
from classifiers.training.data import Example


def lengthen(examples: list[Example], fold_of: list[int], seed: int) -> list[tuple[int, Example]]:
    """For each example, itself with an innocent text of its language and fold added; with the index of the original.

    An offer beside innocent words stays an offer; two innocent texts stay innocent.
    """
    rng = np.random.default_rng(seed)
    innocent: dict[tuple[str, int], list[int]] = defaultdict(list)
    for number, example in enumerate(examples):
        if example.label == 0:
            innocent[example.language, fold_of[number]].append(number)
    made = []
    for number, example in enumerate(examples):
        others = innocent[example.language, fold_of[number]]
        if others:
            other = examples[others[int(rng.integers(len(others)))]]
            made.append((number, _join(example, other, first=bool(rng.random() < 0.7))))
    return made


def _join(example: Example, other: Example, *, first: bool) -> Example:
    own = example.text.description or ""
    added = " ".join(part for part in (other.text.title, other.text.description) if part)
    description = f"{own} {added}" if first else f"{added} {own}"
    return replace(example, text=replace(example.text, description=description.strip()))


def without_guards(evidence: Evidence) -> Evidence | None:
    """The evidence as it would be had nobody written a guard for this context; None where there was none."""
    if not evidence.found.guards:
        return None
    seen = tuple(replace(one, guards=()) for one in evidence.seen)
    return replace(evidence, seen=seen, found=replace(evidence.found, guards=()))

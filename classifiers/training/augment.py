"""Changed copies of training texts: what the same text would say with one of its helps missing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from classifiers.context import Evidence
from classifiers.reading import Reader
from classifiers.training.data import Example

_LEAST_TITLE = 6  # characters that can say something


def copies(example: Example, evidence: Evidence, reader: Reader) -> Iterator[Evidence]:
    """The evidence of each changed copy that still has the example's label."""
    if (bare := without_guards(evidence)) is not None:
        yield bare
    if (short := title_only(example, reader)) is not None:
        yield short


def without_guards(evidence: Evidence) -> Evidence | None:
    """The evidence had nobody written a guard for this context, None where there was none: no list knows them all."""
    if not evidence.found.guards:
        return None
    seen = tuple(replace(one, guards=()) for one in evidence.seen)
    return replace(evidence, seen=seen, found=replace(evidence.found, guards=()))


def title_only(example: Example, reader: Reader) -> Evidence | None:
    """The evidence of the title and price alone; None where the title does not tell the label by itself."""
    text = example.text
    if not text.description or len(text.title or "") < _LEAST_TITLE:
        return None
    evidence = reader.read(replace(text, description=None))
    clear = {one.hit.strength for one in evidence.seen if one.clear}
    tells = bool(clear) if example.label else "strong" not in clear
    return evidence if tells else None

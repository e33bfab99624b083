"""What another lexicon would have said about the same texts, and which of its entries make the difference."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Generic, TypeVar

from classifiers.assessor import Assessor
from classifiers.reading import Text
from wildtrade.records import Assessment, Label, Signal

_BATCH = 256
_RANK = {Label.CLEAR: 0, Label.UNSURE: 1, Label.FLAG: 2}
_MOST_REASONS = 6

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Difference(Generic[Key]):
    """One text that two lexicons judge; ``reasons`` say which entries came ("+") or went ("-")."""

    key: Key
    before: Label
    after: Label
    score_before: float
    score_after: float
    reasons: tuple[str, ...]

    @property
    def new_flag(self) -> bool:
        """Flagged only now."""
        return self.after is Label.FLAG and self.before is not Label.FLAG

    @property
    def lost_flag(self) -> bool:
        """Flagged no more."""
        return self.before is Label.FLAG and self.after is not Label.FLAG

    @property
    def sinks(self) -> bool:
        """Further down than before: a confirmed item that does is lost."""
        return _RANK[self.after] < _RANK[self.before]


def compare(before: Assessor, after: Assessor, items: Iterable[tuple[Key, Text]]) -> Iterator[Difference[Key]]:
    """Assess each text with both, in order and in constant memory."""
    stream = iter(items)
    while batch := list(islice(stream, _BATCH)):
        texts = [text for _, text in batch]
        opinions = zip(batch, before.assess_many(texts), after.assess_many(texts), strict=True)
        for (key, _), old, new in opinions:
            yield Difference(key, old.label, new.label, old.score, new.score, tuple(_reasons(old, new)))


def _reasons(old: Assessment, new: Assessment) -> Iterator[str]:
    came, went = _named(new), _named(old)
    for source, signal in list(_only(came, went))[:_MOST_REASONS]:
        yield f"+ {source} {signal.text!r} ({signal.weight:+.2f})"
    for source, signal in list(_only(went, came))[:_MOST_REASONS]:
        yield f"- {source} {signal.text!r} ({signal.weight:+.2f})"
    moved = [(source, came[source].weight - went[source].weight) for source in came if source in went]
    if came.keys() == went.keys() and (moved := [(source, by) for source, by in moved if abs(by) >= 0.01]):
        source, by = max(moved, key=lambda one: abs(one[1]))
        yield f"~ {source} ({by:+.2f})"


def _named(opinion: Assessment) -> dict[str, Signal]:
    return {signal.source: signal for signal in opinion.signals}


def _only(one: dict[str, Signal], other: dict[str, Signal]) -> Iterator[tuple[str, Signal]]:
    return ((source, signal) for source, signal in one.items() if source not in other)


class Effect(Generic[Key]):
    """The differences counted, and the first of each kind kept, at most ``most`` of each."""

    def __init__(self, most: int) -> None:
        self.moves: Counter[tuple[Label, Label]] = Counter()
        self.new_flags: list[Difference[Key]] = []
        self.lost_flags: list[Difference[Key]] = []
        self._most = most

    def add(self, difference: Difference[Key]) -> None:
        """Count one."""
        self.moves[difference.before, difference.after] += 1
        for kept, belongs in ((self.new_flags, difference.new_flag), (self.lost_flags, difference.lost_flag)):
            if belongs and len(kept) < self._most:
                kept.append(difference)

    @property
    def new_flag_count(self) -> int:
        """How many are flagged only now, kept or not."""
        return sum(count for (old, new), count in self.moves.items() if new is Label.FLAG is not old)

    @property
    def lost_flag_count(self) -> int:
        """How many are flagged no more, kept or not."""
        return sum(count for (old, new), count in self.moves.items() if old is Label.FLAG is not new)

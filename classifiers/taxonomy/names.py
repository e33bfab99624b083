"""All names that are known, ready to be looked up: by full name, by genus, by epithet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from classifiers.taxonomy.spelling import allowed, fold, near


@dataclass
class NameIndex:
    """Folded names and the taxa they stand for. ``taxa`` holds (accepted name, rank); names point into it."""

    traded: int = 0  # the first so many taxa are known from trade
    taxa: list[tuple[str, str]] = field(default_factory=list)
    by_name: dict[str, tuple[int, ...]] = field(default_factory=dict)
    epithets: dict[str, list[str]] = field(default_factory=dict)
    genera_of: dict[str, list[str]] = field(default_factory=dict)
    moved: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    _numbers: dict[str, int] = field(default_factory=dict)
    _subspecies: dict[str, list[str]] = field(default_factory=dict)

    def add(self, name: str, rank: str) -> int:
        """Add an accepted name; returns its number."""
        number = self._numbers.get(name)
        if number is None:
            number = self._numbers[name] = len(self.taxa)
            self.taxa.append((name, rank))
            self._point(name, number)
        return number

    def add_synonym(self, name: str, taxon: int) -> None:
        """Add another scientific name of a taxon."""
        self._point(name, taxon)
        old, new = _folded(name).split()[0], _folded(self.taxa[taxon][0]).split()[0]
        if old != new:
            self.moved[old].add(new)

    def _point(self, name: str, number: int) -> None:
        key = _folded(name)
        before = self.by_name.get(key, ())
        if number not in before:
            self.by_name[key] = (*before, number)
        if before:
            return
        genus, *rest = key.split()
        known = self.epithets.setdefault(genus, [])
        if len(rest) == 1:
            known.append(rest[0])
            self.genera_of.setdefault(rest[0], []).append(genus)
        elif len(rest) == 2:
            self._subspecies.setdefault(f"{genus} {rest[0]}", []).append(key)

    def find(self, *words: str) -> tuple[int, ...]:
        """The taxa of a folded name; an accepted name wins over the same name used for something else."""
        key = " ".join(words)
        found = self.by_name.get(key, ())
        if len(found) > 1:
            accepted = tuple(number for number in found if _folded(self.taxa[number][0]) == key)
            return accepted or found
        return found

    def is_accepted(self, number: int, *words: str) -> bool:
        """Whether the folded words are the accepted name of the taxon."""
        return _folded(self.taxa[number][0]) == " ".join(words)

    def scientific(self) -> Iterator[tuple[str, str, int]]:
        """(name, "la", number) of every accepted name, then of every former one."""
        for number, (name, _) in enumerate(self.taxa):
            yield name, "la", number
        for key, numbers in self.by_name.items():
            for number in numbers:
                if not self.is_accepted(number, key):
                    yield key.capitalize(), "la", number

    def genus_of(self, number: int) -> str:
        """The folded genus of a taxon."""
        return _folded(self.taxa[number][0]).split()[0]

    def subspecies_of(self, number: int) -> list[str]:
        """The folded names of the subspecies of a species that are known."""
        return self._subspecies.get(_folded(self.taxa[number][0]), [])

    def genus_taxa(self, genus: str) -> tuple[int, ...]:
        """The genus itself; for one that is only a former name, where its species went, if they went together."""
        own = self.find(genus)
        went = self.moved.get(genus, set()) if not own else set()
        return self.find(*went) if len(went) == 1 else own

    def __hash__(self) -> int:
        return id(self)

    @lru_cache(maxsize=4_000)  # noqa: B019 one index lives as long as the process
    def near_genera(self, word: str) -> list[tuple[str, float]]:
        """Genera spelt like the word, with the cost of each."""
        return near(word, list(self.epithets), min(2, allowed(word)))


def _folded(name: str) -> str:
    return " ".join(fold(word) for word in name.split() if word not in ("var.", "subsp.", "ssp.", "f.", "x", "×"))

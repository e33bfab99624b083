"""The door to taxa: shipped facts, an imported list over them, and all names, in one place."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from classifiers.cites import Appendices, Listing, load_appendices, rank_of
from classifiers.taxonomy.names import NameIndex
from classifiers.taxonomy.resolver import Resolution, Resolver
from classifiers.taxonomy.spelling import fold
from classifiers.taxonomy.store import ImportedList, Manifest, StoredTaxon, parents
from classifiers.taxonomy.wording import load_words
from wildtrade.records import Taxon

_INSIDE, _FOREIGN, _FORMER = 8_000, 4_000, 2_000  # what puts a name behind others while someone types
_TERM_FORMS = ("any", "live", "plant")
_NO_NAMES = frozenset({"sex", "age", "origin", "trade"})


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A taxon that fits what is being typed: the taxon with Appendix and date, the name that fits and its language,
    and one common name in the language asked for (or empty)."""

    taxon: Taxon
    matched: str
    language: str
    common_name: str


def load_statuses(folder: Path | None) -> Appendices:
    """The dated statuses alone, without names: shipped ones, and those of the imported list in ``folder``."""
    imported = ImportedList.find(folder)
    return _over(load_appendices(), imported, list(imported.taxa()) if imported else [])


def _over(shipped: Appendices, imported: ImportedList | None, taxa: list[StoredTaxon]) -> Appendices:
    return shipped.with_index(imported.facts(taxa), parents(taxa)) if imported else shipped


class _Entry(NamedTuple):
    taxon: int
    language: str
    text: str
    rank: int  # small for what a person most likely means: a whole name, not a former one, short


class Checklist:
    """Statuses and names. Load once and keep: it does not change."""

    def __init__(self, appendices: Appendices, names: NameIndex, common: list[tuple[str, str, int]]) -> None:
        self.appendices = appendices
        self.shipped = appendices
        self.manifest: Manifest | None = None
        self._names = names
        self._common = common

    @classmethod
    def load(cls, folder: Path | None = None) -> Checklist:
        """The shipped taxa and, where ``folder`` (``workspace / "data" / "taxa"``) holds one, the imported list.

        Raises ConfigError for a bad shipped file, StorageError for an imported list that cannot be read."""
        shipped = load_appendices()
        imported = ImportedList.find(folder)
        taxa = list(imported.taxa()) if imported else []
        appendices = _over(shipped, imported, taxa)
        names = NameIndex()
        for name in [*shipped.listings, *shipped.parents]:
            _add(names, appendices, name)
        names.traded = len(names.taxa) if taxa else 0  # among few names the only one that fits proves little
        numbers = {taxon.id: _add(names, appendices, taxon.name) for taxon in taxa}
        for name, taxon_name in appendices.synonyms.items():
            names.add_synonym(name, names.add(taxon_name, rank_of(taxon_name)))
        common: list[tuple[str, str, int]] = []
        for taxon_id, language, text in imported.names() if imported else ():
            if language == "la":
                names.add_synonym(text, numbers[taxon_id])
            else:
                common.append((text, language, numbers[taxon_id]))
        checklist = cls(appendices, names, [*common, *_terms(names)])
        checklist.shipped = shipped
        checklist.manifest = imported.manifest if imported else None
        return checklist

    @cached_property
    def _resolver(self) -> Resolver:
        by_name: dict[str, list[int]] = defaultdict(list)
        for text, _, number in self._common:
            by_name[" ".join(fold(word) for word in text.split())].append(number)
        common = {name: self._narrowest(numbers) for name, numbers in by_name.items()}
        return Resolver(self._names, common, load_words())

    def _narrowest(self, numbers: list[int]) -> tuple[int, ...]:
        """Without groups that another of the taxa belongs to."""
        distinct = dict.fromkeys(numbers)
        if len(distinct) == 1:
            return tuple(distinct)
        wider = {name for number in distinct for name in self.appendices.lineage(self._names.taxa[number][0])[1:]}
        return tuple(number for number in distinct if self._names.taxa[number][0] not in wider)

    def prepare(self) -> Checklist:
        """Build now what the first search and the first resolution need; else they take the time."""
        self.search("aa")
        _ = self._resolver, self._spoken, self.appendices.below
        return self

    def resolve(self, text: str, context: Iterable[str] = (), day: date | None = None) -> Resolution:
        """The taxa a text names, with the Appendix of a day (today). ``context``: names met before, which settle
        abbreviations and ties. Never raises for any text."""
        found = self._resolver.resolve(text, context)
        return replace(found, taxa=tuple(self.taxon(taxon.name, day) for taxon in found.taxa))

    def taxon(self, name: str, day: date | None = None) -> Taxon:
        """The record of an accepted name with the Appendix of a day (today) and the date of the list that says so."""
        return self.appendices.taxon(name, self.rank(name), day or datetime.now(UTC).date())

    def rank(self, name: str) -> str:
        """The rank of an accepted name."""
        facts = self.appendices.listings.get(name)
        return (facts[-1].rank if facts else "") or rank_of(name)

    def history(self, name: str) -> list[Listing]:
        """Which Appendix from which day on, oldest first; empty where nothing is known."""
        return self.appendices.history(name)

    def names(self, name: str) -> list[tuple[str, str]]:
        """(language, name) of all common names of an accepted name."""
        return [(language, text) for text, language, number in self._common if self._names.taxa[number][0] == name]

    def search(self, prefix: str, language: str = "en", limit: int = 10) -> list[Suggestion]:
        """Taxa with a name, or a word of a name, that begins so: whole names before words inside, accepted names and
        those of the given language before others, short before long. One Latin letter is too little to look."""
        typed = " ".join(fold(word) for word in prefix.split())
        if limit < 1 or not typed or (len(typed) == 1 and typed.isascii()):
            return []
        keys, entries = self._typeahead
        first, last = bisect_left(keys, typed), bisect_left(keys, typed + "\U0010ffff")
        chosen: dict[int, _Entry] = {}
        spoken = ("la", language)
        for entry in sorted(
            entries[first:last], key=lambda entry: entry.rank if entry.language in spoken else entry.rank + _FOREIGN
        ):
            chosen.setdefault(entry.taxon, entry)
            if len(chosen) == limit:
                break
        return [self._suggestion(entry, language) for entry in chosen.values()]

    def _suggestion(self, entry: _Entry, language: str) -> Suggestion:
        common = self._spoken.get((entry.taxon, language), "")
        return Suggestion(self.taxon(self._names.taxa[entry.taxon][0]), entry.text, entry.language, common)

    @cached_property
    def _spoken(self) -> dict[tuple[int, str], str]:
        first: dict[tuple[int, str], str] = {}
        for text, language, number in self._common:
            first.setdefault((number, language), text)
        return first

    @cached_property
    def _typeahead(self) -> tuple[list[str], list[_Entry]]:
        """Every word start of every name, sorted: the folded rest of the name, and whose it is."""
        found: dict[tuple[str, int], _Entry] = {}
        for text, language, number in (*self._names.scientific(), *self._common):
            words = [fold(word) for word in text.split()]
            rank = len(text) + _FORMER * (language == "la" and text != self._names.taxa[number][0])
            for at in range(len(words)):
                found.setdefault(
                    (" ".join(words[at:]), number), _Entry(number, language, text, rank + _INSIDE * (at > 0))
                )
        order = sorted(found)
        return [key for key, _ in order], [found[key] for key in order]


def _add(names: NameIndex, appendices: Appendices, name: str) -> int:
    accepted = appendices.accepted(name)
    facts = appendices.listings.get(accepted)
    return names.add(accepted, facts[-1].rank if facts else rank_of(accepted))


def _terms(names: NameIndex) -> list[tuple[str, str, int]]:
    """The common names of the lexicon: words for the whole animal or plant that stand for one taxon, without those
    that say "baby" or "for sale"."""
    from classifiers.lexicon import load_lexicon

    noise = {word for word, kind in load_words().items() if kind in _NO_NAMES}
    chosen: dict[tuple[str, str, int], str] = {}
    for term in load_lexicon().terms:
        wanted = term.taxon and term.language != "la" and term.strength == "strong" and term.form in _TERM_FORMS
        if wanted and noise.isdisjoint(fold(word) for word in term.text.split()):
            number = names.add(term.taxon, term.rank or rank_of(term.taxon))
            chosen.setdefault((term.text, term.language, number), term.form)
    return sorted(chosen, key=lambda name: _TERM_FORMS.index(chosen[name]))

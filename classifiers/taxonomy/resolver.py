"""Which taxon does a written name mean? Exact names first, then spelling; where two are as near, it says so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from classifiers.taxonomy.matching import Found, match_words
from classifiers.taxonomy.names import NameIndex
from classifiers.taxonomy.spelling import fold
from classifiers.taxonomy.wording import LONGEST, Word, Wording, take_apart
from wildtrade.records import Taxon

_MOST_TAXA = 5
_DOUBT = 0.7
_AROUND = frozenset({"sex", "age", "origin", "size", "trade"})


class Kind(StrEnum):
    """How a written name was understood, surest first. ``genus_only``: a genus or a wider group, no species."""

    EXACT = "exact"
    SYNONYM = "synonym"
    FUZZY = "fuzzy"
    GENUS_ONLY = "genus_only"
    AMBIGUOUS = "ambiguous"
    NONE = "none"


_ORDER = list(Kind)
_SPECIES = frozenset({Kind.EXACT, Kind.SYNONYM, Kind.FUZZY})


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a text names. ``taxa`` holds one taxon; both parents of a hybrid; the candidates, nearest first, where the
    kind is ambiguous. ``confidence`` is in [0, 1], ``how`` says in English what was done."""

    kind: Kind
    taxa: tuple[Taxon, ...] = ()
    confidence: float = 0.0
    how: str = ""
    hybrid: bool = False

    @property
    def is_sure(self) -> bool:
        """Whether the species may be shown as the answer."""
        return self.kind in _SPECIES


@dataclass(frozen=True, slots=True)
class _Answer:
    kind: Kind
    taxa: tuple[int, ...]
    confidence: float
    how: str


class Resolver:
    """Resolves names against one index of names. ``common`` maps folded common names to taxa, ``words`` words that
    are no part of a name to their kind. The taxa it answers carry no Appendix: see ``Checklist``."""

    def __init__(self, names: NameIndex, common: Mapping[str, tuple[int, ...]], words: Mapping[str, str]) -> None:
        self._names = names
        self._common = common
        self._words = words

    def resolve(self, text: str, context: Iterable[str] = ()) -> Resolution:
        """Resolve one written name, with whatever stands around it. ``context`` holds names met before in the same
        place: they settle abbreviations ("P. regius") and ties."""
        text = text[:LONGEST]
        genera = [fold(name.split()[0]) for name in context if name.split()]
        wording = take_apart(text, self._words, self._is_epithet)
        answers: list[_Answer] = []
        for part in wording.parts:
            answer = self._part(part, genera, inherit=bool(answers))
            if answer.kind is not Kind.NONE:
                answers.append(answer)
                genera += [fold(self._names.taxa[number][0].split()[0]) for number in answer.taxa]
        if not answers:
            return self._common_name(text) or Resolution(Kind.NONE, how="no name of the list is near")
        return self._joined(answers, wording, self._common_name(text))

    def _is_epithet(self, genus: str, word: str) -> bool:
        return f"{genus} {word}" in self._names.by_name

    def _part(self, words: Sequence[Word], genera: Sequence[str], inherit: bool) -> _Answer:
        """One parent. Words outside brackets are tried before those inside, as in "Ball python (Python regius)"."""
        outside = [word for word in words if not word.inside]
        inside = [word for word in words if word.inside]
        readings = [outside, inside] if inside and outside else [list(words)]
        best = _Answer(Kind.NONE, (), 0.0, "")
        for reading in readings:
            answer = self._judge(match_words(self._names, reading, genera, inherit))
            if _ORDER.index(answer.kind) < _ORDER.index(best.kind):
                best = answer
        return best

    def _judge(self, found: Found) -> _Answer:
        """One taxon, or several that are as near."""
        if not found.taxa:
            return _Answer(Kind.NONE, (), 0.0, "")
        if len(found.taxa) > 1:
            how = f"{len(found.taxa)} taxa are as near ({found.how})"
            return _Answer(Kind.AMBIGUOUS, found.taxa[:_MOST_TAXA], found.confidence / len(found.taxa), how)
        return _Answer(Kind(found.kind), found.taxa, found.confidence, found.how)

    def _common_name(self, text: str) -> Resolution | None:
        """A common name that is the whole text but for age, sex and the like. Where only the last words are one
        ("furrowed wood turtle"), it is a hint: most common names end like those of other species."""
        whole = [fold(word) for word in text.split()]
        bare = [word for word in whole if self._words.get(word) not in _AROUND]
        for said in (whole, bare if len(bare) > 1 else []):
            if numbers := self._common.get(" ".join(said)):
                return self._resolution(self._by_common_name(numbers))
        for at in range(1, len(bare) - 1):
            if numbers := self._common.get(" ".join(bare[at:])):
                answer = _Answer(Kind.AMBIGUOUS, numbers[:_MOST_TAXA], 0.3, "ends like a common name")
                return self._resolution(answer)
        return None

    def _by_common_name(self, numbers: tuple[int, ...]) -> _Answer:
        species = all(self._names.taxa[number][1] in ("species", "subspecies") for number in numbers)
        kind = Kind.AMBIGUOUS if len(numbers) > 1 else Kind.SYNONYM if species else Kind.GENUS_ONLY
        return _Answer(kind, numbers[:_MOST_TAXA], 0.9 / len(numbers), "common name")

    def _joined(self, answers: Sequence[_Answer], wording: Wording, common: Resolution | None) -> Resolution:
        """All parents in one answer, as sure as the least sure of them."""
        weakest = max(answers, key=lambda answer: _ORDER.index(answer.kind))
        if common and weakest.kind not in _SPECIES and _ORDER.index(common.kind) <= _ORDER.index(weakest.kind):
            return common
        doubt = _DOUBT if wording.compared else 1.0
        how = "; ".join(dict.fromkeys(answer.how for answer in answers)) + (
            "; compared with it (cf.)" if doubt < 1 else ""
        )
        together = _Answer(
            weakest.kind,
            tuple(dict.fromkeys(number for answer in answers for number in answer.taxa)),
            round(min(answer.confidence for answer in answers) * doubt, 3),
            how,
        )
        return self._resolution(together, hybrid=wording.hybrid and len(together.taxa) > 1 and len(answers) > 1)

    def _resolution(self, answer: _Answer, hybrid: bool = False) -> Resolution:
        taxa = tuple(Taxon(name=name, rank=rank) for name, rank in (self._names.taxa[at] for at in answer.taxa))
        return Resolution(answer.kind, taxa, answer.confidence, answer.how, hybrid)

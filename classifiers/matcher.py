"""One pass over a folded text for the whole lexicon: an Aho-Corasick automaton and the rules that clean its hits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from classifiers.characters import is_unspaced
from classifiers.folding import Folded, fold_words
from classifiers.inflection import forms
from classifiers.lexicon import Cue, Guard, Lexicon, Term
from classifiers.repairs import Vocabulary

# Marks that belong to the syllable before them, and vowels written before the consonant they follow: a Thai or Lao
# match that ends before the first or begins after the second cuts a syllable in two.
_FOLLOWS = frozenset("ะัาำิีึืฺุู็่้๊๋์ํๅๆ" + "ະັາຳິີຶືຸູົຼຽ່້໊໋໌ໍ")
_LEADS = frozenset("เแโใไ" + "ເແໂໃໄ")
# A short Latin-script word means different things in different languages.
_SHORT = 5
_TINY = 3


class Hit(NamedTuple):
    """A lexicon term found in a folded text at ``start:end``; ``entries`` are the terms it may be, best first."""

    start: int
    end: int
    entries: tuple[Term, ...]
    repaired: str

    @property
    def term(self) -> Term:
        return self.entries[0]


class CueHit(NamedTuple):
    """A cue found in a folded text."""

    start: int
    end: int
    cue: Cue


class GuardHit(NamedTuple):
    """A phrase of a guard found in a folded text."""

    start: int
    end: int
    guard: Guard


@dataclass(frozen=True, slots=True)
class Found:
    """Everything one pass found."""

    hits: tuple[Hit, ...]
    cues: tuple[CueHit, ...]
    guards: tuple[GuardHit, ...]


_Entry = Term | Cue | Guard
_STRENGTH_ORDER = {"strong": 0, "code": 1, "weak": 2}


class Matcher:
    """The lexicon compiled for matching. Safe to share between threads once built."""

    def __init__(self, lexicon: Lexicon) -> None:
        entries: dict[str, dict[_Entry, None]] = defaultdict(dict)
        for key, entry in chain(_term_patterns(lexicon.terms), _other_patterns(lexicon)):
            entries[key][entry] = None
        self._entries = [tuple(sorted(found, key=_strength)) for found in entries.values()]
        self._automaton = AhoCorasick(
            list(entries),
            matchkind=MatchKind.Standard,
            store_patterns=False,
            implementation=Implementation.ContiguousNFA,
        )
        self.patterns = len(entries)
        self.words = frozenset(chain.from_iterable(key.split() for key, found in entries.items() if _has_term(found)))
        self._fuzzy = frozenset(
            word
            for key, found in entries.items()
            if any(isinstance(entry, Term) and entry.strength == "strong" for entry in found)
            for word in key.split()
        )

    def vocabulary(self, ordinary: Iterable[str] = ()) -> Vocabulary:
        """The words that hidden or misspelt words may stand for; ``ordinary`` words are left as they are."""
        return Vocabulary(self.words, self._fuzzy, ordinary)

    def find(self, folded: Folded, language: str | None = None) -> Found:
        """All terms (longest first where they overlap), cues and guard phrases in a folded text."""
        text = folded.text
        terms: list[tuple[int, int, tuple[Term, ...]]] = []
        cues: list[CueHit] = []
        guards: list[GuardHit] = []
        for index, start, end in self._automaton.find_matches_as_indexes(text, overlapping=True):
            if _cuts_syllable(text, start, end):
                continue
            found: list[Term] = []
            for entry in self._entries[index]:
                if isinstance(entry, Term):
                    found.append(entry)
                elif isinstance(entry, Cue):
                    if _fits(entry.language, language, end - start - 2):
                        cues.append(CueHit(start, end, entry))
                else:
                    guards.append(GuardHit(start, end, entry))
            if found and (kept := _plausible(found, language, end - start - 2)):
                terms.append((start, end, kept))
        hits = tuple(_with_repairs(_longest(terms), folded))
        return Found(hits, tuple(_longest_cues(cues)), tuple(guards))


def _term_patterns(terms: Iterable[Term]) -> Iterator[tuple[str, _Entry]]:
    for term in terms:
        for form in forms(fold_words(term.text), term.language, term.rank):
            yield _pattern(form), term


def _other_patterns(lexicon: Lexicon) -> Iterator[tuple[str, _Entry]]:
    for cue in lexicon.cues:
        if form := fold_words(cue.text):
            yield _pattern(form), cue
    for guard in lexicon.guards:
        for phrase in guard.phrases:
            if form := fold_words(phrase):
                yield _pattern(form), guard


def _pattern(form: str) -> str:
    """Spaces are word boundaries; scripts written without spaces need none."""
    before = "" if is_unspaced(form[0]) else " "
    after = "" if is_unspaced(form[-1]) else " "
    return f"{before}{form}{after}"


def _strength(entry: _Entry) -> int:
    return _STRENGTH_ORDER[entry.strength] if isinstance(entry, Term) else 3


def _has_term(found: Iterable[_Entry]) -> bool:
    return any(isinstance(entry, Term) for entry in found)


def _cuts_syllable(text: str, start: int, end: int) -> bool:
    if text[start] == " " or not is_unspaced(text[start]):
        return False
    return (end < len(text) and text[end] in _FOLLOWS) or text[start - 1] in _LEADS


def _fits(entry_language: str, language: str | None, length: int) -> bool:
    """Cues are taken from the text's own language and from English, which sellers everywhere mix in; longer ones
    from any."""
    if language is None or entry_language in (language, "und"):
        return True
    return (entry_language == "en" and length > 2) or length >= 8


def _plausible(terms: list[Term], language: str | None, length: int) -> tuple[Term, ...]:
    """Terms of other languages stay unless they are too short to mean anything there."""
    if language is None or length > _SHORT:
        kept = terms
    else:
        floor = 0 if length > _TINY else 1
        kept = [t for t in terms if t.language in (language, "und", "la") or (floor == 0 and length > _TINY)]
    if len(kept) > 1 and language is not None:
        kept = sorted(kept, key=lambda t: (t.language not in (language, "la", "und"), _STRENGTH_ORDER[t.strength]))
    return tuple(kept)


def _longest(
    terms: list[tuple[int, int, tuple[Term, ...]]],
) -> list[tuple[int, int, tuple[Term, ...]]]:
    """The longest of overlapping matches; words that only share a boundary space do not overlap."""
    kept: list[tuple[int, int, tuple[Term, ...]]] = []
    for match in sorted(terms, key=lambda m: (m[0] - m[1], m[0])):
        if all(match[1] - 1 <= other[0] or other[1] - 1 <= match[0] for other in kept) or _unspaced_apart(match, kept):
            kept.append(match)
    return sorted(kept)


def _unspaced_apart(match: tuple[int, int, tuple[Term, ...]], kept: list[tuple[int, int, tuple[Term, ...]]]) -> bool:
    return all(match[1] <= other[0] or other[1] <= match[0] for other in kept)


def _with_repairs(terms: Iterable[tuple[int, int, tuple[Term, ...]]], folded: Folded) -> Iterator[Hit]:
    for start, end, entries in terms:
        repaired = next((e.kind for e in folded.repairs if e.start < end and start < e.end), "")
        yield Hit(start, end, entries, repaired)


def _longest_cues(cues: list[CueHit]) -> list[CueHit]:
    """Cues inside longer cues say nothing of their own ("sell" in "not for sale")."""
    kept: list[CueHit] = []
    for hit in sorted(cues, key=lambda h: (h.start - h.end, h.start)):
        if not any(other.start <= hit.start and hit.end <= other.end and other[:2] != hit[:2] for other in kept):
            kept.append(hit)
    return sorted(kept, key=lambda h: h.start)

"""One pass over a folded text for the whole lexicon: an Aho-Corasick automaton and the rules that clean its hits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from classifiers.characters import is_unspaced
from classifiers.folding import Folded, fold_words
from classifiers.lexicon import TOPIC_KINDS, Cue, Guard, Lexicon, Term
from classifiers.patterns import TONAL, Entry, PackedNames, patterns_of, tones
from classifiers.repairs import HIDDEN, Vocabulary

# Marks that belong to the syllable before them, and vowels written before the consonant they follow: a Thai or Lao
# match that ends before the first or begins after the second cuts a syllable in two.
_FOLLOWS = frozenset("ะัาำิีึืฺุู็่้๊๋์ํๅๆ" + "ະັາຳິີຶືຸູົຼຽ່້໊໋໌ໍ")
_LEADS = frozenset("เแโใไ" + "ເແໂໃໄ")
# A short word of the Latin script means different things in different languages.
_FOREIGN_FLOOR = 6  # shorter single words of other languages are left out; others count as ambiguous
_ANYWHERE = frozenset({"en", "la", "und"})  # read by sellers everywhere
_UNSPOKEN = ""  # a language without entries; all of these are alike
_MOST = 500  # terms, cues, guards and topics that count, of each: a million words must not stop the line


class Hit(NamedTuple):
    """A lexicon term found in a folded text at ``start:end``; ``entries`` are the terms it may be, best first."""

    start: int
    end: int
    entries: tuple[Term, ...]
    repaired: str
    foreign: bool = False

    @property
    def term(self) -> Term:
        """The likeliest entry."""
        return self.entries[0]

    @property
    def strength(self) -> str:
        """How much the hit says: a single word of another language is ambiguous, whatever it says in its own."""
        return "weak" if self.foreign and self.term.strength == "strong" else self.term.strength


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
    topics: tuple[CueHit, ...] = ()


_STRENGTH_ORDER = {"strong": 0, "code": 1, "weak": 2}


class Matcher:
    """The lexicon compiled for matching. Safe to share between threads once built."""

    def __init__(self, lexicon: Lexicon) -> None:
        entries = patterns_of(lexicon)
        self._entries = [
            tuple(found if len(found) == 1 else sorted(found, key=_strength)) for found in entries.values()
        ]
        self._packed = PackedNames(lexicon.packs, entries)
        self._automaton = AhoCorasick(
            [*entries, *self._packed.patterns],
            matchkind=MatchKind.Standard,
            store_patterns=False,
            implementation=Implementation.ContiguousNFA,
        )
        self._spoken = {entry.language for found in self._entries for entry, _ in found}
        # By language and pattern; filled as texts come, since most patterns occur in no text.
        self._meanings: dict[str | None, dict[int, _Meaning]] = defaultdict(dict)
        self.patterns = len(entries) + len(self._packed.patterns)
        self.words = frozenset(chain.from_iterable(key.split() for key, found in entries.items() if _has_term(found)))
        self._fuzzy: dict[str, set[str]] = defaultdict(set)
        for term in lexicon.terms:
            if term.strength == "strong" and term.language not in TONAL:
                for word in fold_words(term.text).split():
                    self._fuzzy[word].add(term.language)

    def vocabulary(self, ordinary: Iterable[str] = ()) -> Vocabulary:
        """The words that hidden or misspelt words may stand for; ``ordinary`` words are left as they are."""
        return Vocabulary(self.words, self._fuzzy, ordinary)

    def find(self, folded: Folded, language: str | None = None) -> Found:
        """All terms (longest first where they overlap), cues, guard phrases and topics in a folded text."""
        text = folded.text
        lenient = folded.stored.isascii() and (language is None or language in TONAL)
        if language is not None and language not in self._spoken:
            language = _UNSPOKEN
        meanings = self._meanings[language]
        terms: list[_Match] = []
        cues: list[CueHit] = []
        guards: list[GuardHit] = []
        topics: list[CueHit] = []
        for index, start, end in self._automaton.find_matches_as_indexes(text, overlapping=True):
            if text[start] == " ":
                start += 1  # the boundary is no part of the word
            elif _cuts_syllable(text, start, end):
                continue
            if text[end - 1] == " ":
                end -= 1
            meaning = meanings.get(index)
            if meaning is None:
                meaning = meanings[index] = _meaning(self._read(index), language, text[start:end])
            if meaning.tonal and not lenient:
                written = _tones_in(folded, start, end)
                sounding = [one for one in self._read(index) if one[1] in ("", written)]
                meaning = _meaning(sounding, language, text[start:end])
            if meaning.terms:
                terms.append((start, end, meaning.terms))
            for cue in meaning.cues:
                cues.append(CueHit(start, end, cue))
            for topic in meaning.topics:
                topics.append(CueHit(start, end, topic))
            for guard in meaning.guards:
                guards.append(GuardHit(start, end, guard))
        hits = tuple(_with_repairs(_longest(terms[:_MOST]), folded, language))
        cues, guards, topics = cues[:_MOST], guards[:_MOST], topics[:_MOST]
        return Found(hits, tuple(_longest_cues(cues)), tuple(guards), tuple(_outside(hits, _longest_cues(topics))))

    def _read(self, index: int) -> Sequence[tuple[Entry, str]]:
        """What a pattern may mean in any language, each with the tones it is written with."""
        own = len(self._entries)
        return self._entries[index] if index < own else self._packed.entries(index - own)


class _Meaning(NamedTuple):
    """What a pattern means in a text of one language; ``tonal`` where that depends on the accents written."""

    terms: tuple[Term, ...]
    cues: tuple[Cue, ...]
    topics: tuple[Cue, ...]
    guards: tuple[Guard, ...]
    tonal: bool


def _meaning(entries: Iterable[tuple[Entry, str]], language: str | None, word: str) -> _Meaning:
    terms: list[Term] = []
    cues: list[Cue] = []
    topics: list[Cue] = []
    guards: list[Guard] = []
    tonal = False
    for entry, accents in entries:
        if isinstance(entry, Term):
            terms.append(entry)
        elif not _fits(entry, language, len(word)):
            continue
        elif isinstance(entry, Guard):
            guards.append(entry)
        else:
            (topics if entry.kind in TOPIC_KINDS else cues).append(entry)
        tonal = tonal or bool(accents)
    return _Meaning(_plausible(terms, language, word), tuple(cues), tuple(topics), tuple(guards), tonal)


_Match = tuple[int, int, tuple[Term, ...]]


def _tones_in(folded: Folded, start: int, end: int) -> str:
    """The accents as written in the text (a writer who leaves out all of them is forgiven by the caller)."""
    first, last = folded.span(start, end)
    return tones(folded.stored[first:last])


def _strength(found: tuple[Entry, str]) -> int:
    entry = found[0]
    return _STRENGTH_ORDER[entry.strength] if isinstance(entry, Term) else 3


def _has_term(found: Iterable[tuple[Entry, str]]) -> bool:
    return any(isinstance(entry, Term) for entry, _ in found)


def _cuts_syllable(text: str, start: int, end: int) -> bool:
    return (end < len(text) and text[end] in _FOLLOWS) or text[start - 1] in _LEADS


def _fits(entry: Cue | Guard, language: str | None, length: int) -> bool:
    """Cues are taken from the text's own language and from English, which sellers everywhere mix in; longer ones
    from any. A guard phrase that holds the term itself is taken from any."""
    spoken = entry.language
    if spoken == language or language is None or length >= 8 or spoken == "und":
        return True
    return (spoken == "en" and length > 2) or (isinstance(entry, Guard) and entry.window == 0)


def _plausible(terms: list[Term], language: str | None, word: str) -> tuple[Term, ...]:
    """The terms a text of this language can mean, its own first; short single words of other languages are left out."""
    if language is None:
        return tuple(terms)
    kept = [term for term in terms if not _foreign(term, language, word) or len(word) >= _FOREIGN_FLOOR]
    if len(kept) > 1:
        kept.sort(key=lambda term: (_foreign(term, language, word), _STRENGTH_ORDER[term.strength]))
    return tuple(kept)


def _foreign(term: Term, language: str | None, word: str) -> bool:
    if language is None or term.language == language or term.language in _ANYWHERE:
        return False
    return " " not in word and not is_unspaced(word[0])


def _longest(terms: list[_Match]) -> list[_Match]:
    """The longest of overlapping matches; a name of a pack gives way to any word of the lexicon."""
    kept: list[_Match] = []
    for match in sorted(terms, key=lambda m: (m[2][0].packed, m[0] - m[1], m[0])):
        if all(match[1] <= other[0] or other[1] <= match[0] for other in kept):
            kept.append(match)
    return sorted(kept, key=lambda m: m[0])


def _outside(hits: tuple[Hit, ...], topics: Iterable[CueHit]) -> Iterator[CueHit]:
    """Topics that are no part of a term: the tooth of "tiger tooth" is told by the term."""
    for topic in topics:
        if not any(hit.start < topic.end and topic.start < hit.end for hit in hits):
            yield topic


def _with_repairs(terms: Iterable[_Match], folded: Folded, language: str | None) -> Iterator[Hit]:
    for start, end, entries in terms:
        repaired = next((e.kind for e in folded.repairs if e.start < end and start < e.end), "")
        if not repaired and folded.hidden and _is_spelt_out(folded, start, end):
            repaired = "separated"
        yield Hit(start, end, entries, repaired, _foreign(entries[0], language, folded.text[start:end]))


def _is_spelt_out(folded: Folded, start: int, end: int) -> bool:
    """Whether the stored word is longer than what it folds to because something stands between its letters."""
    first, last = folded.span(start, end)
    return HIDDEN in folded.stored[first:last]


def _longest_cues(cues: list[CueHit]) -> list[CueHit]:
    """Cues inside longer cues say nothing of their own ("sell" in "not for sale")."""
    kept: list[CueHit] = []
    widest: CueHit | None = None
    for hit in sorted(cues, key=lambda h: (h.start, -h.end)):
        if widest is not None and hit.end <= widest.end and (hit.start, hit.end) != (widest.start, widest.end):
            continue
        kept.append(hit)
        if widest is None or hit.end > widest.end:
            widest = hit
    return kept

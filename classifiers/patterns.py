"""What the matcher looks for: every entry of a lexicon in all its written forms, and the names of packs."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator
from itertools import accumulate, chain

from classifiers.characters import is_unspaced
from classifiers.folding import fold_words
from classifiers.inflection import forms
from classifiers.lexicon import TOPIC_KINDS, Cue, Guard, Lexicon, Pack, Term

Entry = Term | Cue | Guard
TONAL = frozenset({"vi"})  # languages whose accents tell words apart that fold alike: vườn "garden", vượn "gibbon"


def patterns_of(lexicon: Lexicon) -> dict[str, dict[tuple[Entry, str], None]]:
    """By pattern the entries it may mean (packs apart), in order, each with the tones it is written with ("": any)."""
    found: dict[str, dict[tuple[Entry, str], None]] = defaultdict(dict)
    for pattern, written, entry in chain(_of_terms(lexicon.terms), _of_others(lexicon)):
        found[pattern][entry, tones(written) if entry.language in TONAL else ""] = None
    return found


def tones(written: str) -> str:
    """The accents of a text, in an order that does not depend on where in the syllable they are written."""
    marks = (c for c in unicodedata.normalize("NFD", written.lower()) if c == "đ" or unicodedata.combining(c))
    return "".join(sorted(marks))


def _of_terms(terms: Iterable[Term]) -> Iterator[tuple[str, str, Entry]]:
    for term in terms:
        for form in forms(fold_words(term.text), term.language, term.rank):
            yield _pattern(form), term.text, term


def _of_others(lexicon: Lexicon) -> Iterator[tuple[str, str, Entry]]:
    for cue in lexicon.cues:
        written = fold_words(cue.text)
        inflected = forms(written, cue.language) if cue.kind in TOPIC_KINDS else {written} - {""}
        for form in inflected:
            yield _pattern(form), cue.text, cue
    for guard in lexicon.guards:
        for phrase in guard.phrases:
            if form := fold_words(phrase):
                yield _pattern(form), phrase, guard


def _pattern(form: str) -> str:
    """Spaces are word boundaries; scripts written without spaces need none."""
    before = "" if is_unspaced(form[0]) else " "
    after = "" if is_unspaced(form[-1]) else " "
    return f"{before}{form}{after}"


class PackedNames:
    """The names of packs as patterns. Their terms are made when found: a hundred thousand would cost a second."""

    def __init__(self, packs: Iterable[Pack], taken: Container[str]) -> None:
        self._packs = tuple(packs)
        self._starts = [0, *accumulate(len(pack.names) for pack in self._packs)]
        places: dict[str, int | list[int]] = {}
        for place, name in enumerate(chain.from_iterable(pack.names for pack in self._packs)):
            if (form := fold_words(name[0])) and (pattern := _pattern(form)) not in taken:
                before = places.setdefault(pattern, place)
                if before != place:
                    places[pattern] = [*(before if isinstance(before, list) else [before]), place]
        self.patterns = list(places)
        self._places = list(places.values())

    def entries(self, index: int) -> list[tuple[Term, str]]:
        """What the pattern of this index may mean."""
        places = self._places[index]
        return [(self._term(place), "") for place in (places if isinstance(places, list) else [places])]

    def _term(self, place: int) -> Term:
        pack = bisect_right(self._starts, place) - 1
        return self._packs[pack].term(place - self._starts[pack])

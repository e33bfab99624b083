"""Undoing what sellers do to words: separators, look-alike digits and signs, doubled letters, misspellings, glue.

Nothing is rewritten unless the result is a word of the lexicon, so that "2xl", "S M L" or "e-mail" stay as they are.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from rapidfuzz import process
from rapidfuzz.distance import OSA

from classifiers.folding import Edit, Folded, fold, fold_words

HIDDEN = "\u200b"  # folds to nothing and keeps every offset
_SIGN_BEFORE_LETTER = re.compile(r"[@$!|€¡][^\W_]")
_SIGN_WORD = re.compile(r"(?<!\w)[@$!|€¡\w]*[@$!|€¡][@$!|€¡\w]*")
_SPLIT_WORD = re.compile(r"(?<!\w)[^\W_]+(?:[.·•*_~‐‑’'`´/|\\+=\-]+[^\W_]+)+(?!\w)")
_DOTTED = re.compile(r"(?<![^\W_])[^\W\d_](?:[.·•*_~‐‑\-/|][^\W\d_]){2,}(?![^\W_])")  # i.v.o.r.y: never by accident
_SPELT_OUT = re.compile(r"(?<!\w)[^\W_](?:[\W_]{1,3}[^\W_]){2,}(?!\w)")
_SPLITTERS = re.compile(r"[\w][.·•*_~‐‑’'`´/|\\+=\-][\w]")
# The two readings of the signs that stand for "i" or "l".
_LEET = tuple(str.maketrans("013456789@$!|€¡", f"o{one}easgtbgas{one}{two}e{one}") for one, two in ("il", "li"))
_BETWEEN = re.compile(r"[\W_]+")
_WORD_GAP = re.compile(r"([\W_]{2,3})")  # between words that are spelt out: wider than between their letters
_RUN = re.compile(r"(.)\1+")
_SPELLING_PAIR = re.compile(r"(?:(.)(?!\1))*(?:ll|rr|ss|nn)(?:(.)(?!\2))*")  # pairs that tell words apart: corral
_REVERSED = "\u202e"

# The ways of hiding a word that nobody uses by accident.
HIDING = frozenset({"leet", "doubled", "reversed", "separated"})
_ANYWHERE = frozenset({"en", "la", "und"})

_CACHE_LIMIT = 100_000
_MIN_WORD = 4  # shortest word worth repairing; shorter ones turn up everywhere
_MOST_JOINED = 80  # letters of two lexicon words written as one
_MIN_FUZZY = 7
_TWO_EDITS = 11


class Vocabulary:
    """Lexicon words (canonical spelling) that a hidden or misspelt word may stand for.

    ``words`` may be unhidden and un-glued; ``fuzzy`` (words of strong terms, with their languages) may be reached by
    misspelling in a text of that language; ``ordinary`` words are left alone whatever they resemble.
    """

    def __init__(
        self, words: Iterable[str], fuzzy: Mapping[str, Collection[str]], ordinary: Iterable[str] = ()
    ) -> None:
        self.words = frozenset(w for w in words if len(w) >= _MIN_WORD and w.isalpha())
        self.ordinary = frozenset(ordinary)
        self.known = self.words | self.ordinary
        self._runs: dict[str, str] = {}
        for word in sorted(self.words):
            if (plain := _RUN.sub(r"\1", word)) != word:
                self._runs.setdefault(plain, word)
        self._fuzzy = {w: frozenset(found) for w, found in fuzzy.items() if len(w) >= _MIN_FUZZY and w.isascii()}
        self._shelves: dict[tuple[str, int], list[str]] = defaultdict(list)
        for word in sorted(self._fuzzy):
            self._shelves[word[0], len(word)].append(word)
        self._seen: dict[tuple[str, str | None], tuple[str, str] | None] = {}

    def knows(self, joined: str) -> str | None:
        """``joined`` (canonical, no spaces) as lexicon words, or None."""
        if joined in self.words:
            return joined
        if len(joined) > _MOST_JOINED:
            return None
        for cut in range(4, len(joined) - 3):
            left, right = joined[:cut], joined[cut:]
            if right in self.words and (left in self.words or left in self.ordinary):
                return f"{left} {right}"
            if left in self.words and right in self.ordinary:
                return f"{left} {right}"
        return None

    def resolve(self, word: str, language: str | None = None) -> tuple[str, str] | None:
        """What an unknown word stands for and how it was hidden ("leet", "doubled", "misspelt", "glued"), or None."""
        if word in self.words or word in self.ordinary:
            return None
        key = (word, language)
        if key not in self._seen:
            if len(self._seen) >= _CACHE_LIMIT:
                self._seen.clear()
            self._seen[key] = self._resolve(word, language)
        return self._seen[key]

    def _resolve(self, word: str, language: str | None) -> tuple[str, str] | None:
        if not word.isalpha():
            return self._unleet(word)
        doubled = self._unrun(word)
        if doubled is not None and len(doubled) < len(word) and not _SPELLING_PAIR.fullmatch(word):
            return doubled, "doubled" if len(word) - len(doubled) > 1 else "misspelt"
        if len(word) >= 9 and (split := self.knows(word)):
            return split, "glued"
        near = self._nearest(word, language)
        return (near, "misspelt") if near else None

    def _unleet(self, word: str) -> tuple[str, str] | None:
        if not word.isascii() or sum(c.isalpha() for c in word) < 2:
            return None
        for table in _LEET:
            plain = word.translate(table)
            found = self.knows(plain) or self._unrun(plain)
            if found:
                return found, "leet"
        return None

    def _unrun(self, word: str) -> str | None:
        """The word of which only the doubled letters differ."""
        plain = _RUN.sub(r"\1", word)
        return plain if plain in self.words else self._runs.get(plain)

    def _nearest(self, word: str, language: str | None) -> str | None:
        """The word a misspelling is nearest to, among those that begin alike and are about as long."""
        if len(word) < _MIN_FUZZY or not word.isascii():
            return None
        limit = 2 if len(word) >= _TWO_EDITS else 1
        lengths = range(len(word) - limit, len(word) + limit + 1)
        shortlist = [near for length in lengths for near in self._shelves.get((word[0], length), ())]
        spoken = process.extract_iter(word, shortlist, scorer=OSA.distance, score_cutoff=limit)
        found = [(distance, near) for near, distance, _ in spoken if self._spoken(near, language)]
        return min(found)[1] if found else None

    def _spoken(self, word: str, language: str | None) -> bool:
        languages = self._fuzzy[word]
        return language is None or language in languages or not languages.isdisjoint(_ANYWHERE)


def fold_and_repair(stored: str, vocabulary: Vocabulary, language: str | None = None) -> Folded:
    """Fold a text with its hidden words brought back; offsets still lead to ``stored``."""
    shown = _show_hidden(stored, vocabulary)
    folded = fold(shown)
    reversed_too = _REVERSED in stored
    edits, at = [], 1
    words, known = vocabulary.words, vocabulary.known
    for word in folded.base.split(" ")[1:-1]:
        if len(word) >= _MIN_WORD and word not in known:
            found = vocabulary.resolve(word, language)
            if found is None and reversed_too and word[::-1] in words:
                found = word[::-1], "reversed"
            if found is not None:
                edits.append(Edit(at, at + len(word), *found))
        at += len(word) + 1
    return Folded(folded.stored, folded.base, edits, hidden=shown != stored)


def _show_hidden(stored: str, vocabulary: Vocabulary) -> str:
    """Separators inside words hidden and sign letters replaced, one character for one."""
    text = stored
    if _SIGN_BEFORE_LETTER.search(text):
        text = _SIGN_WORD.sub(lambda match: _read_signs(match[0], vocabulary), text)
    split = _SPLITTERS.search(text)
    if split:
        text = _DOTTED.sub(lambda match: "".join(c if c.isalpha() else HIDDEN for c in match[0]), text)
    text = _SPELT_OUT.sub(lambda match: _join(match[0], vocabulary), text)
    if split:
        text = _SPLIT_WORD.sub(lambda match: _join(match[0], vocabulary), text)
    return text


def _read_signs(word: str, vocabulary: Vocabulary) -> str:
    if sum(c.isalpha() for c in word) < 2:
        return word
    for table in _LEET:
        plain = word.translate(table)
        if len(plain) >= _MIN_WORD and vocabulary.knows(fold_words(plain)):
            return plain
    return word


def _join(word: str, vocabulary: Vocabulary) -> str:
    if not _all_single(word) and _are_words(word, vocabulary):
        return word
    if _all_single(word) and (several := _spelt_words(word, vocabulary)):
        return several
    joined = fold_words("".join(c for c in word if c.isalnum()))
    readings = [joined] if joined.isalpha() else [joined.translate(table) for table in _LEET]
    for plain in readings:
        if len(plain) >= _MIN_WORD and (plain in vocabulary.words or (_all_single(word) and vocabulary.knows(plain))):
            return "".join(c if c.isalnum() else HIDDEN for c in word)
    return word


def _spelt_words(word: str, vocabulary: Vocabulary) -> str | None:
    """Several words spelt out, "t i g e r  d e  b e n g a l a", their longer ones all lexicon words; else None."""
    pieces = _WORD_GAP.split(word)
    long = [
        plain for piece in pieces[::2] if len(plain := fold_words("".join(filter(str.isalnum, piece)))) >= _MIN_WORD
    ]
    if len(pieces) < 3 or not long or not all(plain in vocabulary.words for plain in long):
        return None
    return "".join(
        piece if at % 2 else "".join(c if c.isalnum() else HIDDEN for c in piece) for at, piece in enumerate(pieces)
    )


def _are_words(word: str, vocabulary: Vocabulary) -> bool:
    """Whether any part is a word of its own, as in "trinca-ferro" or "cage/parrot"."""
    parts = [fold_words(part) for part in _BETWEEN.split(word)]
    return any(len(part) >= _MIN_WORD and (part in vocabulary.words or part in vocabulary.ordinary) for part in parts)


def _all_single(word: str) -> bool:
    return all(len(part) <= 1 for part in _BETWEEN.split(word))

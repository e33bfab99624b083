"""Folding: one canonical spelling of a text, with the way back to the text as stored.

The canonical text is lower-case words with single spaces, a space at both ends, so that " ivory " finds the word and
nothing else. Pictures (emoji) are words; invisible characters, accents and punctuation are gone; scripts written
without spaces are kept in runs. ``Folded.span`` maps any stretch of it back to code-point offsets of the stored text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from classifiers.characters import CONFUSABLE, FOLD, UNSPACED

FIELD_BREAK = "\x1e"  # between the fields of a listing; folds to a word of its own that nothing matches across
BREAK_WORD = "¦"
FOLD[ord(FIELD_BREAK)] = f" {BREAK_WORD} "
FOLD.uneven.add(FIELD_BREAK)
FOLD[ord(BREAK_WORD)] = " "

_LOOKALIKE = re.compile("[\u0370-\u058f\u13a0-\u13f5\uab70-\uabbf]")
_LOOKALIKE_WORD = re.compile("[^ ]*[\u0370-\u058f\u13a0-\u13f5\uab70-\uabbf][^ ]*")
_ASCII_LETTER = re.compile("[a-z]")
HAS_UNSPACED = re.compile(f"[{UNSPACED}]")
_SCRIPT_CHANGE = re.compile(f"(?<=[{UNSPACED}])(?=[a-z0-9])|(?<=[a-z0-9])(?=[{UNSPACED}])")
_SPACED_OUT_HAN = re.compile("(?<![\u3400-\u9fff])[\u3400-\u9fff](?: [\u3400-\u9fff])+(?![\u3400-\u9fff])")


class Edit(NamedTuple):
    """A word of the canonical text, ``start:end`` before any edit, replaced by what it stands for."""

    start: int
    end: int
    word: str
    kind: str


@dataclass(frozen=True)
class Folded:
    """A folded text: ``text`` is canonical, ``stored`` what it was made from (offsets as in the
    listing); ``hidden`` says that separators or signs stood inside a lexicon word."""

    stored: str
    base: str
    edits: Sequence[Edit] = field(default=())
    hidden: bool = False

    @cached_property
    def text(self) -> str:
        """The canonical text with its edits made."""
        if not self.edits:
            return self.base
        parts, done = [], 0
        for edit in self.edits:
            parts += [self.base[done : edit.start], edit.word]
            done = edit.end
        return "".join([*parts, self.base[done:]])

    @cached_property
    def repairs(self) -> tuple[Edit, ...]:
        """The edits, at their places in ``text``."""
        moved, shift = [], 0
        for edit in self.edits:
            start = edit.start + shift
            moved.append(Edit(start, start + len(edit.word), edit.word, edit.kind))
            shift += len(edit.word) - (edit.end - edit.start)
        return tuple(moved)

    @cached_property
    def _origin(self) -> list[int]:
        """For every character of ``text`` the offset of the stored character it came from."""
        origin = self._base_origin()
        for edit in reversed(self.edits):
            old, new = edit.end - edit.start, len(edit.word)
            origin[edit.start : edit.end] = [origin[edit.start + at * old // new] for at in range(new - 1)] + [
                origin[edit.end - 1]
            ]
        return origin

    def _base_origin(self) -> list[int]:
        # Spaces are soft (added and removed at will) and lie where the character before them does; every other
        # character keeps its order, so walk both together, word by word.
        places = _places(self.stored)
        origin: list[int] = []
        at = 0
        for word in self.base.split(" "):
            end = at + len(word)
            origin += places[at:end]
            origin.append(places[end - 1] if end else 0)
            at = end
        origin.pop()  # no space follows the last word
        return origin

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Offsets in the stored text of ``text[start:end]``, spaces at its edges left out."""
        text = self.text
        while start < end and text[start] == " ":
            start += 1
        while end > start and text[end - 1] == " ":
            end -= 1
        if start == end:
            place = self._origin[start] if start < len(self._origin) else len(self.stored)
            return place, place
        return self._origin[start], self._origin[end - 1] + 1


def _places(stored: str) -> list[int]:
    """For every character a text folds to, spaces left out, the offset it comes from."""
    folded = stored.translate(FOLD)
    if FOLD.uneven.isdisjoint(stored):
        return [offset for offset, character in enumerate(folded) if character != " "]
    return [offset for offset, code in enumerate(map(ord, stored)) for piece in FOLD[code] if piece != " "]


def fold(stored: str) -> Folded:
    """Fold a text. One pass of a translation table; the rarer steps run only where their characters occur."""
    return Folded(stored, _canonical(stored))


def fold_words(text: str) -> str:
    """The canonical text without the spaces at its ends: how a lexicon term is looked up."""
    return _canonical(text).strip()


def _canonical(stored: str) -> str:
    text = f" {' '.join(stored.translate(FOLD).split())} " if stored else " "
    if text.isascii():
        return text
    if _LOOKALIKE.search(text):
        text = _LOOKALIKE_WORD.sub(lambda match: _latinise(match[0]), text)
    if HAS_UNSPACED.search(text):
        text = _SPACED_OUT_HAN.sub(lambda match: match[0].replace(" ", ""), text)
        text = _SCRIPT_CHANGE.sub(" ", text)
    return text


def _latinise(word: str) -> str:
    latin = word.translate(CONFUSABLE)
    return latin if _ASCII_LETTER.search(word) or latin.isascii() else word

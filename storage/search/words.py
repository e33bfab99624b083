"""Text into words that both databases find alike.

NFKD, accents dropped (of Latin, Greek, Cyrillic, Arabic and Hebrew letters), đ to d, casefolded; runs of scripts that
are written without spaces become overlapping pairs of characters, and a query for them becomes a phrase.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache

MOST_WORDS = 12_000  # of one listing; PostgreSQL keeps no position above 16,383
_LONGEST_WORD = 64
# Letters that NFKD leaves whole.
_PLAIN = {"đ": "d", "ð": "d", "ø": "o", "ł": "l", "ħ": "h", "ŧ": "t", "ı": "i", "ɓ": "b", "ɗ": "d", "ƙ": "k"}
# Thai, Lao, Myanmar, Khmer, kana, Han
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
)
_RUNS = re.compile(f"[{_UNSPACED}]+|[^{_UNSPACED}]+")
_FIRST_UNSPACED = re.compile(f"[{_UNSPACED}]")


def words(text: str) -> list[str]:
    """The words of a stored text, for the index. The last character of an unspaced run stands alone as well."""
    if text.isascii():
        return [word[:_LONGEST_WORD] for word in fold(text).split()]
    return [word for run in _runs(text) for word in _cut(run, stored=True)]


def phrase(text: str) -> tuple[str, ...]:
    """The words of a query that must follow one another."""
    return tuple(word for run in _runs(text) for word in _cut(run, stored=False))


def starts_only(text: str) -> bool:
    """Whether the last word of a query is a single character of an unspaced script: it begins a pair."""
    last = phrase(text)[-1:]
    return bool(last) and len(last[0]) == 1 and _FIRST_UNSPACED.match(last[0]) is not None


def fold(text: str) -> str:
    """The text without accents and case, with spaces for all that is no letter, digit or picture."""
    if text.isascii():
        return text.translate(_table()).lower()
    return unicodedata.normalize("NFKD", text).casefold().translate(_table())


def _runs(text: str) -> Iterable[str]:
    for word in fold(text).split():
        yield from (word,) if word.isascii() else _RUNS.findall(word)


def _cut(run: str, *, stored: bool) -> Iterable[str]:
    if run.isascii() or not _FIRST_UNSPACED.match(run):
        return (run[:_LONGEST_WORD],)
    pairs = [run[at : at + 2] for at in range(len(run) - 1)]
    return [*pairs, run[-1]] if stored or not pairs else pairs


class _Table(dict[int, str | None]):
    """What becomes of a character: itself, nothing, or a space. Filled as characters are met."""

    def __missing__(self, code: int) -> str | None:
        self[code] = found = _kept(chr(code))
        return found


def _kept(character: str) -> str | None:
    if character in _PLAIN:
        return _PLAIN[character]
    category = unicodedata.category(character)
    if category == "Cf" or "\ufe00" <= character <= "\ufe0f" or character == "\u0640":  # invisible; stretched Arabic
        return None
    if category in ("Mn", "Mc"):
        return None if _is_accent(character) else character
    if category == "So":
        return f" {character} "
    return character if category[0] in "LN" else " "


def _is_accent(character: str) -> bool:
    """Marks above and below letters by their class; vowels and tones of Thai and of Indic scripts have others."""
    order = unicodedata.combining(character)
    return order >= 200 or 10 <= order <= 36


@cache
def _table() -> _Table:
    return _Table()

"""Taking apart what sellers write around a name: morphs, sex, age, origin, authors, hybrids, brackets."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from classifiers.tables import read_table
from classifiers.taxonomy.spelling import fold
from wildtrade.paths import shipped_config

_COLUMNS = ("word", "kind")
_KINDS = frozenset({"qualifier", "rank", "hybrid", "morph", "sex", "age", "origin", "size", "trade"})
_TOKEN = re.compile(r"[(\[{]|[)\]}]|×|[^\W_][\w'’-]*\.?")
LONGEST = 400  # characters of a text that are looked at
_MOST_WORDS = 40


@dataclass(frozen=True, slots=True)
class Word:
    """One word: ``text`` folded; ``short``: an initial such as "P."; ``inside``: between brackets."""

    text: str
    short: bool
    inside: bool


@dataclass(frozen=True, slots=True)
class Wording:
    """A text taken apart: the words of each parent (one part where it is no hybrid), and what else was said."""

    parts: tuple[tuple[Word, ...], ...]
    hybrid: bool
    compared: bool  # "cf.", "aff.": like it, perhaps not it
    unnamed: bool  # "sp.": the species is not said


@cache
def load_words(path: Path | None = None) -> Mapping[str, str]:
    """Words that are no part of a name, and their kind, from ``config/cites/name_words.csv``."""
    rows = read_table(path or shipped_config() / "cites" / "name_words.csv", _COLUMNS)
    return {fold(row.needed("word")): row.one_of("kind", _KINDS) for row in rows}


def take_apart(text: str, words: Mapping[str, str], names: Callable[[str, str], bool]) -> Wording:
    """Split a text into the words of its names. ``names(genus, word)`` says whether a word that looks like a morph
    ("gold") is an epithet of the word before it."""
    parts: list[list[Word]] = [[]]
    said: set[str] = set()
    for word, raw in _words(text):
        kind = None if _is_initial(raw) else words.get(word.text)
        before = parts[-1][-1].text if parts[-1] else ""
        if kind == "hybrid":
            said.add("hybrid")
            parts.append([])
        elif kind in ("qualifier", "rank"):
            said.add(kind if kind == "qualifier" else "unnamed" if word.text in ("sp", "spp") else kind)
        elif kind is None or names(before, word.text):
            parts[-1].append(word)
    kept = tuple(tuple(part) for part in parts if part)
    return Wording(kept, "hybrid" in said, "qualifier" in said, "unnamed" in said)


def _words(text: str) -> list[tuple[Word, str]]:
    found: list[tuple[Word, str]] = []
    depth = 0
    plain = unicodedata.normalize("NFKC", text[:LONGEST]).replace("_", " ")
    for piece in _TOKEN.findall(plain):
        if piece in "([{":
            depth += 1
        elif piece in ")]}":
            depth = max(0, depth - 1)
        elif any(sign.isalpha() or sign == "×" for sign in piece):
            found.append((_word(piece, depth > 0), piece))
    return found[:_MOST_WORDS]


def _is_initial(written: str) -> bool:
    """Whether a token can only be a genus cut short ("F."), even where the letter means something else ("f.")."""
    return len(written) == 2 and written[0].isupper() and written[1] == "."


def _word(written: str, inside: bool) -> Word:
    folded = fold(written)
    short = (len(folded) == 1 and written[0].isupper()) or (len(folded) in (2, 3) and written.endswith("."))
    return Word(folded, short, inside)

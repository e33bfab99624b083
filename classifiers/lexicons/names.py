"""Which names of a pack are worth keeping, and what they mean."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from classifiers.characters import is_unspaced
from classifiers.folding import fold_words

_LONGEST = 80
_MARKUP = re.compile(r"<[^>]*>|\{\{|\[\[|[<>{}\[\]|=\\]|https?:")
_SHORTEST_WORD = 5  # letters of a single word: "dove", "rail", "coot" are something else too often
# In scripts without spaces a short name stands inside longer words.
_SHORTEST_RUN = {"CJK": 2, "HIRAGANA": 4, "KATAKANA": 4, "THAI": 4}


COLUMNS = ("name", "language", "taxon", "rank")


class Name(NamedTuple):
    """One name as a pack gives it: BCP 47 language ("la" for a scientific name), taxon, its rank."""

    text: str
    language: str
    taxon: str
    rank: str


@dataclass(frozen=True)
class Origin:
    """A pack as it came: what it says about itself, its names, and the SHA-256 of the bytes read."""

    names: list[Name]
    sha256: str
    name: str = ""
    version: str = ""
    licence: str = ""
    source: str = ""


@dataclass
class Sifted:
    """The names kept, one per text and language, and how many were left out for which reason."""

    kept: list[Name] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)


def sift(names: Iterable[Name], ordinary: Iterable[str] = ()) -> Sifted:
    """Drop what could only disturb (markup, very short, everyday words) and merge what names several taxa."""
    everyday = frozenset(ordinary)
    sifted = Sifted()
    meanings: dict[tuple[str, str], list[Name]] = {}
    for name in names:
        tidy = name._replace(text=" ".join(unicodedata.normalize("NFC", name.text).split()))
        key = fold_words(tidy.text)
        if reason := _unusable(tidy.text, key, everyday):
            sifted.left_out[reason] += 1
        else:
            meanings.setdefault((key, tidy.language), []).append(tidy)
    for found in meanings.values():
        sifted.left_out["the same name again"] += len(found) - 1
        sifted.kept.append(_shared(found))
    sifted.left_out += Counter()  # drops the zeros
    return sifted


def _unusable(text: str, key: str, everyday: frozenset[str]) -> str:
    if len(text) > _LONGEST or _MARKUP.search(text):
        return "markup or a whole sentence"
    if not key or not any(character.isalpha() for character in key):
        return "no letters"
    if is_unspaced(key[0]):
        script = unicodedata.name(key[0], "?").split(" ")[0]
        return "too short" if len(key) < _SHORTEST_RUN.get(script, 3) else ""
    if " " not in key and len(key) < _SHORTEST_WORD:
        return "too short"
    return "an everyday word" if key in everyday else ""


def _shared(found: list[Name]) -> Name:
    """One name for several taxa means the genus they share, or nothing more than itself."""
    taxa = {name.taxon for name in found}
    if len(taxa) == 1:
        return found[0]
    genera = {taxon.split(" ")[0] for taxon in taxa}
    if len(genera) == 1:
        return found[0]._replace(taxon=genera.pop(), rank="genus")
    return found[0]._replace(taxon="", rank="")

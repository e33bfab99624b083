"""How scientific words are compared: folded letters, spelling variants that mean the same, and misreadings."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

_MISREAD_DIGITS = str.maketrans("015", "ols")
_VARIANTS = (("ae", "e"), ("oe", "e"), ("ph", "f"), ("th", "t"), ("rh", "r"), ("ch", "c"), ("ck", "c"))
_ONE_SOUND = str.maketrans("kyjz", "ciis")
_MISREAD = (
    ("rn", "m"),
    ("cl", "d"),
    ("vv", "w"),
    ("nn", "m"),
    ("l", "i"),
    ("t", "f"),
    ("u", "n"),
    ("c", "e"),
)
_DOUBLED = re.compile(r"(.)\1")
_ENDING = re.compile(r"(?<=..)(?:orum|arum|ensis|ense|ii|us|um|is|ae|os|on|er|ra|a|e|i)$")
_SAME_SOUND, _SAME_SHAPE = 0.5, 0.75
_OTHER_START, _SHORT = 0.5, 6  # the first letter of a short word is seldom the wrong one


def fold(word: str) -> str:
    """Lower case without accents, hyphens and digits that stand for letters ("Sa1vátor" -> "salvator")."""
    if word.isascii() and word.isalpha():
        return word.lower()
    plain = unicodedata.normalize("NFKD", word.casefold())
    letters = "".join(sign for sign in plain if not unicodedata.combining(sign) and sign not in "-'’.")
    return letters.translate(_MISREAD_DIGITS) if any(sign.isdigit() for sign in letters) else letters


@lru_cache(maxsize=20_000)
def sound(word: str) -> str:
    """What all spellings of a word share: without its ending (albus, alba), doubled letters, y and i, ph and f."""
    for written, heard in _VARIANTS:
        word = word.replace(written, heard)
    word = _DOUBLED.sub(r"\1", word.translate(_ONE_SOUND))
    stem = _DOUBLED.sub(r"\1", _ENDING.sub("", word))
    return stem if len(stem) > 2 else word


def _shape(word: str) -> str:
    for seen, meant in _MISREAD:
        word = word.replace(seen, meant)
    return word


def allowed(word: str) -> int:
    """How many edits a word of this length can bear."""
    length = len(word)
    return 0 if length < 4 else 1 if length < 6 else 2 if length < 12 else 3


def near(word: str, choices: list[str], limit: int) -> list[tuple[str, float]]:
    """The choices within ``limit`` edits (insert, delete, replace, swap) and the cost of each: a spelling variant or
    a misreading costs less than the edits it is made of."""
    found = process.extract(word, choices, scorer=OSA.distance, score_cutoff=limit + 1, limit=None)
    costs = ((choice, _cost(word, choice, edits)) for choice, edits, _ in found)
    return [(choice, cost) for choice, cost in costs if cost <= limit]


def _cost(word: str, choice: str, edits: float) -> float:
    if edits <= _SAME_SOUND:
        return edits
    if sound(word) == sound(choice):
        return _SAME_SOUND
    if _shape(word) == _shape(choice):
        return min(edits, _SAME_SHAPE)
    return edits if word[0] == choice[0] or len(word) > _SHORT else edits + _OTHER_START

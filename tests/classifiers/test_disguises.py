"""Every way of hiding a word that the threat list names, on terms of several scripts, through the whole assessment."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from classifiers.assessor import Assessor
from wildtrade.records import SignalKind

_TERMS = SignalKind.TERM, SignalKind.CODE_WORD, SignalKind.FUZZY
LATIN = ["ivory", "pangolin", "marfil", "gading gajah", "corne de rhinocéros"]
OTHERS = ["งาช้าง", "象牙", "عاج", "穿山甲", "وحيد القرن"]

_CYRILLIC = str.maketrans("aeopcyxi", "аеорсухі")
_GREEK = str.maketrans("oivn", "οινη")
_LEET = str.maketrans("oieas", "01345")


def _math(word: str) -> str:
    return "".join(chr(0x1D41A + ord(c) - 97) if "a" <= c <= "z" else c for c in word)


def _circled(word: str) -> str:
    return "".join(chr(0x24D0 + ord(c) - 97) if "a" <= c <= "z" else c for c in word)


def _spelt(sign: str) -> Callable[[str], str]:
    return lambda word: "  ".join(sign.join(part) for part in word.split())


ANY_SCRIPT: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "zero-width space": "\u200b".join,
    "zero-width joiners": "\u200d".join,
    "soft hyphens": "\u00ad".join,
    "grapheme joiners": "\u034f".join,
    "right-to-left override": lambda word: f"{word[:2]}\u202e{word[2:]}\u202c",
}
LATIN_ONLY: dict[str, Callable[[str], str]] = {
    "capitals": str.upper,
    "math letters": _math,
    "circled letters": _circled,
    "Cyrillic look-alikes": lambda word: word.translate(_CYRILLIC),
    "Greek look-alikes": lambda word: word.translate(_GREEK).replace("η", "n"),
    "dotless i": lambda word: word.replace("i", "ı"),
    "dots": _spelt("."),
    "spaces": _spelt(" "),
    "leet": lambda word: word.translate(_LEET),
    "doubled letters": lambda word: "".join(c * 2 if c in "aeiou" else c for c in word),
}
CASES = [(name, hide, term) for name, hide in ANY_SCRIPT.items() for term in LATIN + OTHERS]
CASES += [(name, hide, term) for name, hide in LATIN_ONLY.items() for term in LATIN]


@pytest.mark.parametrize(("name", "hide", "term"), CASES, ids=[f"{name}: {term}" for name, _, term in CASES])
def test_a_disguised_term_is_found(assessor: Assessor, name: str, hide: Callable[[str], str], term: str) -> None:
    text = f"{hide(term)} 100"
    found = [signal for signal in assessor.assess(text, None).signals if signal.kind in _TERMS]
    assert found, text
    assert all(text[signal.start : signal.end] == signal.text for signal in found)


@pytest.mark.parametrize("text", ["🐘🦷 100", "🐘 🦷 dm", "🐘\ufe0f🦷"])
def test_pictures_that_name_ivory(assessor: Assessor, text: str) -> None:
    assert any("ivory" in signal.source or "emoji" in signal.source for signal in assessor.assess(text, None).signals)

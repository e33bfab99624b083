"""Marking the matched words in a text, without ever trusting the text.

Spans are code-point offsets into the stored text. Characters that hide or turn text around are shown as what they
are, so that what a reviewer reads is what the seller wrote.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from storage.search.contacts import contacts, name_pattern

# Controls but for tab and line ends, then what Unicode calls default-ignorable, bidirectional controls, blank letters.
_HIDDEN = re.compile(
    "[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u2800\u3164\ufe00-\ufe0e\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff]"
)
_JOINERS = "\u200c\u200d"
# Scripts that are written with joiners; a joiner between other letters only splits a word for machines.
_JOINED_SCRIPTS = re.compile(
    r"ARABIC|DEVANAGARI|BENGALI|GURMUKHI|GUJARATI|ORIYA|TAMIL|TELUGU|KANNADA|MALAYALAM|SINHALA"
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text: ``kind`` is None for plain text, else "hit" or "guard"; ``why`` says which signal."""

    text: str
    kind: str | None = None
    why: str = ""


def mark(
    text: str | None, field: str, signals: Iterable[Mapping[str, Any]], start: int = 0, length: int | None = None
) -> list[Piece]:
    """Cut a text, or ``length`` characters of it from ``start`` on, into plain and marked pieces.

    Of overlapping signals the one that starts first, then the longer.
    """
    text = text or ""
    last = len(text) if length is None else min(start + length, len(text))
    pieces, at = [], start
    for signal in sorted(_within(text, field, signals), key=lambda one: (one["start"], -one["end"])):
        begin, end = max(signal["start"], start), min(signal["end"], last)
        if begin < at or begin >= end:
            continue
        if begin > at:
            pieces.append(Piece(reveal(text[at:begin])))
        kind = "guard" if signal["weight"] < 0 else "hit"
        pieces.append(Piece(reveal(text[begin:end]), kind, f"{signal['kind']} {signal['source']}".replace("_", " ")))
        at = end
    if at < last:
        pieces.append(Piece(reveal(text[at:last])))
    return pieces


def _within(text: str, field: str, signals: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for signal in signals:
        start, end = signal["start"], signal["end"]
        if signal["field"] == field and start is not None and end is not None and 0 <= start < end <= len(text):
            yield signal


def blotted(text: str | None, names: Iterable[str] = ()) -> str:
    """The text with contacts and these names blotted out, a dot for each character: offsets into it stay right."""
    found = [(one.start, one.end) for one in contacts(text)]
    found += [match.span() for name in names for match in name_pattern(name).finditer(text or "")]
    characters = list(text or "")
    for begin, end in found:
        characters[begin:end] = "•" * (end - begin)
    return "".join(characters)


def reveal(text: str) -> str:
    """The text with invisible and direction-changing characters spelled out, e.g. ``⟨RIGHT-TO-LEFT OVERRIDE⟩``."""
    return text if text.isascii() and text.isprintable() else _HIDDEN.sub(_shown, text)


def _shown(match: re.Match[str]) -> str:
    character = match[0]
    if character in _JOINERS and _joins(
        match.string[max(match.start() - 2, 0) : match.start()], match.string[match.end() :][:1]
    ):
        return character
    return f"⟨{unicodedata.name(character, f'U+{ord(character):04X}')}⟩"


def _joins(before: str, after: str) -> bool:
    """True where a joiner has work to do: within a script that needs it, or between two pictures of one emoji."""
    letter = before.rstrip("\ufe0f")[-1:]
    if not letter or not after:
        return False
    if unicodedata.category(letter) in ("So", "Sk") and unicodedata.category(after) == "So":
        return True
    return bool(
        _JOINED_SCRIPTS.match(unicodedata.name(letter, "")) and _JOINED_SCRIPTS.match(unicodedata.name(after, ""))
    )

"""Marking the matched words in a text, without ever trusting the text.

Spans are code-point offsets into the stored text. Characters that hide or turn text around are shown as what they
are, so that what a reviewer reads is what the seller wrote.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_SHOWN_CATEGORIES = {"Cc", "Cf"}
_KEPT = {"\n", "\t", "\u200d", "\ufe0f"}  # line ends, and what joins emoji and Indic letters


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text: ``kind`` is None for plain text, else "hit" or "guard"; ``why`` says which signal."""

    text: str
    kind: str | None = None
    why: str = ""


def mark(text: str | None, field: str, signals: Iterable[Mapping[str, Any]]) -> list[Piece]:
    """Cut a text into plain and marked pieces. Of overlapping signals the one that starts first, then the longer."""
    if not text:
        return []
    spans = sorted(
        (s["start"], -s["end"], s) for s in signals if s["field"] == field and s["start"] is not None and s["end"]
    )
    pieces, at = [], 0
    for start, end, signal in ((start, -minus, signal) for start, minus, signal in spans):
        if start < at or end > len(text) or start >= end:
            continue
        if start > at:
            pieces.append(Piece(reveal(text[at:start])))
        kind = "guard" if signal["weight"] < 0 else "hit"
        pieces.append(Piece(reveal(text[start:end]), kind, f"{signal['kind']}: {signal['source']}"))
        at = end
    if at < len(text):
        pieces.append(Piece(reveal(text[at:])))
    return pieces


def reveal(text: str) -> str:
    """The text with invisible and direction-changing characters spelled out, e.g. ``⟨RIGHT-TO-LEFT OVERRIDE⟩``."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    if character in _KEPT or unicodedata.category(character) not in _SHOWN_CATEGORIES:
        return character
    return f"⟨{unicodedata.name(character, f'U+{ord(character):04X}')}⟩"

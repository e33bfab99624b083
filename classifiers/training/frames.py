"""Frames: our own sentences with slots, filled with terms of the lexicon: the context is learned, not the animal.

A frame is a line ``label | intent | title | description | price`` of ``frames/<language>.txt``; the slots are {a} and
{b} (animals), {p} (a part or product), {w} (wood) and {f} (a plant).
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from classifiers.lexicon import Lexicon, Term
from classifiers.reading import Text
from classifiers.training.data import Example
from wildtrade.errors import ParseError

HERE = Path(__file__).parent / "frames"
_SLOT = re.compile(r"\{([abpwf])\}")
_PARTS = re.compile("ivory|tusk|horn|scale|skin|fur|tooth|claw|bone|skull|shell|feather|bile|trophy|leather")
_WOOD = frozenset({"wood", "log", "chips"})
_PLANTS = re.compile("cacti|cycad|orchid|plant|timber|rosewood|agarwood|ferns")
_WEAK_SHARE = 0.3  # of the terms in frames that are ambiguous words


@dataclass(frozen=True, slots=True)
class Frame:
    """One sentence pattern with its label."""

    id: str
    language: str
    label: int
    intent: str
    fields: tuple[str, str, str]


def read_frames(folder: Path | None = None) -> list[Frame]:
    """All frames. Raises ParseError with file and line for one that cannot be read."""
    frames = []
    for path in sorted((folder or HERE).glob("*.txt")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if line.strip() and not line.startswith("#"):
                frames.append(_frame(line, path, number))
    return frames


def _frame(line: str, path: Path, number: int) -> Frame:
    parts = [part.strip() for part in line.split("|")]
    if len(parts) != 5 or parts[0] not in ("0", "1"):
        fix = "label | intent | title | description | price"
        raise ParseError("is not a frame", file=str(path), line=number, fix=fix)
    return Frame(f"frame-{path.stem}-{number}", path.stem, int(parts[0]), parts[1], (parts[2], parts[3], parts[4]))


def fill(frames: list[Frame], lexicon: Lexicon, copies: int, seed: int) -> list[tuple[Frame, Example]]:
    """``copies`` examples of each frame, each with other terms; slots no term fits are left out with their frame."""
    slots = _slots(lexicon)
    rng = np.random.default_rng(seed)
    made = []
    for frame in frames:
        needed = set(_SLOT.findall("".join(frame.fields)))
        for copy in range(copies):
            words = {slot: _draw(slots.get((frame.language, _kind(slot)), []), rng) for slot in sorted(needed)}
            if all(words.values()):
                made.append((frame, _example(frame, words, copy)))
    return made


def _kind(slot: str) -> str:
    return "a" if slot == "b" else slot


def _slots(lexicon: Lexicon) -> dict[tuple[str, str], list[Term]]:
    slots: dict[tuple[str, str], list[Term]] = defaultdict(list)
    for term in lexicon.terms:
        plant = bool(_PLANTS.search(term.group))
        if term.group in ("emoji", "generic_trade", "bushmeat") or term.strength == "code":
            continue
        if _PARTS.fullmatch(term.form) and not plant:
            slots[term.language, "p"].append(term)
        elif term.form in _WOOD:
            slots[term.language, "w"].append(term)
        elif term.form == "plant":
            slots[term.language, "f"].append(term)
        elif term.form in ("live", "any") and not plant:
            slots[term.language, "a"].append(term)
    return slots


def _draw(terms: list[Term], rng: np.random.Generator) -> str:
    weak = [term for term in terms if term.strength == "weak"]
    pool = weak if weak and rng.random() < _WEAK_SHARE else [term for term in terms if term.strength == "strong"]
    return pool[int(rng.integers(len(pool)))].text if pool else ""


def _example(frame: Frame, words: dict[str, str], copy: int) -> Example:
    title, description, price = (_SLOT.sub(lambda match: words[match[1]], field) or None for field in frame.fields)
    text = Text(title, description, price, language=frame.language)
    return Example(f"{frame.id}-{copy}", frame.language, text, frame.label, "", "frame")

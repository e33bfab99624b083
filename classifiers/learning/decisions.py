"""Exported decisions (``wildtrade export decisions``) to learn from: one label a text, disputes left out."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson

from classifiers.folding import fold_words
from classifiers.reading import Text
from classifiers.streaming import numbered, parse_line, read_content
from classifiers.training.groups import near_duplicate_groups, together
from wildtrade.errors import ConfigError, ParseError

_FEWEST = 5  # decided texts of each label; fewer teach nothing
_LABELS = {"wildlife": 1, "not_wildlife": 0}
_NO_OPINION = ("unsure", "cannot_see")


@dataclass(frozen=True, slots=True)
class Decided:
    """A text with the label people agreed on. ``group``: same seller or near-duplicate; a group is never split."""

    text: Text
    canonical: str
    label: int
    group: int


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of the lines of a decisions file."""

    lines: int
    no_opinion: int
    repeated: int
    disputed: int
    overruled: int
    texts: int
    wildlife: int

    def to_dict(self) -> dict[str, int]:
        return asdict(self)


@dataclass(frozen=True)
class Decisions:
    """The content of a decisions file and its SHA-256."""

    items: list[Decided]
    counts: Counts
    sha256: str


@dataclass(frozen=True, slots=True)
class _Vote:
    text: Text
    canonical: str
    label: int
    reviewer: str
    seller: str


def read_decisions(path: Path) -> Decisions:
    """Read an export.

    A reviewer's later decision about a text counts, not the earlier; where reviewers differ the majority counts, and a
    text without one is left out. Raises ParseError with file, line and field for a line that cannot be used,
    ConfigError where the file is missing or too little of either label is left.
    """
    content = read_content(path)
    lines = list(numbered(content.splitlines()))
    votes = [vote for number, line in lines if (vote := _vote(line, path, number))]
    items, disputed, overruled, distinct = _agreed(votes)
    wildlife = sum(item.label for item in items)
    counts = Counts(
        len(lines), len(lines) - len(votes), len(votes) - distinct, disputed, overruled, len(items), wildlife
    )
    _check(counts, path)
    return Decisions(items, counts, hashlib.sha256(content).hexdigest())


def _vote(line: bytes, path: Path, number: int) -> _Vote | None:
    try:
        line.decode()
    except UnicodeDecodeError as error:
        fix = "save the file as UTF-8, or export it again"
        raise ParseError("is not UTF-8", file=str(path), line=number, fix=fix) from error
    read = parse_line(line, str(path), number)
    if read.text is None:
        raise read.error or ParseError("cannot be used", file=str(path), line=number)
    data = orjson.loads(line)
    label = _label(data, path, number)
    if label is None:
        return None
    for field in ("reviewer", "seller", "source"):
        if not isinstance(data.get(field), str | None):
            raise ParseError("is not a text", file=str(path), line=number, field=field, fix="give a text or null")
    canonical = fold_words(read.text.joined())
    seller = f"{data.get('source') or ''}/{data['seller']}" if data.get("seller") else ""
    if merged := data.get("merged_seller"):  # the number that several accounts may have
        if not isinstance(merged, int):
            fix = "give a number or null"
            raise ParseError("is not a number", file=str(path), line=number, field="merged_seller", fix=fix)
        seller = f"#{merged}"
    return _Vote(read.text, canonical, label, data.get("reviewer") or "", seller)


def _label(data: dict[str, Any], path: Path, number: int) -> int | None:
    """1, 0, or None where the person had no opinion. ``decision`` and ``label`` must not contradict each other."""
    decision, label = data.get("decision"), data.get("label")
    known = _LABELS.get(decision) if isinstance(decision, str) else None
    if decision is not None and known is None and decision not in _NO_OPINION:
        fix = f"one of {', '.join([*_LABELS, *_NO_OPINION])}"
        raise ParseError(f"{decision!r} is no decision", file=str(path), line=number, field="decision", fix=fix)
    if label is None or (isinstance(label, int) and not isinstance(label, bool) and label in (0, 1)):
        if decision is None and "label" not in data:
            raise ParseError("is missing", file=str(path), line=number, field="label", fix="1 = wildlife, 0 = not")
        if decision is None or label in (None, known):
            return known if decision is not None else label
        raise ParseError("contradicts decision", file=str(path), line=number, field="label", fix="export it again")
    raise ParseError("is not 0, 1 or null", file=str(path), line=number, field="label", fix="1 = wildlife, 0 = not")


def _agreed(votes: Sequence[_Vote]) -> tuple[list[Decided], int, int, int]:
    """Texts with their label, how many were disputed or had votes overruled, and how many votes were distinct."""
    by_text: dict[str, dict[str, _Vote]] = defaultdict(dict)
    for vote in votes:
        by_text[vote.canonical][vote.reviewer] = vote
    kept: list[tuple[_Vote, int]] = []
    disputed = overruled = 0
    for said in by_text.values():
        yes, of = sum(vote.label for vote in said.values()), len(said)
        if 2 * yes == of:
            disputed += 1
            continue
        label = int(2 * yes > of)
        overruled += yes not in (0, of)
        kept.append((next(vote for vote in said.values() if vote.label == label), label))
    groups = _groups([vote for vote, _ in kept])
    items = [Decided(v.text, v.canonical, label, group) for (v, label), group in zip(kept, groups, strict=True)]
    return items, disputed, overruled, sum(len(said) for said in by_text.values())


def _groups(votes: Sequence[_Vote]) -> list[int]:
    alike = near_duplicate_groups([vote.canonical for vote in votes])
    return together(alike, [vote.seller or None for vote in votes])


def _check(counts: Counts, path: Path) -> None:
    if not counts.lines:
        raise ConfigError("holds no decisions", file=str(path), fix="decide some items, then export again")
    for name, count in (("wildlife", counts.wildlife), ("not wildlife", counts.texts - counts.wildlife)):
        if count < _FEWEST:
            message = f"only {count} texts were decided to be {name}"
            fix = f"decide until there are at least {_FEWEST} of each, then export again"
            raise ConfigError(message, file=str(path), field="label", fix=fix)

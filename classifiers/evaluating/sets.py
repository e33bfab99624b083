"""Labelled sets: JSON Lines of {id, title, description, price, label} and, where known, what to group by."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import orjson

from classifiers.folding import fold_words
from classifiers.reading import Text
from classifiers.streaming import numbered, parse_line, read_content
from classifiers.training.groups import near_duplicate_groups, together
from wildtrade.errors import ConfigError, ParseError

KEYS = ("language", "group", "difficulty", "source")  # what figures are given by
_ALIASES = {"group": ("group", "taxon_group", "category")}


@dataclass(frozen=True, slots=True)
class Row:
    """One labelled text. ``by`` holds what is known of KEYS; near-duplicates and texts of one seller share a
    ``cluster``: they count as one where an interval is drawn."""

    id: str
    text: Text
    label: int
    by: dict[str, str]
    cluster: int


def read_set(path: Path) -> tuple[list[Row], list[ParseError]]:
    """Rows and what is wrong with each line that cannot be used. Raises ConfigError where no line can."""
    found: list[tuple[str, Text, int, dict[str, str], str | None]] = []
    bad: list[ParseError] = []
    for number, line in numbered(read_content(path).splitlines()):
        try:
            found.append(_row(line, path, number))
        except ParseError as error:
            bad.append(error)
    if not found:
        fix = str(bad[0]) if bad else "one JSON object per line with title or description, and label 0 or 1"
        raise ConfigError("holds no labelled text", file=str(path), fix=fix)
    alike = near_duplicate_groups([fold_words(text.joined()) for _, text, *_ in found])
    clusters = together(alike, [seller for *_, seller in found])
    return [Row(*row[:4], cluster) for row, cluster in zip(found, clusters, strict=True)], bad


def _row(line: bytes, path: Path, number: int) -> tuple[str, Text, int, dict[str, str], str | None]:
    read = parse_line(line, str(path), number)
    if read.text is None:
        raise ParseError(
            read.error.message if read.error else "cannot be used",
            file=path.name, line=number, field=read.error.field if read.error else None,
            fix=read.error.fix if read.error else None,
        )  # fmt: skip
    data = orjson.loads(line)
    label = data.get("label")
    if isinstance(label, bool) or label not in (0, 1):
        raise ParseError("is not 0 or 1", file=path.name, line=number, field="label", fix="1 = wildlife, 0 = not")
    by = {key: value for key in KEYS if (value := _known(data, key))}
    identity = read.id if isinstance(read.id, str | int) else f"line {number}"
    seller = f"{data.get('source') or ''}/{read.text.seller}" if read.text.seller else None
    # The language is left for the detector to find out; the seller's name is not judged.
    text = Text(read.text.title, read.text.description, read.text.price, images=read.text.images)
    return str(identity), text, int(label), by, seller


def _known(data: dict[str, object], key: str) -> str:
    for name in _ALIASES.get(key, (key,)):
        if isinstance(value := data.get(name), str) and value:
            return value
    return ""

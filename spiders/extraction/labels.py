"""Labels among a page's lines ("Location:", "ผู้ขาย", "Posted 3 days ago") and what follows them."""

from __future__ import annotations

from typing import NamedTuple

from spiders.extraction.document import Document
from spiders.extraction.vocabulary import FIRST_WORDS

_COLONS = ":："


class Labelled(NamedTuple):
    """A label on line ``line``; ``value`` is what stands behind it on the same line, "" where nothing does."""

    line: int
    value: str


def find_labels(document: Document) -> dict[str, list[Labelled]]:
    """Labels by field, in page order. One dictionary look-up per line."""
    found: dict[str, list[Labelled]] = {}
    for number, folded in enumerate(document.folded_lines):
        key = folded.partition(" ")[0]
        if ":" in key or "：" in key:
            key = key.partition(":")[0].partition("：")[0]
        if key not in FIRST_WORDS:
            continue
        for field, label, is_open in FIRST_WORDS[key]:
            value = _value(document.lines[number], label, is_open)
            if value is not None:
                found.setdefault(field, []).append(Labelled(number, value))
                break
    return found


def _value(line: str, label: str, is_open: bool) -> str | None:
    if line[: len(label)].lower() != label:
        return None
    rest = line[len(label) :]
    value = rest.lstrip()
    if not value.strip(_COLONS + " *"):
        return ""
    if value[0] in _COLONS:
        return value.lstrip(_COLONS + " ")
    return value if is_open and (rest[0] == " " or not label[-1].isascii()) else None

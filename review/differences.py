"""What changed between two versions of a text, word by word, made harmless for the page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

from review.marking import reveal

_WORDS = re.compile(r"\s+|[\u0e00-\u0eff\u3400-\u9fff]|[^\s\u0e00-\u0eff\u3400-\u9fff]+")
MOST = 4_000  # characters of each version that are compared


@dataclass(frozen=True, slots=True)
class Stretch:
    """``kind`` is same, added or removed."""

    kind: str
    text: str


def differences(before: str | None, after: str | None) -> list[Stretch]:
    """The stretches of both texts in reading order; empty where they are the same."""
    old, new = (_WORDS.findall((text or "")[:MOST]) for text in (before, after))
    if old == new:
        return []
    found = []
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            found.append(Stretch("same", reveal("".join(old[a:b]))))
            continue
        if b > a:
            found.append(Stretch("removed", reveal("".join(old[a:b]))))
        if d > c:
            found.append(Stretch("added", reveal("".join(new[c:d]))))
    return found

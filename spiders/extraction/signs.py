"""Currency signs, codes and words right beside a number: found by look-up, as a pattern of a thousand forms is slow."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

from spiders.extraction.currencies import ISO_CODES, WRITTEN

_WINDOW = 18
_JOINTS = " :="
_FORMS = frozenset({*WRITTEN, *(form.capitalize() for form in WRITTEN if form.isalpha())})


class Sign(NamedTuple):
    """A form such as ``"US$"`` or ``"baht"`` and where it stands; ``start`` and ``end`` include what joins it to the
    number."""

    form: str
    start: int
    end: int


def _lengths(position: int) -> dict[str, tuple[int, ...]]:
    """How long forms are, longest first, by their character at ``position``."""
    found: dict[str, set[int]] = defaultdict(set)
    for form in (*_FORMS, *ISO_CODES, *map(str.lower, ISO_CODES)):
        found[form[position]].add(len(form))
    return {char: tuple(sorted(lengths, reverse=True)) for char, lengths in found.items()}


_BY_FIRST, _BY_LAST = _lengths(0), _lengths(-1)


def _is_form(text: str) -> bool:
    return text in _FORMS or text.upper() in ISO_CODES


def joins(char: str) -> bool:
    """Whether a form that touches this character is part of a longer word. Thai and CJK write no spaces: there it is
    not."""
    return char.isalpha() and not (
        "\u0e00" <= char <= "\u0eff" or "\u3040" <= char <= "\u9fff" or "\uac00" <= char <= "\ud7af"
    )


def signs_beside(text: str, start: int, end: int) -> list[Sign]:
    """The signs before and behind a number."""
    return [sign for sign in (sign_before(text, start), sign_after(text, end)) if sign]


def sign_before(text: str, end: int) -> Sign | None:
    """The sign that ends right before a position, or up to two joints or a line break before it; the longest, and
    of no more than 18 characters."""
    first = max(0, end - _WINDOW)
    stop = end - (text[first:end][-1:] == "\n")
    best: Sign | None = None
    for _ in range(3):
        for length in _BY_LAST.get(text[stop - 1 : stop], ()):
            start = stop - length
            apart = start == first or (start > first and not joins(text[start - 1]))
            if apart and (best is None or start < best.start) and _is_form(text[start:stop]):
                best = Sign(text[start:stop], start, end)
                break
        if stop == first or text[stop - 1] not in _JOINTS:
            break
        stop -= 1
    return best


def sign_after(text: str, position: int) -> Sign | None:
    """The sign that starts at a position, or behind a space or a Spanish "de" there."""
    starts = [position + 1, position] if text.startswith(" ", position) else [position]
    if text.startswith(" de", position):
        starts = (
            [position + 4, position + 3, *starts] if text.startswith(" ", position + 3) else [position + 3, *starts]
        )
    for start in starts:
        for length in _BY_FIRST.get(text[start : start + 1], ()):
            end = start + length
            if end <= len(text) and _is_form(text[start:end]) and not joins(text[end : end + 1]):
                return Sign(text[start:end], position, end)
    return None

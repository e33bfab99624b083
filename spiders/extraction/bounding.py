"""Bounds for what makes an HTML parser's time grow with the square: depth of nesting, attributes of one tag."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from spiders.extraction.text import entries

# Browsers stop at 512 levels; a page with fewer tags than this cannot cost much.
MAX_DEPTH = 600
FEW_TAGS = 8000
MAX_ATTRIBUTES = 1000
SHORT = 100_000
LONG_TAG = 8000
_ATTRIBUTE = re.compile(r"""\s[^\s=>"']+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>]+))?""")
_TAG = re.compile(r"<(/?)([a-zA-Z][\w:-]{0,40})[^<>]{0,4000}>")
# Elements that need no end tag, so that counting them would see depth where there is none.
_OPEN_ENDED = entries(
    "area base br col embed hr img input link meta param source track wbr p li dt dd td th tr tbody thead "
    "tfoot option "
    "optgroup html head body"
)
_NESTING = re.compile(rf"<(/?)(?!(?:{'|'.join(_OPEN_ENDED)})(?![\w:-]))[a-zA-Z]", re.IGNORECASE)


def bounded(text: str) -> str:
    """The page without the tags below 600 levels (their text stays) and without attributes beyond the 1,000th of a tag.

    Ordinary pages come back as they are.
    """
    if len(text) > SHORT:
        text = _without(text, _surplus_attributes(text))
    return _without(text, _too_deep(text)) if is_deeper(text, MAX_DEPTH) else text


def _without(text: str, cuts: Iterable[tuple[int, int]]) -> str:
    """The text with a blank in the place of each cut."""
    pieces, position = [], 0
    for start, end in cuts:
        pieces.append(text[position:start])
        position = end
    return " ".join([*pieces, text[position:]]) if pieces else text


def long_tags(text: str, length: int) -> Iterator[tuple[int, int]]:
    """Where tags of at least so many characters start and end. Looks for blocks of half as many without any bracket:
    most of a page is passed over."""
    half = length // 2
    position = 0
    while position + half <= len(text):
        block = position, position + half
        position += half
        if max(text.find("<", *block), text.find(">", *block)) >= 0:
            continue
        before = max(0, block[0] - half)
        start, closed = text.rfind("<", before, block[0]), text.rfind(">", before, block[0])
        end = min((at for at in (text.find("<", position), text.find(">", position)) if at >= 0), default=len(text))
        if start > closed and end - start >= length and text[start + 1 : start + 2].isalpha():
            yield start, end
        position = max(position, end)


def _surplus_attributes(text: str) -> Iterator[tuple[int, int]]:
    for start, end in long_tags(text, LONG_TAG):
        last = next(islice(_ATTRIBUTE.finditer(text, start, end), MAX_ATTRIBUTES, None), None)
        if last is not None:
            yield last.start(), end


def is_deeper(text: str, limit: int) -> bool:
    """Whether tags are nested more than so many levels deep, in a page of so many that it matters; those that need no
    end are left out."""
    if text.count("<") < FEW_TAGS or not _may_be_deeper(text, limit):
        return False
    depth = 0
    for closing in _NESTING.findall(text):
        depth = max(0, depth - 1) if closing else depth + 1
        if depth > limit:
            return True
    return False


def _may_be_deeper(text: str, limit: int) -> bool:
    """A quick upper bound: tags opened minus tags closed, counted piece by piece."""
    size, depth = max(1_000, len(text) // 64), 0
    for start in range(0, len(text), size):
        closed = text.count("</", start, start + size)
        opened = text.count("<", start, start + size) - closed
        if depth + opened > limit:
            return True
        depth = max(0, depth + opened - closed)
    return False


def _too_deep(text: str) -> Iterator[tuple[int, int]]:
    depth = 0
    for tag in _TAG.finditer(text):
        if tag.group(2).lower() in _OPEN_ENDED:
            continue
        depth += -1 if tag.group(1) else 1
        if depth > MAX_DEPTH or (tag.group(1) and depth == MAX_DEPTH):
            yield tag.span()
        depth = max(depth, 0)

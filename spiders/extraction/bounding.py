"""Bounds for what makes an HTML parser's time grow with the square: depth of nesting, attributes of one tag."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from spiders.extraction.text import entries

# Browsers stop at 512 levels; a page with fewer tags than this cannot cost much.
MAX_DEPTH = 600
FEW_TAGS = 8000
MAX_ATTRIBUTES = 1000
SHORT = 100_000
_LONG_TAG = re.compile(r"<[a-zA-Z][^<>]{8000,}>?")
_ATTRIBUTE = re.compile(r"""\s[^\s=>"']+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>]+))?""")
_TAG = re.compile(r"<(/?)([a-zA-Z][\w:-]{0,40})[^<>]{0,4000}>")
# Elements that need no end tag, so that counting them would see depth where there is none.
_OPEN_ENDED = frozenset(
    entries(
        "area base br col embed hr img input link meta param source track wbr p li dt dd td th tr tbody thead "
        "tfoot option "
        "optgroup html head body"
    )
)


def bounded(text: str) -> str:
    """The page without the tags below 600 levels (their text stays) and without attributes beyond the 1,000th of a tag.

    Ordinary pages come back as they are.
    """
    if len(text) > SHORT:
        text = _LONG_TAG.sub(_fewer_attributes, text)
    cuts = list(_too_deep(text)) if text.count("<") >= FEW_TAGS else []
    if not cuts:
        return text
    pieces, position = [], 0
    for start, end in cuts:
        pieces.append(text[position:start])
        position = end
    return " ".join([*pieces, text[position:]])


def _fewer_attributes(tag: re.Match[str]) -> str:
    text = tag.group()
    last = next(islice(_ATTRIBUTE.finditer(text), MAX_ATTRIBUTES, None), None)
    return text if last is None else text[: last.start()] + ">"


def _too_deep(text: str) -> Iterator[tuple[int, int]]:
    depth = 0
    for tag in _TAG.finditer(text):
        if tag.group(2).lower() in _OPEN_ENDED:
            continue
        depth += -1 if tag.group(1) else 1
        if depth > MAX_DEPTH or (tag.group(1) and depth == MAX_DEPTH):
            yield tag.span()
        depth = max(depth, 0)

"""JSON-LD blocks, read leniently: what people paste into pages is often not quite JSON."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

import orjson

MAX_BLOCK = 1_000_000
MAX_BLOCKS = 60
MAX_OBJECTS = 500
_WRAPPING = re.compile(
    r"^\s*(?:<!--|//\s*<!\[CDATA\[|<!\[CDATA\[|/\*\s*<!\[CDATA\[\s*\*/)|(?:-->|//\s*\]\]>|\]\]>|/\*\s*\]\]>\s*\*/)\s*;?\s*$"
)
_TRAILING_COMMA = re.compile(r",(?=\s{0,100}[}\]])")
_LOST_COMMA = re.compile(r'([}\]"])(?=\s{0,20}\n\s{0,100}"[\w@]{1,40}"\s{0,5}:)')


def objects(blocks: Iterable[str]) -> list[dict[str, Any]]:
    """All objects of the blocks, ``@graph`` and lists opened. Blocks that cannot be mended are left out."""
    found: list[dict[str, Any]] = []
    for block, _ in zip(blocks, range(MAX_BLOCKS), strict=False):
        if len(block) <= MAX_BLOCK:
            found.extend(_open(parse(block)))
        if len(found) >= MAX_OBJECTS:
            break
    return found[:MAX_OBJECTS]


def parse(block: str) -> Any:
    """The value of one block, or None. Mends comments around it, raw control characters, trailing and missing
    commas, escaped quotes as entities."""
    try:
        return orjson.loads(block)
    except orjson.JSONDecodeError:
        pass
    text = _WRAPPING.sub("", block.strip().rstrip(";"))
    for mended in (
        text,
        _TRAILING_COMMA.sub("", text),
        _TRAILING_COMMA.sub("", _LOST_COMMA.sub(r"\1,", html.unescape(text))),
    ):
        try:
            return json.loads(mended, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _open(value: Any) -> Iterator[dict[str, Any]]:
    stack = [value]
    for _ in range(MAX_OBJECTS * 4):
        if not stack:
            return
        current = stack.pop()
        if isinstance(current, list):
            stack.extend(reversed(current[:MAX_OBJECTS]))
        elif isinstance(current, dict):
            graph = current.get("@graph")
            if isinstance(graph, list | dict):
                stack.append(graph)
            if len(current) > (graph is not None) + ("@context" in current):
                yield current

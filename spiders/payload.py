"""JSON in whatever wrapping: an API's answer, a script that holds one, a recorded exchange. Never raises."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import chompjs
import orjson

MAX_LENIENT = 3_000_000
MAX_VALUES = 300_000  # an answer of more is no page of results; as objects it would take hundreds of megabytes
_START = re.compile(r"(?:=|\bdefault|\breturn|\()\s*([\[{])|^\s*([\[{])", re.M)
_PREFIX = re.compile(r"^\s*(?:\)\]\}',?|while\s*\(1\);|for\s*\(;;\);|[\w.$]+\()\s*")
_LONGEST_NUMBER = 40
_NESTED = (dict, list)


def _integer(digits: str) -> int | float:
    """Numbers too long to mean anything cost no time."""
    return int(digits) if len(digits) <= _LONGEST_NUMBER else float(digits[:300])


_DECODER = json.JSONDecoder(strict=False, parse_int=_integer)


def is_json(text: str, media_type: str = "") -> bool:
    """Whether a text looks like JSON or JSONP or a script that holds an object, not like markup."""
    head = text[:400].lstrip("\ufeff \t\r\n")
    if head.startswith("<") or not head:
        return False
    return (
        head[0] in "[{"
        or bool(_PREFIX.match(head))
        or "json" in media_type
        or "javascript" in media_type
        or _is_script(head)
    )


def _is_script(head: str) -> bool:
    return bool(re.match(r"(?:export|module\.exports|const|let|var|window\.|/[/*]|import\s)", head))


def loads(text: str) -> Any:
    """The JSON value of a text, or None: strict JSON first, then the first value inside a script, read leniently."""
    text = text.strip()
    if text.count(",") > MAX_VALUES:
        return None
    value = _strict(text) if text[:1] in "[{" else None
    if value is None:
        value = _strict(_PREFIX.sub("", text[:200]) + text[200:].rstrip(");"))
    return value if value is not None else _embedded(text)


def _strict(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        pass
    try:  # NaN, big numbers, control characters
        return _DECODER.decode(text)
    except (ValueError, RecursionError):
        return None


def _embedded(text: str) -> Any:
    for match in list(_START.finditer(text))[:20]:
        start = match.start(1) if match.group(1) else match.start(2)
        try:
            value, _ = _DECODER.raw_decode(text, start)
        except (ValueError, RecursionError):
            value = _lenient(text[start:])
        if isinstance(value, dict | list) and value:
            return value
    return None


def _lenient(text: str) -> Any:
    if len(text) > MAX_LENIENT:
        return None
    try:
        return chompjs.parse_js_object(text)
    except (ValueError, RecursionError):
        return None


def walk(value: Any, limit: int = 200_000) -> Iterator[Any]:
    """Every dict and list inside a value, outer ones first, also those hidden in strings of JSON; no recursion."""
    queue = [value]
    for current in queue:
        if len(queue) > limit:
            return
        if isinstance(current, str):
            current = _strict(current)
        if not isinstance(current, _NESTED):
            continue
        yield current
        for child in current.values() if isinstance(current, dict) else current:
            if isinstance(child, _NESTED) or (isinstance(child, str) and _holds_json(child)):
                queue.append(child)


def _holds_json(text: str) -> bool:
    return len(text) > 40 and text[0] in "[{" and text[-1] in "]}"

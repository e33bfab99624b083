"""Application state that script-built pages carry: ``__NEXT_DATA__``, ``window.__STATE__ = {...}`` and the like."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import chompjs
import orjson

MAX_STATE = 3_000_000
MAX_LENIENT = 300_000
MAX_STATES = 12
MAX_ASSIGNMENTS = 200
_MIN = 200
# The start of an object, list or quoted JSON behind "="; the name before it is looked at afterwards.
_ASSIGNED = re.compile(r"=\s{0,5}(?=JSON\.parse\(|[\[{]\s{0,20}[\"'\w{\[]|[\"']\s?[\[{]|[\"']%7B)")
_NAME = re.compile(
    r"(?:__\w{2,60}|[A-Z][A-Z_]{4,60}|(?:state|data|props|product|listing|item|advert|ad|detail|config|store|context|nuxt))[\"']?\]?\s{0,5}$",
    re.IGNORECASE,
)
_JSON_PARSE = re.compile(r"JSON\.parse\(\s{0,5}(?=[\"'])")
_ESCAPED = re.compile(r"\\(['\"\\])")
_DECODER = json.JSONDecoder(strict=False)


@dataclass(frozen=True)
class Script:
    """One ``<script>`` with its content."""

    type: str
    id: str
    text: str

    @cached_property
    def values(self) -> list[Any]:
        """The objects and lists in it; what cannot be parsed is left out."""
        return [value for value in _read(self) if isinstance(value, dict | list) and value]


def states(scripts: Iterable[Script], names: list[str], may_hold: Callable[[str], bool] | None = None) -> list[Any]:
    """Every state in the scripts that mention one of ``names``, up to 3 MB of script in all. ``may_hold`` tells from a
    script's text whether what is looked for can be in it at all."""
    found: list[Any] = []
    budget = MAX_STATE
    needles = {_needle(name) for name in names}
    for script in scripts:
        if len(script.text) < _MIN or len(script.text) > budget or "ld+json" in script.type:
            continue
        if not any(needle in script.text for needle in needles) or (may_hold and not may_hold(script.text)):
            continue
        budget -= len(script.text)
        found.extend(script.values)
        if len(found) >= MAX_STATES:
            break
    return found[:MAX_STATES]


def _needle(name: str) -> str:
    """What of a name stands in JSON however it was escaped: its longest ASCII word ("" stands in all)."""
    found: list[str] = re.findall(r"[A-Za-z0-9]+", name)
    return max(found, key=len, default="")


def _read(script: Script) -> Iterator[Any]:
    if "json" in script.type:
        yield _loads(script.text)
        return
    position = 0
    for _ in range(MAX_ASSIGNMENTS):
        match = _ASSIGNED.search(script.text, position)
        if match is None:
            return
        position = match.end()
        if _NAME.search(script.text[max(0, match.start() - 70) : match.start()]):
            value, position = _value_at(script.text, match.end())
            yield value


def _value_at(text: str, start: int) -> tuple[Any, int]:
    """The value that starts at ``start`` and the position behind it (``start`` + 1 where nothing could be read)."""
    call = _JSON_PARSE.match(text, start)
    start = call.end() if call else start
    if text[start : start + 1] == "'":
        return _single_quoted(text, start)
    try:
        value, end = _DECODER.raw_decode(text, start)
    except (ValueError, RecursionError):
        return _lenient(text, start), start + 1
    return (_loads(value) if isinstance(value, str) else value), max(end, start + 1)


def _single_quoted(text: str, start: int) -> tuple[Any, int]:
    end = re.compile(r"(?:[^'\\]|\\.)*'", re.DOTALL).match(text, start + 1)
    if end is None:
        return None, start + 1
    return _loads(_ESCAPED.sub(r"\1", end.group()[:-1])), end.end()


def _lenient(text: str, start: int) -> Any:
    """JavaScript that is not JSON (bare keys, single quotes), for objects of moderate size only."""
    if text[start : start + 1] not in "{[" or len(text) - start > MAX_LENIENT:
        return None
    try:
        return chompjs.parse_js_object(text[start:])
    except (ValueError, RecursionError):
        return None


def _loads(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None

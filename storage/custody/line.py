"""One line of the log: ``{"entry":...,"sig":"..."}``.

What is signed is the text behind ``"entry":``, byte for byte: canonical JSON (keys sorted, no spaces, UTF-8), so that
anybody can cut it out and check it with openssl. ``prev`` in an entry is the SHA-256 of the whole line before it.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any

import orjson

GENESIS = "0" * 64  # ``prev`` of the first entry
_HEAD, _MIDDLE, _END = b'{"entry":', b',"sig":"', b'"}'
_SIGNATURE = re.compile(rb"[0-9a-f]{128}")  # one spelling only: another one would be a change that still verifies


class BrokenLine(ValueError):
    """A line that is no entry of a custody log; the message says why."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line taken apart. ``signed`` are the bytes under the signature; ``hash`` is of the line without its end."""

    entry: dict[str, Any]
    signed: bytes
    signature: bytes
    hash: str

    @property
    def seq(self) -> int:
        """Its number, from 1 on."""
        return int(self.entry["seq"])

    @property
    def details(self) -> dict[str, Any]:
        """What the action is about."""
        details = self.entry["details"]
        return details if isinstance(details, dict) else {}


def canonical(data: Any) -> bytes:
    """Canonical JSON. Lone surrogates and values JSON lacks are replaced, so that nothing keeps an event out."""
    try:
        return orjson.dumps(data, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:
        text = json.dumps(data, default=str, ensure_ascii=False).encode("utf-8", "replace").decode()
        return orjson.dumps(orjson.loads(text), option=orjson.OPT_SORT_KEYS)


def join(signed: bytes, signature: bytes) -> bytes:
    """The line of an entry, without its end."""
    return b"".join((_HEAD, signed, _MIDDLE, signature.hex().encode(), _END))


def take_apart(line: bytes) -> Line:
    """Read a line (without its end). Raises BrokenLine; says nothing about chain or signature."""
    signed, middle, rest = line[len(_HEAD) :].rpartition(_MIDDLE)
    if not line.startswith(_HEAD) or not middle or not rest.endswith(_END):
        raise BrokenLine("it does not have the form of an entry")
    signature = rest[: -len(_END)]
    if not _SIGNATURE.fullmatch(signature):
        raise BrokenLine("its signature is not 128 hex digits")
    try:
        entry = orjson.loads(signed)
    except orjson.JSONDecodeError as error:
        raise BrokenLine(f"its entry is not JSON: {error}") from error
    if not isinstance(entry, dict) or not {"seq", "prev", "key", "action", "details"} <= entry.keys():
        raise BrokenLine("its entry lacks a field")
    if type(entry["seq"]) is not int or entry["seq"] < 0:
        raise BrokenLine("its number is none")
    return Line(entry, signed, bytes.fromhex(signature.decode()), digest(line))


def digest(data: bytes) -> str:
    """SHA-256 as 64 hex digits."""
    return hashlib.sha256(data).hexdigest()

"""A page taken apart by plain searching, in time linear in its length: for pages that a tree parser chokes on.

No tree, no nesting, no attributes but links: only what stands between the tags, and where its links lead.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from spiders.extraction.text import entries, one_line

MAX_SOURCE = 16_000_000
MAX_TEXT = 200_000
MAX_LINKS = 5_000
MAX_URL = 2_048
_LEFT_OUT = re.compile(r"<(script|style|template|svg)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[/!?a-zA-Z][^<>]*>?")
# White space inside a tag is matched possessively by its neighbours: no repetition here can overlap another.
_LINK = re.compile(r"""<a\s[^<>]{0,2000}?\bhref\s?=\s?["']?([^"'<>\s]{1,2048})["'\s>]""", re.IGNORECASE)
_TITLE = re.compile(r"<title\b[^<>]{0,500}>([^<]{0,1000})", re.IGNORECASE)
_HEADING = re.compile(r"<h1\b[^<>]{0,500}>([^<]{0,1000})", re.IGNORECASE)
_ANY_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,20})")
_ATTRIBUTE = re.compile(r"\s[^\s=<>\"'/]{1,100}=?")
_VALUE = re.compile(r"""\"[^"]*\"|'[^']*'""")
_LONG_TAG = re.compile(r"<[a-zA-Z][^<>]{20000,}")
_VOID = frozenset(
    entries("area base br col embed hr img input link meta param source track wbr p li td tr th dt dd option")
)
MAX_DEPTH = 1_500
MAX_ATTRIBUTES = 1_000
MAX_TAGS = 200_000


@dataclass(frozen=True, slots=True)
class Recovered:
    """What is left of a page: title, heading, visible text (one line for each text node) and links as written."""

    title: str
    heading: str
    text: str
    links: tuple[str, ...]


def recover(source: str) -> Recovered:
    """Text and links of a page, whatever its make: at most 16 MB are read, 200,000 characters and 5,000 links kept."""
    shown = _LEFT_OUT.sub(" ", source[:MAX_SOURCE])
    links = []
    for match in _LINK.finditer(shown):
        links.append(html.unescape(match.group(1)))
        if len(links) == MAX_LINKS:
            break
    return Recovered(_first(_TITLE, shown), _first(_HEADING, shown), _text(shown), tuple(links))


def _text(shown: str) -> str:
    lines: dict[str, None] = {}  # each line once, so that repeated rubbish does not use up the space
    size = 0
    for part in _TAG.sub("\n", shown).split("\n"):
        if part and not part.isspace():
            line = one_line(html.unescape(part[:20_000]))
            if line and line not in lines:
                lines[line] = None
                size += len(line)
                if size > MAX_TEXT:
                    break
    return "\n".join(lines)[:MAX_TEXT]


def _first(pattern: re.Pattern[str], shown: str) -> str:
    found = pattern.search(shown)
    return one_line(html.unescape(found.group(1))) if found else ""


def pathological(source: str) -> str | None:
    """Why a tree parser should not see this page, or None: parsers take quadratic time over deep nesting and over
    tags with thousands of attributes."""
    if source.count("<") > MAX_TAGS:
        return f"more than {MAX_TAGS} tags"
    for match in _LONG_TAG.finditer(source):
        if len(_ATTRIBUTE.findall(_VALUE.sub('""', match.group()[:500_000]))) > MAX_ATTRIBUTES:
            return "a tag with thousands of attributes"
    if _may_be_deep(source) and _too_deep(source):
        return f"nested more than {MAX_DEPTH} levels deep"
    return None


def _may_be_deep(source: str) -> bool:
    """A quick upper bound: tags opened minus tags closed, counted piece by piece."""
    size, depth = max(1_000, len(source) // 64), 0
    for start in range(0, len(source), size):
        piece = source[start : start + size]
        closed = piece.count("</")
        opened = piece.count("<") - closed
        if depth + opened > MAX_DEPTH:
            return True
        depth = max(0, depth + opened - closed)
    return False


def _too_deep(source: str) -> bool:
    """Open tags minus closed ones; tags that need no end are left out."""
    depth = 0
    for match in _ANY_TAG.finditer(source):
        closing, name = match.groups()
        if name.lower() in _VOID:
            continue
        depth += -1 if closing else 1
        if depth > MAX_DEPTH:
            return True
        depth = max(depth, 0)
    return False

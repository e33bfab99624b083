"""A page taken apart by plain searching, in time linear in its length: for pages that a tree parser chokes on.

No tree, no nesting, no attributes but links: only what stands between the tags, and where its links lead.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

from spiders.extraction.bounding import is_deeper, long_tags
from spiders.extraction.text import one_line

MAX_SOURCE = 16_000_000
MAX_TEXT = 200_000
MAX_LINKS = 5_000
MAX_URL = 2_048
# What stands between "<" and "<" is passed over at once.
_LEFT_OUT = re.compile(
    r"<(?:(script|style|template|svg)\b[^<]*+(?:<(?!/\1\s*>)[^<]*+)*+(?:</\1\s*>)?+|!--(?:[^-]++|-(?!->))*+(?:-->)?+)",
    re.IGNORECASE,
)
_SHORT = 10_000
_LINE = re.compile(r"[^\n]+")
_TAG = re.compile(r"<[/!?a-zA-Z][^<>]*>?")
# White space inside a tag is matched possessively by its neighbours: no repetition here can overlap another.
_LINK = re.compile(r"""<a\s[^<>]{0,2000}?\bhref\s?=\s?["']?([^"'<>\s]{1,2048})["'\s>]""", re.IGNORECASE)
_TITLE = re.compile(r"<title\b[^<>]{0,500}>([^<]{0,1000})", re.IGNORECASE)
_HEADING = re.compile(r"<h1\b[^<>]{0,500}>([^<]{0,1000})", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"\s[^\s=<>\"'/]{1,100}=?")
_VALUE = re.compile(r"""\"[^"]*\"|'[^']*'""")
_CONTROLS = re.compile("[\x01-\x08\x0e-\x1a\x1c-\x1f]")
_SAMPLE = 50_000
LONG_TAG = 20_000
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
    for part in _parts(shown):
        if part and part not in lines and not part.isspace():
            line = one_line(html.unescape(part[:20_000]))
            if line and line not in lines:
                lines[line] = None
                size += len(line)
                if size > MAX_TEXT:
                    break
    return "\n".join(lines)[:MAX_TEXT]


def _parts(shown: str) -> Iterator[str]:
    """The lines between the tags, one after the other: a list of them would be larger than the page."""
    start = 0
    for tag in _TAG.finditer(shown):
        end = tag.start()
        if end - start > _SHORT:
            yield from (line.group() for line in _LINE.finditer(shown, start, end))
        elif end > start:
            yield from shown[start:end].split("\n")
        start = tag.end()
    yield from (line.group() for line in _LINE.finditer(shown, start))


def _first(pattern: re.Pattern[str], shown: str) -> str:
    found = pattern.search(shown)
    return one_line(html.unescape(found.group(1))) if found else ""


def pathological(source: str) -> str | None:
    """Why a tree parser should not see this page, or None: parsers take quadratic time over deep nesting and over
    tags with thousands of attributes, and much memory over what is no page at all."""
    if len(source) > MAX_TAGS and source.count("<") > MAX_TAGS:
        return f"more than {MAX_TAGS} tags"
    if len(_CONTROLS.findall(source, 0, _SAMPLE)) > len(source[:_SAMPLE]) // 50:
        return "bytes that are no text"
    for start, end in long_tags(source, LONG_TAG):
        if len(_ATTRIBUTE.findall(_VALUE.sub('""', source[start : min(end, start + 500_000)]))) > MAX_ATTRIBUTES:
            return "a tag with thousands of attributes"
    if is_deeper(source, MAX_DEPTH):
        return f"nested more than {MAX_DEPTH} levels deep"
    return None

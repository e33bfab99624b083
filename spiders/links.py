"""The links of a page, and the shape of a URL: what stays the same from one listing's address to the next."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl, unquote, urlsplit

from selectolax.lexbor import LexborNode

from spiders.extraction.document import Document

MAX_LINKS = 5000
MAX_URL = 2048
_SECOND_LEVEL = frozenset({"co", "com", "net", "org", "gov", "edu", "ac", "or", "ne", "go", "in", "web", "my"})
_NUMBER = re.compile(r"(?<![A-Za-z0-9])\d{5,}(?![A-Za-z0-9])")
_MARKED = re.compile(
    r"(?:^|[-_.])(?:ID|iid|id|i|p|prd|art)[-_.]?[A-Za-z]{0,3}\d{4,}|[-_]ID[A-Za-z0-9]{4,}$|^ID[A-Za-z0-9]{4,}$"
)
_TOKEN = re.compile(r"[A-Za-z0-9]{6,}")
_EXTENSION = re.compile(r"\.(?:s?html?|php|aspx?|cfm|jsp)$", re.I)
_ID_PARAMETER = re.compile(r"(?:^|_|-)(?:id|nr|no|num|prn|product|item|ad|code|sku|key)$|id$|^[tp]$", re.I)


@dataclass(frozen=True, slots=True)
class Link:
    """One anchor: its absolute URL without fragment, and its node."""

    url: str
    node: LexborNode


def page_links(document: Document) -> list[Link]:
    """The anchors that stay on the site, in page order, at most 5,000."""
    here, links = site_of(document.url), []
    for node in document.tree.css("a[href]")[: 4 * MAX_LINKS]:
        url = document.absolute(node.attributes.get("href"))
        if url is None or len(url) > MAX_URL:
            continue
        if not here or site_of(url) == here:
            links.append(Link(url.partition("#")[0], node))
            if len(links) == MAX_LINKS:
                break
    return links


def unique(urls: Iterable[str]) -> tuple[str, ...]:
    """Each URL once, in order; URLs that differ only in their query count as one (the first) where the path names a
    page of its own."""
    seen: dict[str, str] = {}
    for url in urls:
        seen.setdefault(identity(url), url)
    return tuple(seen.values())


def identity(url: str) -> str:
    """What makes two links the same listing: host and path, and the query only where it holds the id."""
    base, _, query = url.partition("?")
    base = base.partition("://")[2].rstrip("/")
    own = [f"{key}={value}" for key, value in parse_qsl(query) if _ID_PARAMETER.search(key)] if query else []
    return f"{base}?{'&'.join(own)}" if own and not _has_id(base.partition("/")[2]) else base


def site_of(url: str) -> str:
    """The registered domain, near enough: ``www.olx.com.br`` and ``sp.olx.com.br`` are one site."""
    try:
        labels = (urlsplit(url).hostname or "").split(".")
    except ValueError:
        return ""
    if labels[-1].isdigit():
        return ".".join(labels)
    keep = 3 if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL else 2
    return ".".join(labels[-keep:])


@dataclass(frozen=True, slots=True)
class Shape:
    """A URL as a pattern: segments are ``#`` (a number), ``9`` (words with a number), ``@`` (words with a code) or
    ``*`` (words); the last one keeps its extension. ``query`` holds the names of id parameters. ``words`` are the
    host's first label and the segments themselves."""

    pattern: tuple[str, ...]
    query: tuple[str, ...]
    words: tuple[str, ...]

    @property
    def has_id(self) -> bool:
        """Whether a part of the URL looks like an item's number."""
        return bool(self.query) or any(part[0] in "#9@" for part in self.pattern)


def shape_of(url: str) -> Shape:
    """The shape of an absolute URL."""
    parts = urlsplit(url)
    words = tuple(segment for segment in unquote(parts.path).split("/") if segment)
    pattern = ("*", *(_classify(word) for word in words))
    query = tuple(sorted(k for k, v in parse_qsl(parts.query) if _ID_PARAMETER.search(k) and re.search(r"\d{2}", v)))
    if any(part[0] in "#9@" for part in pattern):
        query = ()
    host = (parts.hostname or "").removeprefix("www.").partition(".")[0]
    return Shape(pattern, query, (host, *words))


@lru_cache(maxsize=20_000)
def _classify(segment: str) -> str:
    extension = _EXTENSION.search(segment)
    stem = segment[: extension.start()] if extension else segment
    ending = extension.group().lower() if extension else ""
    if stem.isdigit() and len(stem) >= 3:
        return "#" + ending
    return ("9" if _NUMBER.search(stem.replace("_", "-")) else "@" if _has_id(stem) else "*") + ending


def _has_id(text: str) -> bool:
    if _NUMBER.search(text.replace("_", "-")) or _MARKED.search(text):
        return True
    return any(map(_is_code, _TOKEN.findall(text)))


def _is_code(token: str) -> bool:
    """Letters and digits mixed, or capitals in the middle: no word of a language."""
    letters, digits = sum(map(str.isalpha, token)), sum(map(str.isdigit, token))
    if digits and letters:
        return digits >= 3 or (len(token) >= 8 and _switches(token) >= 2)
    return len(token) >= 8 and not token.isupper() and any(map(str.isupper, token[1:])) and _switches(token) >= 3


def _switches(token: str) -> int:
    kinds = ["d" if c.isdigit() else "u" if c.isupper() else "l" for c in token]
    return sum(a != b for a, b in itertools.pairwise(kinds))


def ancestors(node: LexborNode, levels: int) -> Iterator[LexborNode]:
    """The elements above a node, nearest first, up to the body."""
    current = node.parent
    for _ in range(levels):
        if current is None or current.tag in ("body", "html"):
            return
        yield current
        current = current.parent

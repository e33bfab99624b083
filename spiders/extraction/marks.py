"""The names that page authors give their elements: class, id, test attributes, itemprop."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from selectolax.lexbor import LexborNode

_TESTS = ("data-testid", "data-qa", "data-cy", "data-aut-id", "data-marker", "data-test", "role")
_TOPMOST = frozenset({"body", "html"})
_TELLING = frozenset({"id", "itemprop", *_TESTS})  # what counts besides the classes
Test = Callable[[str], bool]
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def marks(node: LexborNode) -> str:
    """Class, id, test names and itemprop of a node in lower case, camelCase opened ("oldPrice" -> "old-price")."""
    return joined(node.attributes)


def joined(attributes: dict[str, str | None]) -> str:
    """``marks`` of a node whose attributes are at hand."""
    return spelled(names(attributes)) if attributes else ""


Names = tuple[str | None, str | None, str | None, str | None]


def names(attributes: dict[str, str | None]) -> Names:
    """Class, id, first test name and itemprop as the page has them."""
    get = attributes.get
    if _TELLING.isdisjoint(attributes):
        return get("class"), None, None, None
    return get("class"), get("id"), next(filter(None, map(get, _TESTS)), None), get("itemprop")


# A site uses the same few hundred names on all its pages.
@lru_cache(maxsize=20_000)
def spelled(own: Names) -> str:
    """``marks`` of names."""
    classes, name, test, prop = own
    parts = [part[:200] for part in (classes, name, test) if part]
    if prop:
        parts.append(f"itemprop={prop[:50]}")
    return _CAMEL.sub("-", " ".join(parts)).replace("_", "-").lower()


def speaks_of(words: str) -> Test:
    """A test whether marks hold one of the words (a regular expression). It remembers its answers."""
    search = re.compile(words).search

    @lru_cache(maxsize=20_000)
    def test(marks: str) -> bool:
        return search(marks) is not None

    return test


def above(node: LexborNode, levels: int) -> Iterator[tuple[str, str]]:
    """(tag, marks) of the node's ancestors, nearest first, up to the body."""
    parent = node.parent
    for _ in range(levels):
        if parent is None or (tag := parent.tag) in _TOPMOST:
            return
        yield tag or "", joined(parent.attributes)
        parent = parent.parent


def lies_in(node: LexborNode, tags: frozenset[str], named: Test | None = None, levels: int = 7) -> bool:
    """Whether an ancestor has one of the tags or marks that pass the test."""
    return any(tag in tags or (text and named and named(text)) for tag, text in above(node, levels))

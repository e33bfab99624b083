"""The names that page authors give their elements: class, id and test attributes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborNode

_NAMES = ("class", "id", "data-testid", "data-test", "data-qa", "data-cy", "data-aut-id", "data-marker", "role")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def marks(node: LexborNode) -> str:
    """Class, id, test names and itemprop of a node in lower case, camelCase opened ("oldPrice" -> "old-price")."""
    attributes = node.attributes
    if not attributes:
        return ""
    found = [value for name in _NAMES if (value := attributes.get(name))]
    if prop := attributes.get("itemprop"):
        found.append(f"itemprop={prop}")
    return _CAMEL.sub("-", " ".join(found)[:400]).replace("_", "-").lower()


def above(node: LexborNode, levels: int) -> Iterator[tuple[str, str]]:
    """(tag, marks) of the node's ancestors, nearest first, up to the body."""
    parent = node.parent
    for _ in range(levels):
        if parent is None or parent.tag in {"body", "html"}:
            return
        yield parent.tag or "", marks(parent)
        parent = parent.parent

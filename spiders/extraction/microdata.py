"""Microdata in one light pass, in the shape of JSON-LD so that one reader serves both."""

from __future__ import annotations

from typing import Any

from selectolax.lexbor import LexborHTMLParser, LexborNode

from spiders.extraction.blocks import block_text

MAX_NODES = 1500
MAX_MARKS = 20_000  # a page with more is made to be costly; the first 1,500 would not be worth it
MAX_DEPTH = 60
_LINKS = {"a": "href", "link": "href", "area": "href", "img": "src", "source": "src", "iframe": "src", "video": "src"}
# Old spellings (data-vocabulary.org and lower-cased ones) of the names used today.
_RENAMED = {
    "pricecurrency": "priceCurrency",
    "currency": "priceCurrency",
    "photo": "image",
    "itemoffered": "itemOffered",
}

Item = dict[str, Any]


def items(tree: LexborHTMLParser) -> list[Item]:
    """Items that belong to no other item, in page order, each with ``@type`` and its properties."""
    found: list[Item] = []
    scopes: dict[int, Item] = {}
    for node in tree.css("[itemprop],[itemscope]")[:MAX_NODES]:
        attributes = node.attributes
        owner = _owner(node, scopes)
        value: Any = None
        if "itemscope" in attributes:
            kind = (attributes.get("itemtype") or "").rstrip("/").rsplit("/", 1)[-1].rsplit("#", 1)[-1]
            value = scopes[node.mem_id] = {"@type": kind}
        names = (attributes.get("itemprop") or "").split()
        if owner is None or not names:
            if isinstance(value, dict):
                found.append(value)
            continue
        value = value if value is not None else _value(node, attributes)
        for name in names[:5]:
            _add(owner, _RENAMED.get(name.lower(), name), value)
    return found


def _owner(node: LexborNode, scopes: dict[int, Item]) -> Item | None:
    parent = node.parent
    for _ in range(MAX_DEPTH):
        if parent is None:
            return None
        if parent.mem_id in scopes:
            return scopes[parent.mem_id]
        parent = parent.parent
    return None


def _value(node: LexborNode, attributes: dict[str, str | None]) -> str:
    for name in ("content", _LINKS.get(node.tag or "", ""), "datetime", "data-src"):
        if name and (value := attributes.get(name)):
            return value.strip()
    if node.tag in {"meta", "link", "img"}:
        return ""
    return block_text(node)


def _add(item: Item, name: str, value: Any) -> None:
    if value in ("", None):
        return
    known = item.get(name)
    if known is None:
        item[name] = value
    elif isinstance(known, list):
        known.append(value)
    else:
        item[name] = [known, value]

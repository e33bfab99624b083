"""The page's own offer within its structured data, and the plain facts in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from spiders.extraction.document import Document
from spiders.extraction.text import entries, one_line, plain, words

Object = dict[str, Any]

# Types that may be the thing on offer, best first.
_OFFERED = entries(
    "product individualproduct productgroup productmodel someproducts vehicle car motorcycle boat realestatelisting "
    "apartment house singlefamilyresidence residence accommodation book classifiedad offer service animal petanimal pet"
)
_RANK = {name: n for n, name in enumerate(_OFFERED)}
# Below these keys lie other items, people's opinions, the site itself.
_NOT_BELOW = frozenset(
    entries(
        "isrelatedto issimilarto isaccessoryorsparepartfor review reviews aggregaterating itemlistelement breadcrumb "
        "publisher "
        "hasvariant comment comments potentialaction haspart"
    )
)
_WAY_DOWN = ("mainEntity", "mainEntityOfPage", "itemOffered", "about", "object", "item", "offers")


def kind(value: Object) -> str:
    """The object's type in lower case, without its vocabulary; "" where it has none."""
    types = value.get("@type") or value.get("type") or ""
    names = types if isinstance(types, list) else [types]
    known = [n.rsplit("/", 1)[-1].lower() for n in names if isinstance(n, str)]
    return min(known, key=lambda n: _RANK.get(n, 99), default="")


def main_objects(document: Document, heading: str) -> list[Object]:
    """The page's own offered things: of the JSON-LD at most one, of the microdata at most one, in this order."""
    return [
        chosen
        for found in (document.json_ld, document.microdata)
        if (chosen := _choose([o for top in found for o in _offered(top)], document, heading))
    ]


def _offered(top: Object, depth: int = 0) -> Iterator[Object]:
    if kind(top) in _RANK:
        yield top
        return
    if depth > 3 or kind(top) in {"itemlist", "breadcrumblist", "searchresultspage", "collectionpage"}:
        return
    for key in _WAY_DOWN:
        for value in as_list(top.get(key))[:20]:
            if isinstance(value, dict):
                yield from _offered(value, depth + 1)


def _choose(candidates: list[Object], document: Document, heading: str) -> Object | None:
    if len(candidates) <= 1:
        return candidates[0] if candidates else None
    title = words(heading or document.page_title)

    def fit(candidate: Object) -> tuple[bool, float, bool, int]:
        name = words(text_of(candidate, "name", "title") or "")
        same = document.absolute(string(candidate.get("url"))) == document.url if document.url else False
        priced = "offers" in candidate or "price" in candidate
        return same, len(name & title) / len(name | title) if name and title else 0.0, priced, -_RANK[kind(candidate)]

    best = max(candidates[:100], key=fit)
    same, likeness, *_ = fit(best)
    # Many things and none of them like the heading: a list of other items.
    return None if len(candidates) > 3 and not same and likeness < 0.2 else best


def as_list(value: Any) -> list[Any]:
    """The value as a list; None is empty."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def string(value: Any) -> str | None:
    """The first string (or number) of a value, or None."""
    for item in as_list(value):
        if isinstance(item, dict):
            item = item.get("@value") or item.get("name") or item.get("@id")
        if isinstance(item, str) and item.strip():
            return item.strip()
        if isinstance(item, int | float) and not isinstance(item, bool):
            return str(item)
    return None


def text_of(value: Object, *keys: str) -> str | None:
    """The first of the keys that holds text, as one line."""
    for key in keys:
        if (found := string(value.get(key))) and (line := one_line(plain(found))):
            return line
    return None


def offers(value: Object, depth: int = 0) -> Iterator[Object]:
    """The offers of an object, itself included where it states a price; nested offers opened."""
    if depth == 0 and any(key in value for key in ("price", "lowPrice", "priceSpecification", "availability")):
        yield value
    if depth > 2:
        return
    for key in ("offers", "offer", "makesOffer"):
        for item in as_list(value.get(key))[:20]:
            if isinstance(item, dict):
                yield item
                yield from offers(item, depth + 1)

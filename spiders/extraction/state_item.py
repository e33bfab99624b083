"""The page's own offer within its embedded state, and the values in it."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from spiders.extraction.text import entries

Item = dict[str, Any]
_NESTED = (dict, list)
MAX_VISITED = 30_000
MAX_CHILDREN = 500
# An item that nothing but its fields speaks for needs this many of them.
LEAST_TELLING = 3
TITLE_KEYS = entries(
    "title name subject headline itemname productname adtitle listingtitle itemtitle producttitle displaytitle "
    "marketplacelistingtitle"
)
# One of them is in every title key, whatever its case.
_TITLE_PARTS = entries("itle ame ubject eadline TITLE NAME SUBJECT HEADLINE")
_TELLING = entries(
    "price description image photo picture seller user owner location city region place currency status availab "
    "createdat posted condition"
)
_ID_KEYS = entries("id itemid listingid listid adid productid uuid guid sku slug key code pk legacyid shortid advertid")
_URL_KEYS = entries("url link href permalink path canonicalurl weburl shareurl canonical detailurl itemurl")
# Below these keys lie other offers, or things that are no offer though they have a name.
_OTHERS = re.compile(
    r"related|similar|recommend|suggest|recent|also|upsell|crosssell|sponsor|promot|history|cart|basket|wishlist|"
    r"favou?rite|breadcrumb|categor|menu|nav|filter|facet|seller|owner|user|author|vendor|merchant|account|profile|"
    r"publisher|brand|review|comment|config|i18n|translation"
)


class _Found(NamedTuple):
    item: Item
    telling: int
    priced: bool
    alone: bool

    @property
    def rank(self) -> tuple[bool, int]:
        return self.priced, self.telling


def may_hold_item(text: str) -> bool:
    """Whether a script holds a key for a title; without one there is no item in it, and no need to parse it."""
    return any(part in text for part in _TITLE_PARTS)


def find_item(values: list[Any], names: Iterable[str], ids: Iterable[str]) -> Item | None:
    """The object that is called by one of ``names`` and says most about itself, else the one that carries one of
    ``ids`` (ids and URL paths, see ``own_ids``). Looks at 30,000 values."""
    wanted, own = {_fold(name) for name in names}, frozenset(ids)
    named: _Found | None = None
    identified: _Found | None = None
    for found in _items(values, alone=False):
        if found.telling < 2:
            continue
        if (named is None or found.telling > named.telling) and wanted and not wanted.isdisjoint(_titles(found.item)):
            named = found
        if (identified is None or found.rank > identified.rank) and own and _carries(found.item, own):
            identified = found
    best = named or identified
    return best.item if best else None


def find_only_item(values: list[Any]) -> Item | None:
    """The one object that looks like an offer, for a page that names none: never one of several alike."""
    likely = [
        f
        for f in _items(values, alone=True)
        if f.alone and f.telling >= LEAST_TELLING and (f.priced or _describes(f.item))
    ]
    best = max(likely, key=lambda found: found.rank, default=None)
    if best is None:
        return None
    rivals = (found for found in likely if found.rank == best.rank)
    return best.item if all(_titles(found.item) == _titles(best.item) for found in rivals) else None


def own_ids(url: str, number: str | None = None) -> tuple[str, ...]:
    """What the page's own object may be known by: the id that the source's pattern found, else whatever in the URL can
    be an id; and the URL's path."""
    try:
        path = urlsplit(url).path.rstrip("/")
    except ValueError:  # "http://[broken"
        return ()
    last = path.rpartition("/")[2]
    tokens = [number] if number else [last, *re.findall(r"[0-9A-Za-z]*\d[0-9A-Za-z]{3,}", path)]
    return tuple(dict.fromkeys(token for token in (*tokens, path) if token and (token.isdigit() or len(token) > 3)))


def first_of(item: Item, *keys: str) -> Any:
    """The value of the first key (lower case, compared without case and joints) that the item has and that is not
    empty."""
    folded = {fold_key(key): value for key, value in reversed(item.items()) if isinstance(key, str)}
    return next((folded[key] for key in keys if folded.get(key) not in (None, "", [], {})), None)


@lru_cache(maxsize=20_000)
def fold_key(key: str) -> str:
    """A key without case and joints ("created_at" -> "createdat")."""
    return re.sub(r"[\W_]", "", key).lower()


def _items(values: list[Any], *, alone: bool) -> Iterator[_Found]:
    """Objects with a title, breadth first; with ``alone``, each is told whether it stands among others like it."""
    queue: deque[tuple[Any, bool]] = deque((value, alone) for value in values)
    for _ in range(MAX_VISITED):
        if not queue:
            return
        value, alone = queue.popleft()
        if isinstance(value, dict):
            if found := _read(value, alone):
                yield found
            alone = alone and not _are_alike(value.values())
            for key, child in value.items():
                if isinstance(child, _NESTED):
                    queue.append((child, alone and not _leads_to_others(key)))
        elif isinstance(value, list):
            alone = alone and not _are_alike(value)
            queue.extend((child, alone) for child in value[:MAX_CHILDREN] if isinstance(child, _NESTED))


def _read(value: Item, alone: bool) -> _Found | None:
    if not any(map(_is_title, value)) or next(_titles_of(value), None) is None:
        return None
    said = frozenset[str]().union(*map(_said, value))
    return _Found(value, len(said), "price" in said, alone)


@lru_cache(maxsize=20_000)
def _said(key: str) -> frozenset[str]:
    folded = fold_key(key)
    return frozenset(word for word in _TELLING if word in folded)


@lru_cache(maxsize=20_000)
def _is_title(key: str) -> bool:
    return fold_key(key) in TITLE_KEYS


@lru_cache(maxsize=20_000)
def _leads_to_others(key: str) -> bool:
    return _OTHERS.search(fold_key(key)) is not None


def _are_alike(values: Iterable[Any]) -> bool:
    """Whether two of the values look like offers and have mostly the same keys: a list of them, or a map by id."""
    seen: list[Item] = []
    for value, _ in zip(values, range(MAX_CHILDREN), strict=False):
        found = _read(value, alone=False) if isinstance(value, dict) else None
        if found is None or found.telling < 2:
            continue
        if any(2 * len(found.item.keys() & other.keys()) > len(found.item.keys() | other.keys()) for other in seen):
            return True
        seen = [*seen, found.item][:5]
    return False


def _titles_of(item: Item) -> Iterator[str]:
    for key, value in item.items():
        if isinstance(value, str) and value and _is_title(key):
            yield value


def _titles(item: Item) -> set[str]:
    return {_fold(title) for title in _titles_of(item)}


def _carries(item: Item, own: frozenset[str]) -> bool:
    for key, value in item.items():
        name = fold_key(key) if isinstance(key, str) else ""
        if name in _ID_KEYS and isinstance(value, str | int) and str(value) in own:
            return True
        if name in _URL_KEYS and isinstance(value, str) and len(path := _path(value)) > 1 and path in own:
            return True
    return False


def _path(url: str) -> str:
    try:
        return urlsplit(url).path.rstrip("/")
    except ValueError:  # "http://[broken"
        return ""


def _describes(item: Item) -> bool:
    text = first_of(item, "description", "body", "content", "text")
    return isinstance(text, str) and len(text) > 20


def _fold(text: str) -> str:
    return " ".join(text.casefold().split())

"""Rows without what tells who somebody is: sellers are pseudonyms, contacts in texts say what they were."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from storage.exports import pseudonym
from storage.search.contacts import masked

_TEXTS = ("title", "description", "location", "note", "text", "why", "about")
_ADDRESSES = ("url", "key", "seller_url")  # an address or number on a site leads to the seller


def without_identities(rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The same rows for readers who may not know sellers. Faces in pictures are not found: their addresses go too."""
    for row in rows:
        seller = row.get("seller") or ""
        hidden: dict[str, Any] = {
            name: masked(row[name], (str(seller),)) for name in _TEXTS if isinstance(row.get(name), str)
        }
        hidden |= {name: pseudonym(str(row[name])) for name in _ADDRESSES if row.get(name)}
        if seller:
            hidden["seller"] = pseudonym(f"{row.get('source', '')}/{seller}")
        if "images" in row:
            hidden["images"] = [pseudonym(str(url)) for url in row["images"] or ()]
        yield row | hidden

"""Names by which sites and makers tell one offer from another."""

from __future__ import annotations

from spiders.extraction.evidence import Evidence
from spiders.extraction.structured import offers, string
from spiders.extraction.text import one_line
from wildtrade.urls import canonical_url

_KEYS = {
    "sku": "sku",
    "mpn": "mpn",
    "gtin": "gtin",
    "gtin8": "gtin",
    "gtin12": "gtin",
    "gtin13": "gtin",
    "gtin14": "gtin",
    "isbn": "isbn",
    "productID": "id",
}
_METAS = {"product:retailer_item_id": "id", "product:gtin": "gtin", "product:mfr_part_no": "mpn", "og:upc": "gtin"}
MAX_VALUE = 100


def read_identifiers(evidence: Evidence) -> dict[str, str]:
    """Identifiers by name: ``id`` (the site's own), ``sku``, ``mpn``, ``gtin``, ``isbn``."""
    found: dict[str, str] = {}
    if number := evidence.number:
        found["id"] = number
    for thing in evidence.objects:
        for holder in (thing, *offers(thing)):
            for key, name in _KEYS.items():
                if value := one_line(string(holder.get(key)))[:MAX_VALUE]:
                    found.setdefault(name, value)
    for key, name in _METAS.items():
        if stated := evidence.document.meta(key):
            found.setdefault(name, one_line(stated)[:MAX_VALUE])
    return found


def key_of(evidence: Evidence) -> str:
    """What tells this listing from all others of its source: its id, else its canonical URL."""
    if number := evidence.number:
        return number
    try:
        return canonical_url(evidence.document.url)
    except ValueError:  # a saved file without an address
        return evidence.document.url

"""A saved search as Atom (RFC 4287) or JSON Feed 1.1. No names, no contacts, no pictures; links lead into this app."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from review.marking import reveal
from storage.models import SavedSearch
from storage.search.contacts import masked
from storage.search.finding import Hit

_ATOM = "http://www.w3.org/2005/Atom"


def json_feed(saved: SavedSearch, hits: Sequence[Hit], site: str) -> dict[str, Any]:
    """The feed as a JSON object."""
    items = [
        {
            "id": _id(site, hit),
            "url": _url(site, hit),
            "title": _title(hit),
            "content_text": _summary(hit),
            "date_modified": hit.last_seen_at.isoformat(),
            "language": hit.language or "und",
        }
        for hit in hits
    ]
    home = f"{site}/searches"
    return {"version": "https://jsonfeed.org/version/1.1", "title": saved.name, "home_page_url": home, "items": items}


def atom_feed(saved: SavedSearch, hits: Sequence[Hit], site: str) -> bytes:
    """The feed as an Atom document."""
    feed = Element("feed", xmlns=_ATOM)
    _add(feed, "title", saved.name)
    _add(feed, "id", f"{site}/searches/{saved.id}")
    _add(feed, "updated", max((hit.last_seen_at for hit in hits), default=saved.created_at).isoformat())
    SubElement(SubElement(feed, "author"), "name").text = "wildtrade"
    for hit in hits:
        entry = SubElement(feed, "entry")
        _add(entry, "title", _title(hit))
        _add(entry, "id", _id(site, hit))
        SubElement(entry, "link", href=_url(site, hit))
        _add(entry, "updated", hit.last_seen_at.isoformat())
        _add(entry, "summary", _summary(hit))
    body: bytes = tostring(feed, encoding="utf-8")
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + body


def _add(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = reveal(text)


def _url(site: str, hit: Hit) -> str:
    return f"{site}/listings/{hit.listing_id}"


def _id(site: str, hit: Hit) -> str:
    return f"{_url(site, hit)}#{hit.document_id}"  # a change is news again


def _title(hit: Hit) -> str:
    return reveal(masked(hit.title or hit.description or "?", (hit.seller or "",)))[:200]


def _summary(hit: Hit) -> str:
    said = [hit.source, hit.price_text, f"Appendix {hit.appendix}" if hit.appendix else "", hit.label or ""]
    return ", ".join(one for one in said if one)

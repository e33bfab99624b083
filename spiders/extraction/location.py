"""Where the offer is, as the page states it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from selectolax.lexbor import LexborNode

from spiders.extraction.evidence import Evidence
from spiders.extraction.marks import lies_in, speaks_of
from spiders.extraction.names import clean_place
from spiders.extraction.state_item import first_of
from spiders.extraction.structured import as_list, offers, string, text_of
from spiders.extraction.text import entries, one_line

_ELSEWHERE = speaks_of(
    r"related|similar|recommend|carousel|header|navbar|top-?bar|menu|footer|search|filter|cookie|form|modal|popup|select|dropdown|breadcrumb|review|comment|"
    r"shipping|delivery|newsletter|text-?area|sidebar-?menu|switch|picker|language|store-?locator|ip-"
)
_KEYS = (
    "availableAtOrFrom",
    "availeableAtOrFrom",
    "itemLocation",
    "jobLocation",
    "location",
    "contentLocation",
    "address",
    "areaServed",
    "availableAt",
)
_STATE_KEYS = entries(
    "location locationname locationtext itemlocation place placename city cityname town district region regionname "
    "area areaname address"
)
_STATE_NAMES = entries("text name label title city cityname locality displayname region reversegeocode")
_MAP_LINKS = "a[href*='maps.google'],a[href*='google.com/maps'],a[href*='openstreetmap']"
_CONTROLS = frozenset({"form", "input", "select", "option", "label", "button", "nav"})
_OUTSIDE = frozenset({"header", "footer", "nav", "form", "select"})


def read_location(evidence: Evidence) -> str | None:
    """Order: selector, structured data, labels, marked nodes and map links, meta data, embedded state."""
    return next(_candidates(evidence), None)


def _candidates(evidence: Evidence) -> Iterator[str]:
    yield from (line for text in evidence.selected("location") if (line := one_line(text)))
    for thing in evidence.objects:
        for holder in (thing, *offers(thing), *_inner(thing)):
            for key in _KEYS:
                yield from (place for value in as_list(holder.get(key)) if (place := _place(value)))
    shown = (_state,) if evidence.is_shell else (_labelled, _marked)
    for find in (*shown, _meta, _state):
        yield from find(evidence)


def _inner(thing: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for key in ("itemOffered", "mainEntity"):
        yield from (value for value in as_list(thing.get(key)) if isinstance(value, dict))


def _place(value: Any, depth: int = 0) -> str | None:
    """A place out of a Place, a PostalAddress or a plain text."""
    if isinstance(value, str):
        return None if value.startswith("http") else clean_place(one_line(value))
    if not isinstance(value, dict) or depth > 3:
        return None
    if isinstance(value.get("address"), dict | str) and (inner := _place(value["address"], depth + 1)):
        return inner
    town = " ".join(part for key in ("postalCode", "addressLocality") if (part := text_of(value, key)))
    parts = [town, text_of(value, "addressRegion"), None if town else text_of(value, "streetAddress")]
    stated = list(dict.fromkeys(part for part in parts if part))
    if not stated:
        stated = [part for part in (text_of(value, "name"), string(value.get("addressCountry"))) if part][:1]
    return clean_place(", ".join(stated))


def _labelled(evidence: Evidence) -> Iterator[str]:
    for label in evidence.labelled("location"):
        for line in evidence.after(label, 1):
            # A colon or a line of its own; "Region Nord" alone is a name.
            if place := clean_place(line):
                yield place


def _marked(evidence: Evidence) -> Iterator[str]:
    ranked: list[tuple[float, int, str]] = []
    for order, marked in enumerate(evidence.marked["location"]):
        own = marked.marks
        if not _ELSEWHERE(own) and (place := _place_within(marked.node)):
            ranked.append(
                (2.0 * marked.below + ("locality" in own or "location" in own or "city" in own), -order, place)
            )
    for link in evidence.document.tree.css(_MAP_LINKS)[:5]:
        if place := _place_within(link):
            ranked.append((3.0, 0, place))
    for _, _, place in sorted(ranked, reverse=True):
        yield place


def _place_within(node: LexborNode) -> str | None:
    if node.tag in _CONTROLS or lies_in(node, _OUTSIDE, _ELSEWHERE):
        return None
    text = one_line(node.text(separator=" ")[:400])
    return clean_place(_without_label(text))


def _without_label(text: str) -> str:
    head, colon, rest = text.partition(":")
    return rest.strip() if colon and len(head) <= 25 and rest.strip() else text


def _meta(evidence: Evidence) -> Iterator[str]:
    meta = evidence.document.meta
    parts = [meta("og:locality", "business:contact_data:locality"), meta("og:region", "business:contact_data:region")]
    if place := clean_place(", ".join(dict.fromkeys(part for part in parts if part))):
        yield place


def _state(evidence: Evidence) -> Iterator[str]:
    value = first_of(
        evidence.state or {},
        *_STATE_KEYS,
    )
    for _ in range(3):
        if not isinstance(value, dict):
            break
        value = first_of(value, *_STATE_NAMES)
    if isinstance(value, str) and (place := clean_place(one_line(value))):
        yield place

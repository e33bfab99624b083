"""Whether the offer still stands, as far as the page says so."""

from __future__ import annotations

from collections.abc import Mapping

from spiders.extraction.evidence import Evidence
from spiders.extraction.headings import is_hidden
from spiders.extraction.state_item import first_of
from spiders.extraction.structured import offers, string
from spiders.extraction.text import one_line
from spiders.extraction.title import any_status_word, status_word
from wildtrade.records import ListingStatus

# OutOfStock is in no list: a shop restocks.
_AVAILABILITY = {
    "instock": ListingStatus.AVAILABLE,
    "instoreonly": ListingStatus.AVAILABLE,
    "onlineonly": ListingStatus.AVAILABLE,
    "limitedavailability": ListingStatus.AVAILABLE,
    "available": ListingStatus.AVAILABLE,
    "preorder": ListingStatus.AVAILABLE,
    "presale": ListingStatus.AVAILABLE,
    "backorder": ListingStatus.AVAILABLE,
    "reserved": ListingStatus.RESERVED,
    "pending": ListingStatus.RESERVED,
    "soldout": ListingStatus.SOLD,
    "sold": ListingStatus.SOLD,
    "discontinued": ListingStatus.REMOVED,
}
_STATED = {
    **_AVAILABILITY,
    "active": ListingStatus.AVAILABLE,
    "live": ListingStatus.AVAILABLE,
    "forsale": ListingStatus.AVAILABLE,
    "onsale": ListingStatus.AVAILABLE,
    "onhold": ListingStatus.RESERVED,
    "deleted": ListingStatus.REMOVED,
    "removed": ListingStatus.REMOVED,
    "expired": ListingStatus.REMOVED,
    "closed": ListingStatus.REMOVED,
}
MAX_BADGE = 25
MAX_BADGES = 40
MAX_NODES = 5000


def read_status(evidence: Evidence, in_title: ListingStatus | None) -> ListingStatus | None:
    """Order: selector, the title's own word, a badge beside the title, schema.org availability, embedded state of a
    page that a script fills."""
    for text in evidence.selected("status"):
        if found := status_word(text) or _availability(text):
            return found
    found = in_title or _beside_title(evidence) or _badge(evidence) or _declared(evidence)
    return found or (_in_state(evidence) if evidence.is_shell else None)


def _beside_title(evidence: Evidence) -> ListingStatus | None:
    lines = evidence.document.lines[max(0, evidence.start - 3) : evidence.start + 4] if evidence.heading else []
    return next((found for line in lines if (found := status_word(line)) and _is_shown(evidence, line)), None)


def _is_shown(evidence: Evidence, line: str) -> bool:
    """Whether an element with exactly this text is visible; many pages carry hidden badges for every case."""
    nodes = evidence.document.tree.css("h1,h2,h3,span,div,p,b,strong,em,i,small,label,li,td,a")[:MAX_NODES]
    holders = [node for node in nodes if one_line(node.text(deep=False)) == line]
    return any(not is_hidden(node) and not (node.parent is not None and is_hidden(node.parent)) for node in holders)


def _badge(evidence: Evidence) -> ListingStatus | None:
    # Looking through all elements is only worth it where a line says something of the kind.
    if not any_status_word(evidence.document.folded_lines):
        return None
    for marked in evidence.marked["status"][:MAX_BADGES]:
        text = one_line(marked.node.text(separator=" ")[:60])
        if len(text) <= MAX_BADGE and (found := status_word(text)) and not is_hidden(marked.node):
            return found
    return None


def _declared(evidence: Evidence) -> ListingStatus | None:
    stated = [string(offer.get("availability")) for thing in evidence.objects for offer in offers(thing)]
    stated.append(evidence.document.meta("product:availability", "og:availability"))
    return next((found for text in stated if text and (found := _availability(text))), None)


def _in_state(evidence: Evidence) -> ListingStatus | None:
    item = evidence.state or {}
    for key, status in (("sold", ListingStatus.SOLD), ("reserved", ListingStatus.RESERVED)):
        if first_of(item, f"is{key}", key) is True:
            return status
    value = first_of(item, "availability", "status", "state", "salestatus", "itemstatus", "listingstatus", "adstatus")
    return _availability(value, _STATED) if isinstance(value, str) else None


def _availability(text: str, known: Mapping[str, ListingStatus] = _AVAILABILITY) -> ListingStatus | None:
    name = text.strip().rstrip("/").rsplit("/", 1)[-1]
    return known.get("".join(c for c in name.lower() if c.isalpha()))

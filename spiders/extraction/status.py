"""Whether the offer still stands, as far as the page says so."""

from __future__ import annotations

from spiders.extraction.evidence import Evidence
from spiders.extraction.headings import is_hidden
from spiders.extraction.structured import offers, string
from spiders.extraction.text import one_line
from spiders.extraction.title import status_word
from wildtrade.records import ListingStatus

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
    "outofstock": ListingStatus.SOLD,
    "discontinued": ListingStatus.REMOVED,
}
MAX_BADGES = 40
MAX_NODES = 5000


def read_status(evidence: Evidence, in_title: ListingStatus | None) -> ListingStatus | None:
    """Order: selector, the title's own word, a badge beside the title, schema.org availability."""
    for text in evidence.selected("status"):
        if found := status_word(text) or _availability(text):
            return found
    return in_title or _beside_title(evidence) or _badge(evidence) or _declared(evidence)


def _beside_title(evidence: Evidence) -> ListingStatus | None:
    lines = evidence.document.lines[max(0, evidence.start - 3) : evidence.start + 4] if evidence.heading else []
    return next((found for line in lines if (found := status_word(line)) and _is_shown(evidence, line)), None)


def _is_shown(evidence: Evidence, line: str) -> bool:
    """Whether an element with exactly this text is visible; many pages carry hidden badges for every case."""
    nodes = evidence.document.tree.css("h1,h2,h3,span,div,p,b,strong,em,i,small,label,li,td,a")[:MAX_NODES]
    holders = [node for node in nodes if one_line(node.text(deep=False)) == line]
    return any(not is_hidden(node) and not (node.parent is not None and is_hidden(node.parent)) for node in holders)


def _badge(evidence: Evidence) -> ListingStatus | None:
    for marked in evidence.marked["status"][:MAX_BADGES]:
        text = one_line(marked.node.text(separator=" ")[:60])
        if len(text) <= 25 and (found := status_word(text)) and not is_hidden(marked.node):
            return found
    return None


def _declared(evidence: Evidence) -> ListingStatus | None:
    stated = [string(offer.get("availability")) for thing in evidence.objects for offer in offers(thing)]
    stated.append(evidence.document.meta("product:availability", "og:availability"))
    return next((found for text in stated if text and (found := _availability(text))), None)


def _availability(text: str) -> ListingStatus | None:
    name = text.strip().rstrip("/").rsplit("/", 1)[-1]
    return _AVAILABILITY.get("".join(c for c in name.lower() if c.isalpha()))

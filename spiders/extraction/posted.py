"""When the offer was posted; only from a place that says so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import chain

from spiders.extraction.dates import parse_date
from spiders.extraction.evidence import Evidence
from spiders.extraction.marks import lies_in, speaks_of
from spiders.extraction.state_item import first_of
from spiders.extraction.structured import offers, string
from spiders.extraction.text import entries, one_line

_KEYS = ("datePosted", "datePublished", "uploadDate", "dateCreated", "datePublishedOnline")
_OTHER = speaks_of(
    r"review|comment|rating|related|similar|recommend|carousel|footer|header|nav\b|copyright|countdown|expire|expir|valid|until|end-?date|ends|delivery|shipping|arriv|"
    r"update|modif|edited|joined|member|since|registered|last-?(?:seen|online|active)|event|birth|release|picker|calendar-?widget|datepicker|answer|question|bid|seller|user"
)
_STATE_KEYS = entries(
    "postedat posted dateposted posteddate publishedat published datepublished publicationdate publishdate listedat "
    "listingdate listeddate createdat created datecreated createddate creationdate creationtime createtime listtime"
)
_MOST_SECONDS = 1e11
MAX_NODES = 60
MAX_TEXT = 80
_OUTSIDE = frozenset({"header", "footer", "nav"})


def read_posted(evidence: Evidence) -> date | None:
    """Order: selector, structured data of the offer itself, labels, time elements and nodes marked as the date, the
    embedded state of a page that a script fills."""
    return next(_candidates(evidence), None)


def _candidates(evidence: Evidence) -> Iterator[date]:
    # Lazily: the page is searched only where its data says nothing.
    sources = (evidence.selected("posted_at"), _structured(evidence), _labelled(evidence), _marked(evidence))
    for text in chain.from_iterable(sources):
        found = parse_date(text, anchor=evidence.anchor, languages=evidence.languages, country=evidence.country)
        if found:
            yield found
    if evidence.is_shell and (found := _in_state(evidence)):
        yield found


def _structured(evidence: Evidence) -> Iterator[str]:
    for thing in evidence.objects:
        for holder in (thing, *offers(thing)):
            yield from (text for key in _KEYS if (text := string(holder.get(key))))


def _labelled(evidence: Evidence) -> Iterator[str]:
    for label in evidence.labelled("posted"):
        yield from (line for line in evidence.after(label, 1) if len(line) <= MAX_TEXT)


def _marked(evidence: Evidence) -> Iterator[str]:
    for marked in evidence.marked["posted"][:MAX_NODES]:
        node = marked.node
        if _OTHER(marked.marks) or lies_in(node, _OUTSIDE, _OTHER):
            continue
        text = one_line(node.text(separator=" ")[:200])
        stated = node.attributes.get("datetime") or node.attributes.get("content")
        if stated or (not text and (text := _beside(node.parent.text(separator=" ") if node.parent else ""))):
            yield stated or text
        elif len(text) <= 40:
            yield text


def _beside(text: str) -> str:
    """The text next to an empty node such as a calendar icon."""
    line = one_line(text[:200])
    return line if len(line) <= 40 else ""


def _in_state(evidence: Evidence) -> date | None:
    """ISO text, or seconds or milliseconds since 1970."""
    value = first_of(evidence.state or {}, *_STATE_KEYS)
    if isinstance(value, str) and re.fullmatch(r"\d{10}(?:\d{3})?", value):
        value = int(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        seconds = value / 1000 if value > _MOST_SECONDS else value
        value = datetime.fromtimestamp(seconds, UTC).isoformat() if 0 < seconds < _MOST_SECONDS / 10 else None
    if not isinstance(value, str):
        return None
    return parse_date(value, anchor=evidence.anchor, languages=evidence.languages, country=evidence.country)

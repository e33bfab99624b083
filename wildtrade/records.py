"""The records that travel from page to decision.

Frozen, slotted, keyword-only. Times are timezone-aware UTC datetimes. Money is a ``Decimal`` with an
ISO 4217 code. Text spans are code-point offsets into the stored text of the named field.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any


class PageKind(StrEnum):
    """What a fetched page turned out to be."""

    LISTING = "listing"
    SEARCH = "search"
    SOCIAL = "social"
    API = "api"
    BLOCKED = "blocked"


class ListingStatus(StrEnum):
    """What the page says about the offer; absent when it says nothing."""

    AVAILABLE = "available"
    RESERVED = "reserved"
    SOLD = "sold"
    REMOVED = "removed"


class Change(StrEnum):
    """How a visit compares with the latest capture of the same listing."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    GONE = "gone"


class Label(StrEnum):
    """The machine's opinion. People decide; see ``DecisionLabel``."""

    FLAG = "flag"
    UNSURE = "unsure"
    CLEAR = "clear"


class Intent(StrEnum):
    """What the author of a text wants."""

    SELL = "sell"
    BUY = "buy"
    ASK = "ask"
    NEWS = "news"
    OTHER = "other"


class SignalKind(StrEnum):
    """Why the machine says what it says."""

    TERM = "term"
    CODE_WORD = "code_word"
    FUZZY = "fuzzy"
    GUARD = "guard"
    CONTEXT = "context"
    MODEL = "model"


class DecisionLabel(StrEnum):
    """A person's opinion of a listing."""

    WILDLIFE = "wildlife"
    NOT_WILDLIFE = "not_wildlife"
    UNSURE = "unsure"
    CANNOT_SEE = "cannot_see"


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Words sent to a source.

    ``text`` is what the source's search URL receives; ``language`` is a BCP 47 code or None.
    """

    text: str
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One fetched (or saved) document, before anyone reads it.

    ``body`` holds the decoded payload bytes (content-encoding removed, charset not). ``kind_hint`` is what
    the caller expected to find. ``fetched_at`` anchors relative dates ("3 days ago"); None means unknown, and
    then relative dates stay null. ``complete`` is False where the body was cut short.
    """

    url: str
    body: bytes
    status: int = 200
    content_type: str = "text/html"
    kind_hint: PageKind | None = None
    fetched_at: datetime | None = None
    complete: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """A price as stated: ``amount`` without grouping, ``currency`` ISO 4217 or None where the page shows none."""

    amount: Decimal
    currency: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One offer or post, as a reader of the page would find it; whatever a reader would not find is None.

    ``key`` is stable within its source: the site's own id where there is one, else the canonical URL.
    ``location`` and ``seller`` are as stated. ``images`` are absolute URLs, the main one first.
    ``identifiers`` holds further ids by name, e.g. ``{"id": "MCO123", "sku": "..."}``.
    """

    source: str
    key: str
    url: str
    title: str | None = None
    description: str | None = None
    price: Money | None = None
    seller: str | None = None
    seller_url: str | None = None
    location: str | None = None
    images: tuple[str, ...] = ()
    posted_at: date | None = None
    status: ListingStatus | None = None
    language: str | None = None
    identifiers: Mapping[str, str] = field(default_factory=dict)

    def content_hash(self) -> str:
        """SHA-256 over what the listing says (not over its address or when it was seen): 64 hex digits. Two visits
        with the same hash found the same content. Relative facts (``posted_at``) do not count."""
        amount = None if self.price is None else (format(self.price.amount.normalize(), "f"), self.price.currency)
        said = [self.title, self.description, amount, self.seller, self.location, self.images, self.status]
        return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class PageReading:
    """All that was read off one page.

    A listing page gives one listing; a search page gives ``listing_urls`` (absolute, in page order, each once)
    and ``next_page``; a social or API page gives many listings and maybe a ``next_page``. ``blocked_reason`` is
    set exactly when ``kind`` is BLOCKED. ``warnings`` says what the reader had to do to save the text
    (e.g. "text below nesting limit recovered by tokenizer").
    """

    kind: PageKind
    listings: tuple[Listing, ...] = ()
    listing_urls: tuple[str, ...] = ()
    next_page: str | None = None
    blocked_reason: str | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """One dated copy of a page in the evidence store.

    ``file``, ``offset`` and ``length`` (bytes) locate the response record in its WARC; ``record_sha256`` is over
    those compressed bytes, ``payload_sha256`` over the payload as stored. ``requested_url`` differs from ``url``
    after a redirect. ``complete`` is False where the body was cut short.
    """

    url: str
    requested_url: str
    status: int
    captured_at: datetime
    file: str
    offset: int
    length: int
    record_id: str
    record_sha256: str
    payload_sha256: str
    complete: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Taxon:
    """A taxon named by a text: scientific name, rank, CITES appendix ("I", "II", "III", "I/II" or None) and the
    date (ISO) of the list that says so."""

    name: str
    rank: str
    appendix: str | None = None
    appendix_date: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """One reason. ``weight`` is its share of the score in log-odds; bias + all weights = logit(score).

    ``start``/``end`` are code-point offsets into the stored text of ``field`` (title, description, price) and
    None for a signal about the whole text. ``source`` names the lexicon entry, guard or model. ``message_key``
    names a message that explains it in the reviewer's language.
    """

    kind: SignalKind
    field: str | None
    start: int | None
    end: int | None
    text: str
    weight: float
    source: str
    message_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """The machine's opinion of one listing text; ``score`` is a probability in [0, 1]."""

    label: Label
    score: float
    bias: float
    language: str | None = None
    taxa: tuple[Taxon, ...] = ()
    product_forms: tuple[str, ...] = ()
    intent: Intent = Intent.OTHER
    signals: tuple[Signal, ...] = ()
    lexicon_version: str = ""
    model_version: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The stable JSON shape of ``wildtrade classify`` (without ``id``)."""
        return {
            "label": self.label.value,
            "score": self.score,
            "language": self.language,
            "taxa": [
                {"name": t.name, "rank": t.rank, "appendix": t.appendix, "appendix_date": t.appendix_date}
                for t in self.taxa
            ],
            "product_forms": list(self.product_forms),
            "intent": self.intent.value,
            "lexicon_version": self.lexicon_version,
            "model_version": self.model_version,
            "bias": self.bias,
            "signals": [
                {
                    "kind": s.kind.value,
                    "field": s.field,
                    "start": s.start,
                    "end": s.end,
                    "text": s.text,
                    "weight": s.weight,
                    "source": s.source,
                    "message_key": s.message_key,
                }
                for s in self.signals
            ],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A person's opinion of a listing. Append-only: undoing adds an event, nothing is erased."""

    listing_id: int
    label: DecisionLabel
    actor: str
    decided_at: datetime
    reason: str | None = None
    note: str | None = None
    inclusion_probability: float | None = None

"""What a visitor of the practice world sees (``Item``) and what only the instructor knows (``Answer``)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from wildtrade.records import ListingStatus, Money

SITES = ("market", "shop", "feed")


def source_id(site: str) -> str:
    """The id of the shipped source that reads a practice site."""
    return f"practice_{site}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One seller's account on one site. A person may have several; only the answer key says so.

    ``phone`` always holds a number of the kind kept for fiction (555 01xx).
    """

    id: str
    site: str
    name: str
    phone: str
    language: str
    since: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A drawn picture: ``token`` is its public name, ``motif`` what is drawn, ``seed`` how it varies."""

    token: str
    motif: str
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One advertisement or post, as its page shows it. ``title`` is empty on the feed, where posts have only text.

    ``posted_at`` is UTC. ``old_price`` is shown struck through. ``price`` is None where the seller states none;
    on the feed the price stands in the text only.
    """

    id: str
    site: str
    language: str
    category: str
    title: str
    text: str
    price: Money | None
    old_price: Money | None
    seller: Account
    place: str
    posted_at: datetime
    status: ListingStatus
    pictures: tuple[Picture, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The truth about one item. ``wildlife`` and ``legality`` are two questions.

    ``taxon`` is a scientific name, ``appendix`` that of CITES ("I", "II", "I/II" or None). ``legality`` is one of
    ``illegal``, ``claims_papers`` (says it has papers, shows none), ``with_papers``, ``unclear``; None for what is no
    wildlife. ``ring`` names the person behind several accounts. ``text_tells`` is False where only the picture
    shows what is sold. ``gone_on`` is the day the site took it down.
    """

    source: str
    key: str
    wildlife: bool
    language: str
    taxon: str | None = None
    form: str | None = None
    appendix: str | None = None
    legality: str | None = None
    ring: str | None = None
    tags: tuple[str, ...] = ()
    duplicate_of: str | None = None
    text_tells: bool = True
    gone_on: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for YAML and JSON Lines."""
        return {name: _plain(getattr(self, name)) for name in self.__slots__}


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value

"""Sellers: what one account offered, how it can be reached, and which accounts share that with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from storage.decisions import standing
from storage.models import DecisionRow, ListingRow, Revision, SearchDocument, SellerRow
from storage.search.contacts import contacts
from storage.search.finding import blind, documents
from storage.search.index import image_word
from storage.search.query import Query, Term
from storage.search.words import phrase
from wildtrade.records import DecisionLabel

_MOST_LISTINGS = 500  # newest, that a summary reads
_MOST_LINKS = 20  # of one kind
_MOST_SHARING = 25  # accounts behind one contact or picture


@dataclass(frozen=True, slots=True)
class Link:
    """Something several accounts may have in common: ``kind`` is phone, mail, handle, link or image."""

    kind: str
    value: str
    listings: int
    sellers: tuple[int, ...] = ()  # other accounts


@dataclass(slots=True, kw_only=True)
class Account:
    """What an account did, read from its newest listings. ``months`` counts first sightings, "2026-11" to number."""

    seller: SellerRow
    total: int
    listings: int
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    months: list[tuple[str, int]] = field(default_factory=list)
    prices: list[tuple[str, Decimal, Decimal]] = field(default_factory=list)
    places: list[tuple[str, int]] = field(default_factory=list)
    decisions: list[tuple[DecisionLabel, int]] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)


def sellers(session: Session, *, limit: int, offset: int = 0) -> list[tuple[SellerRow, int]]:
    """Accounts with the most listings, and how many."""
    number = func.count(SearchDocument.id).label("number")
    counted = (
        select(SearchDocument.seller_id, number)
        .where(SearchDocument.seller_id.is_not(None))
        .group_by(SearchDocument.seller_id)
        .order_by(number.desc(), SearchDocument.seller_id)
        .limit(limit)
        .offset(offset)
        .subquery()
    )
    statement = select(SellerRow, counted.c.number).join(counted, counted.c.seller_id == SellerRow.id)
    rows = session.execute(statement.order_by(counted.c.number.desc(), SellerRow.id))
    return [(row[0], row[1]) for row in rows]


def account(session: Session, seller_id: int) -> Account | None:
    """The summary of an account; None where there is none."""
    seller = session.get(SellerRow, seller_id)
    if seller is None:
        return None
    mine = SearchDocument.seller_id == seller_id
    total = session.scalar(select(func.count()).select_from(SearchDocument).where(mine)) or 0
    rows = session.execute(
        select(Revision, ListingRow.first_seen_at, ListingRow.last_seen_at)
        .join(SearchDocument, SearchDocument.revision_id == Revision.id)
        .join(ListingRow, ListingRow.id == SearchDocument.listing_id)
        .where(mine)
        .order_by(SearchDocument.id.desc())
        .limit(_MOST_LISTINGS)
    ).all()
    found = Account(seller=seller, total=total, listings=len(rows))
    if rows:
        found.first_seen, found.last_seen = min(row[1] for row in rows), max(row[2] for row in rows)
        found.months = sorted(Counter(f"{row[1]:%Y-%m}" for row in rows).items())
        _summarise(found, [row[0] for row in rows])
        found.decisions = _decisions(session, seller_id)
        found.links = _links(session, seller_id, [row[0] for row in rows])
    return found


def _summarise(found: Account, revisions: Sequence[Revision]) -> None:
    prices: dict[str, list[Decimal]] = {}
    for one in revisions:
        if one.amount is not None:
            prices.setdefault(one.currency or "", []).append(one.amount)
    found.prices = [(currency, min(amounts), max(amounts)) for currency, amounts in sorted(prices.items())]
    found.places = Counter(one.location for one in revisions if one.location).most_common(10)
    found.addresses = sorted({one.seller_url for one in revisions if one.seller_url})[:10]


def _decisions(session: Session, seller_id: int) -> list[tuple[DecisionLabel, int]]:
    statement = standing(
        select(DecisionRow.label, func.count())
        .join(SearchDocument, SearchDocument.listing_id == DecisionRow.listing_id)
        .where(SearchDocument.seller_id == seller_id, DecisionRow.listing_id.not_in(blind()))
    ).group_by(DecisionRow.label)
    return [(label, number) for label, number in session.execute(statement).all() if label is not None]


def _links(session: Session, seller_id: int, revisions: Iterable[Revision]) -> list[Link]:
    reached: Counter[tuple[str, str]] = Counter()
    pictures: Counter[str] = Counter()
    for one in revisions:
        text = f"{one.title or ''}\n{one.description or ''}"
        reached.update({(each.kind, each.value) for each in contacts(text[:20_000])})
        pictures.update(set(one.images[:20]))
    links = [
        Link(kind, value, number, sharing(session, contact_words(value), seller_id))
        for (kind, value), number in reached.most_common(_MOST_LINKS)
    ]
    for url, number in pictures.most_common(_MOST_LINKS):
        if others := sharing(session, (f"image={image_word(url)}",), seller_id):
            links.append(Link("image", url, number, others))
    return links


def contact_words(value: str) -> tuple[str, ...]:
    """How a contact stands in the index."""
    return tuple(f"contact={word}" for word in phrase(value))


def sharing(session: Session, words: tuple[str, ...], seller_id: int) -> tuple[int, ...]:
    """Other accounts with listings that hold these words of the index."""
    if not words:
        return ()
    ids = documents(session, Query((Term("", words=words),))).limit(_MOST_LISTINGS).subquery()
    statement = select(SearchDocument.seller_id).where(
        SearchDocument.id.in_(select(ids.c.id)), SearchDocument.seller_id != seller_id
    )
    found = session.scalars(statement.distinct().order_by(SearchDocument.seller_id).limit(_MOST_SHARING))
    return tuple(one for one in found if one is not None)

"""Sellers: what the accounts of one offered, how they can be reached, and which accounts share that with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from storage.decisions import standing
from storage.models import DecisionRow, ListingRow, Revision, SearchDocument, SellerRow
from storage.search.contacts import contacts
from storage.search.finding import blind, documents
from storage.search.index import image_word
from storage.search.query import Query, Term
from storage.search.words import phrase
from storage.sellers import accounts_of, newest_documents
from wildtrade.records import DecisionLabel

_MOST_LISTINGS = 500  # newest, that a summary reads
_MOST_LINKS = 20  # of one kind
_MOST_SHARING = 25  # sellers behind one contact or picture


@dataclass(frozen=True, slots=True)
class Link:
    """Something several sellers may have in common: ``kind`` is phone, mail, handle, link, image, or name."""

    kind: str
    value: str
    listings: int
    sellers: tuple[int, ...] = ()  # the numbers of others


@dataclass(slots=True, kw_only=True)
class Account:
    """What the ``accounts`` of a seller did, read from their newest listings; ``seller`` is the one asked for.
    ``months`` counts first sightings, "2026-11" to number."""

    seller: SellerRow
    accounts: list[SellerRow]
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
    """Sellers with the most listings, and how many; accounts that people merged are one, under the smallest number."""
    here = or_(SellerRow.head_id.is_(None), SellerRow.head_id == SellerRow.id)
    query = select(SellerRow).where(here, SellerRow.listings > 0)
    rows = session.scalars(query.order_by(SellerRow.listings.desc(), SellerRow.id.desc()).limit(limit).offset(offset))
    return [(row, row.listings) for row in rows]


def sizes(session: Session, heads: Iterable[int]) -> dict[int, int]:
    """How many accounts these merged sellers have."""
    query = select(SellerRow.head_id, func.count()).where(SellerRow.head_id.in_(list(heads)))
    return {head: number for head, number in session.execute(query.group_by(SellerRow.head_id)).all() if head}


def account(session: Session, seller_id: int) -> Account | None:
    """The summary of the seller that an account belongs to; None where there is no such account."""
    seller = session.get(SellerRow, seller_id)
    if seller is None:
        return None
    ids = accounts_of(session, seller_id)
    accounts = list(session.scalars(select(SellerRow).where(SellerRow.id.in_(ids)).order_by(SellerRow.id)))
    total = next(one.listings for one in accounts if one.id == one.number)
    rows = session.execute(
        select(Revision, ListingRow.first_seen_at, ListingRow.last_seen_at)
        .join(SearchDocument, SearchDocument.revision_id == Revision.id)
        .join(ListingRow, ListingRow.id == SearchDocument.listing_id)
        .where(SearchDocument.id.in_(newest_documents(ids, _MOST_LISTINGS)))
        .order_by(SearchDocument.id.desc())
    ).all()
    found = Account(seller=seller, accounts=accounts, total=total, listings=len(rows))
    if rows:
        found.first_seen, found.last_seen = min(row[1] for row in rows), max(row[2] for row in rows)
        found.months = sorted(Counter(f"{row[1]:%Y-%m}" for row in rows).items())
        _summarise(found, [row[0] for row in rows])
        found.decisions = _decisions(session, ids)
        found.links = _links(session, ids, [row[0] for row in rows])
    found.links += _same_names(session, accounts, found.links)
    return found


def _summarise(found: Account, revisions: Sequence[Revision]) -> None:
    prices: dict[str, list[Decimal]] = {}
    for one in revisions:
        if one.amount is not None:
            prices.setdefault(one.currency or "", []).append(one.amount)
    found.prices = [(currency, min(amounts), max(amounts)) for currency, amounts in sorted(prices.items())]
    found.places = Counter(one.location for one in revisions if one.location).most_common(10)
    found.addresses = sorted({one.seller_url for one in revisions if one.seller_url})[:10]


def _decisions(session: Session, ids: Sequence[int]) -> list[tuple[DecisionLabel, int]]:
    statement = standing(
        select(DecisionRow.label, func.count())
        .join(SearchDocument, SearchDocument.listing_id == DecisionRow.listing_id)
        .where(SearchDocument.seller_id.in_(ids), DecisionRow.listing_id.not_in(blind()))
    ).group_by(DecisionRow.label)
    return [(label, number) for label, number in session.execute(statement).all() if label is not None]


def _links(session: Session, ids: Sequence[int], revisions: Iterable[Revision]) -> list[Link]:
    reached: Counter[tuple[str, str]] = Counter()
    pictures: Counter[str] = Counter()
    for one in revisions:
        text = f"{one.title or ''}\n{one.description or ''}"
        reached.update({(each.kind, each.value) for each in contacts(text[:20_000])})
        pictures.update(set(one.images[:20]))
    links = [
        Link(kind, value, number, sharing(session, contact_words(value), ids))
        for (kind, value), number in reached.most_common(_MOST_LINKS)
    ]
    for url, number in pictures.most_common(_MOST_LINKS):
        if others := sharing(session, (f"image={image_word(url)}",), ids):
            links.append(Link("image", url, number, others))
    return links


def contact_words(value: str) -> tuple[str, ...]:
    """How a contact stands in the index."""
    return tuple(f"contact={word}" for word in phrase(value))


def _same_names(session: Session, accounts: Sequence[SellerRow], links: Sequence[Link]) -> list[Link]:
    """Accounts elsewhere under the same name, or under a handle that is given as a way to reach this seller."""
    own = [one.id for one in accounts]
    names = {one.name for one in accounts} | {link.value for link in links if link.kind == "handle"}
    query = select(SellerRow).where(SellerRow.name.in_(names), SellerRow.id.not_in(own)).order_by(SellerRow.id)
    others: dict[str, set[int]] = {}
    for row in session.scalars(query.limit(_MOST_SHARING)):
        others.setdefault(row.name, set()).add(row.number)
    return [Link("name", name, 0, tuple(sorted(numbers))) for name, numbers in sorted(others.items())]


def sharing(session: Session, words: tuple[str, ...], ids: Sequence[int]) -> tuple[int, ...]:
    """The sellers, but that of these accounts, with listings that hold these words of the index."""
    if not words:
        return ()
    hits = documents(session, Query((Term("", words=words),))).limit(_MOST_LISTINGS).subquery()
    accounts = select(SearchDocument.seller_id).where(SearchDocument.id.in_(select(hits.c.id)))
    statement = select(SellerRow.number).where(SellerRow.id.in_(accounts), SellerRow.id.not_in(ids))
    return tuple(session.scalars(statement.distinct().order_by(SellerRow.number).limit(_MOST_SHARING)))

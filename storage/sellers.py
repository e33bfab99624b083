"""Which seller stands for an account. People say which accounts are one seller, see storage.merges; the smallest of
these gives the seller its number. Whatever counts or lists sellers asks here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    ScalarSelect,
    Select,
    String,
    bindparam,
    cast,
    func,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.orm import Session, aliased

from storage.models import ListingRow, Revision, SearchDocument, SellerRow, table_of

_SELLER, _DOCUMENT = table_of(SellerRow), table_of(SearchDocument)


def seller_of(source: Any, name: Any) -> ScalarSelect[int]:
    """As a column beside those of an account's source and name: the number of its seller; null where it has no name or
    is not in the index yet. One look into an index for each row."""
    own = aliased(SellerRow)
    return select(own.number).where(own.source == source, own.name == name).scalar_subquery()


def seller_key(source: Any, name: Any) -> ColumnElement[str]:
    """The same to count distinct sellers by: an account that is not in the index yet stands for itself."""
    return func.coalesce(cast(seller_of(source, name), String), source + "/" + name)


def sellers_among(accounts: Select[*tuple[Any, ...]]) -> Select[int]:
    """How many sellers there are among accounts, given as a query for their sources and names; those without a name are
    one. Looks up each account once, however often it is found."""
    source, name = accounts.distinct().subquery().c
    return select(func.count(func.coalesce(seller_key(source, name), "").distinct()))


def numbers_of(session: Session, accounts: Iterable[int]) -> dict[int, int]:
    """The numbers of the sellers of these accounts."""
    rows = session.execute(select(SellerRow.id, SellerRow.number).where(SellerRow.id.in_(set(accounts))))
    return {row[0]: row[1] for row in rows}


def names_of(session: Session, accounts: Iterable[int]) -> tuple[str, ...]:
    """The names of these accounts."""
    return tuple(session.scalars(select(SellerRow.name).where(SellerRow.id.in_(set(accounts)))))


def sellers_of_listings(session: Session, listings: Iterable[int]) -> dict[int, int]:
    """The numbers of the sellers of these listings, by listing; without those whose seller is not known."""
    latest = (Revision.listing_id == ListingRow.id) & (Revision.id == ListingRow.revision_id)
    number = seller_of(ListingRow.source, Revision.seller)
    query = select(ListingRow.id, number).join(Revision, latest).where(ListingRow.id.in_(set(listings)))
    return {row[0]: row[1] for row in session.execute(query) if row[1]}


def accounts_of(session: Session, seller_id: int) -> list[int]:
    """All accounts of the seller that this account belongs to, the smallest first; itself where it stands alone."""
    head = select(SellerRow.head_id).where(SellerRow.id == seller_id).scalar_subquery()
    same = or_(SellerRow.id == seller_id, SellerRow.head_id == head)
    return list(session.scalars(select(SellerRow.id).where(same).order_by(SellerRow.id))) or [seller_id]


def accounts_by_name(
    connection: Connection, sellers: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], set[tuple[str, str]]]:
    """For each of these accounts (source, name), all accounts of the same seller; itself where it stands alone."""
    found = {one: {one} for one in sellers}
    own, other = _SELLER.alias(), _SELLER.alias()
    query = select(own.c.source, own.c.name, other.c.source, other.c.name)
    query = query.join(other, other.c.head_id == own.c.head_id).where(own.c.name.in_({name for _, name in found}))
    for source, name, other_source, other_name in connection.execute(query):
        if (source, name) in found:
            found[source, name].add((other_source, other_name))
    return found


def newest_documents(accounts: Sequence[int], most: int) -> Select[int]:
    """The ids of the newest documents of a seller, from its accounts. Each account is read from the end of its part of
    the index: together they may have half of all listings."""
    key = _DOCUMENT.c.id
    newest = (
        select(key).where(_DOCUMENT.c.seller_id == one).order_by(key.desc()).limit(most).subquery() for one in accounts
    )
    every = union_all(*(select(one.c.id) for one in newest)).subquery()
    return select(every.c.id).order_by(every.c.id.desc()).limit(most)


def add_listings(connection: Connection, changes: Mapping[int, int]) -> None:
    """Follow the index: so many more or fewer listings of these accounts."""
    rows = [{"account": one, "change": number} for one, number in sorted(changes.items()) if number]
    if not rows:
        return
    own = _SELLER.alias()
    head = select(func.coalesce(own.c.head_id, own.c.id)).where(own.c.id == bindparam("account")).scalar_subquery()
    statement = update(_SELLER).where(_SELLER.c.id == head).values(listings=_SELLER.c.listings + bindparam("change"))
    connection.execute(statement, rows)

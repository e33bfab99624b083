"""Accounts that are one seller: a person says so, with a reason, and it can be taken back.

Merges are pairs of accounts; accounts that pairs connect, however far round, are one seller, named by the smallest id.
Every pair and its undoing is a row of its own; ``head_id`` and ``listings`` of the accounts follow.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from storage.database import clean_text
from storage.dialects import lock_name
from storage.models import SearchDocument, SellerMerge, SellerRow, table_of
from wildtrade.errors import UsageError

_SELLER, _DOCUMENT = table_of(SellerRow), table_of(SearchDocument)
_LONGEST_REASON = 2000
MOST = 200  # accounts of one seller


def accounts_of(session: Session, seller_id: int) -> list[int]:
    """All accounts of the seller that this account belongs to, the smallest first; itself where it stands alone."""
    head = select(SellerRow.head_id).where(SellerRow.id == seller_id).scalar_subquery()
    same = or_(SellerRow.id == seller_id, SellerRow.head_id == head)
    return list(session.scalars(select(SellerRow.id).where(same).order_by(SellerRow.id))) or [seller_id]


def merge(
    session: Session, one: int, other: int, actor: str, *, reason: str, evidence: Sequence[tuple[str, int]] = ()
) -> SellerMerge:
    """Say that two accounts are one seller. ``evidence``: what spoke for it, as (kind, listings).

    Raises UsageError without a reason, for unknown accounts, and where they are one seller already.
    """
    reason = clean_text(" ".join(reason.split()))
    if not reason or len(reason) > _LONGEST_REASON:
        raise UsageError("a merge needs a reason", field="reason", fix="say why they are one seller")
    lock_name(session.connection(), "seller merges")
    for each in (one, other):
        if session.get(SellerRow, each) is None:
            raise UsageError(f"there is no seller #{each}", field="other", fix="use the number of an account")
    mine, theirs = accounts_of(session, one), accounts_of(session, other)
    if other in mine:
        raise UsageError("these are one seller already", field="other", fix="nothing has to be done")
    if len(mine) + len(theirs) > MOST:
        raise UsageError(f"a seller has at most {MOST} accounts", field="other", fix="take a wrong merge back")
    low, high = sorted((one, other))
    row = SellerMerge(one_id=low, other_id=high, reason=reason, evidence=[list(each) for each in evidence], actor=actor)
    session.add(row)
    session.flush()
    _settle(session, {*mine, *theirs})
    return row


def undo_merge(session: Session, merge_id: int, actor: str, *, reason: str) -> SellerMerge:
    """Take a merge back; the accounts part unless other merges hold them together. Raises UsageError where it is no
    merge that stands."""
    lock_name(session.connection(), "seller merges")
    row = session.get(SellerMerge, merge_id)
    if row is None or row.undoes_id is not None or row not in merges(session, [row.one_id]):
        raise UsageError("there is no such merge to take back", fix="look at the seller's page")
    reason = clean_text(" ".join(reason.split()))[:_LONGEST_REASON]
    undone = SellerMerge(
        one_id=row.one_id, other_id=row.other_id, reason=reason, evidence=[], actor=actor, undoes_id=row.id
    )
    both = accounts_of(session, row.one_id)
    session.add(undone)
    session.flush()
    _settle(session, both)
    return undone


def merges(session: Session, accounts: Iterable[int]) -> list[SellerMerge]:
    """The merges that stand among these accounts, oldest first."""
    undo = aliased(SellerMerge)
    among = or_(SellerMerge.one_id.in_(list(accounts)), SellerMerge.other_id.in_(list(accounts)))
    stands = ~select(undo.id).where(undo.undoes_id == SellerMerge.id).exists()
    query = select(SellerMerge).where(among, SellerMerge.undoes_id.is_(None), stands)
    return list(session.scalars(query.order_by(SellerMerge.id)))


def _settle(session: Session, accounts: Iterable[int]) -> None:
    """Name the groups among accounts anew, and count the listings of each."""
    session.flush()
    parent = {one: one for one in accounts}

    def head(one: int) -> int:
        while parent[one] != one:
            one = parent[one]
        return one

    for row in merges(session, parent):
        low, high = sorted((head(row.one_id), head(row.other_id)))
        parent[high] = low
    groups: dict[int, list[int]] = defaultdict(list)
    for one in parent:
        groups[head(one)].append(one)
    mine = _DOCUMENT.c.seller_id.in_(list(parent))
    counted = select(_DOCUMENT.c.seller_id, func.count()).where(mine).group_by(_DOCUMENT.c.seller_id)
    listings: dict[int, int] = dict(session.execute(counted).all())
    rows = [
        {
            "this": one,
            "head": first if len(group) > 1 else None,
            "number": sum(listings.get(each, 0) for each in group) if one == first else 0,
        }
        for first, group in groups.items()
        for one in group
    ]
    values: dict[str, Any] = {"head_id": bindparam("head"), "listings": bindparam("number")}
    session.connection().execute(update(_SELLER).where(_SELLER.c.id == bindparam("this")).values(values), rows)
    session.expire_all()


def add_listings(connection: Connection, changes: Mapping[int, int]) -> None:
    """Follow the index: so many more or fewer listings of these accounts."""
    rows = [{"account": one, "change": number} for one, number in sorted(changes.items()) if number]
    if not rows:
        return
    own = _SELLER.alias()
    head = select(func.coalesce(own.c.head_id, own.c.id)).where(own.c.id == bindparam("account")).scalar_subquery()
    statement = update(_SELLER).where(_SELLER.c.id == head).values(listings=_SELLER.c.listings + bindparam("change"))
    connection.execute(statement, rows)


def merged_accounts(connection: Connection) -> dict[tuple[str, str], int]:
    """Source and name of every account that was merged, with the number of its seller: what lists that count sellers by
    name go by."""
    query = select(_SELLER.c.source, _SELLER.c.name, _SELLER.c.head_id).where(_SELLER.c.head_id.is_not(None))
    return {(row.source, row.name): row.head_id for row in connection.execute(query)}


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

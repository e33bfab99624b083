"""Accounts that are one seller, and such that are not: a person says so, with a reason, and it can be taken back.

What is said is about pairs of accounts; accounts that pairs connect, however far round, are one seller, named by the
smallest id. Everything said and its undoing is a row of its own; ``head_id`` and ``listings`` of the accounts follow.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from storage.database import clean_text
from storage.dialects import lock_name
from storage.models import SearchDocument, SellerMerge, SellerRow, table_of
from storage.sellers import accounts_of
from wildtrade.errors import UsageError

_SELLER, _DOCUMENT = table_of(SellerRow), table_of(SearchDocument)
_LONGEST_REASON = 2000
MOST = 200  # accounts of one seller
Evidence = Sequence[tuple[str, int]]


def merge(session: Session, one: int, other: int, actor: str, *, reason: str, evidence: Evidence = ()) -> SellerMerge:
    """Say that two accounts are one seller. ``evidence``: what spoke for it, as (kind, listings).

    Raises UsageError without a reason, for unknown accounts, and where they are one seller already or people say that
    they are two.
    """
    mine, theirs = _two_sellers(session, one, other)
    if frozenset((mine[0], theirs[0])) in told_apart(session):
        fix = "take back first that they are two"
        raise UsageError("somebody said that these are two sellers", field="other", fix=fix)
    if len(mine) + len(theirs) > MOST:
        raise UsageError(f"a seller has at most {MOST} accounts", field="other", fix="take a wrong merge back")
    row = _say(session, one, other, actor, reason=reason, evidence=evidence, same=True)
    _settle(session, {*mine, *theirs})
    return row


def tell_apart(
    session: Session, one: int, other: int, actor: str, *, reason: str, evidence: Evidence = ()
) -> SellerMerge:
    """Say that two accounts are not one seller: they are no longer proposed, nor can they be merged, until that is
    taken back. Raises UsageError without a reason, for unknown accounts, and where it is said already."""
    mine, theirs = _two_sellers(session, one, other)
    if frozenset((mine[0], theirs[0])) in told_apart(session):
        raise UsageError("somebody said so already", field="other", fix="nothing has to be done")
    return _say(session, one, other, actor, reason=reason, evidence=evidence, same=False)


def undo_merge(session: Session, merge_id: int, actor: str, *, reason: str) -> SellerMerge:
    """Take back what was said of two accounts; merged ones part unless other merges hold them together. Raises
    UsageError where nothing of that number stands."""
    lock_name(session.connection(), "seller merges")
    row = session.scalar(select(SellerMerge).where(SellerMerge.id == merge_id, *_stands()))
    if row is None:
        raise UsageError("there is no such merge to take back", fix="look at the seller's page")
    undone = SellerMerge(
        one_id=row.one_id, other_id=row.other_id, same=row.same, reason=_cleaned(reason)[:_LONGEST_REASON], evidence=[],
        actor=actor, undoes_id=row.id,
    )  # fmt: skip
    both = accounts_of(session, row.one_id)
    session.add(undone)
    session.flush()
    if row.same:
        _settle(session, both)
    return undone


def merges(session: Session, accounts: Iterable[int]) -> list[SellerMerge]:
    """What stands said of these accounts, oldest first."""
    ids = list(accounts)
    among = or_(SellerMerge.one_id.in_(ids), SellerMerge.other_id.in_(ids))
    return list(session.scalars(select(SellerMerge).where(among, *_stands()).order_by(SellerMerge.id)))


def newest_merges(session: Session, limit: int) -> list[SellerMerge]:
    """What stands said of any, newest first."""
    return list(session.scalars(select(SellerMerge).where(*_stands()).order_by(SellerMerge.id.desc()).limit(limit)))


def told_apart(session: Session) -> set[frozenset[int]]:
    """The pairs of sellers, by their numbers, of which people say that they are two: it counts for all accounts."""
    one, other = aliased(SellerRow), aliased(SellerRow)
    query = (
        select(one.number, other.number)
        .select_from(SellerMerge)
        .join(one, one.id == SellerMerge.one_id)
        .join(other, other.id == SellerMerge.other_id)
        .where(~SellerMerge.same, *_stands())
    )
    return {frozenset(row) for row in session.execute(query)}


def _two_sellers(session: Session, one: int, other: int) -> tuple[list[int], list[int]]:
    """The accounts of both, while nobody else says anything of sellers. Raises UsageError where they are not two."""
    lock_name(session.connection(), "seller merges")
    for each in (one, other):
        if session.get(SellerRow, each) is None:
            raise UsageError(f"there is no seller #{each}", field="other", fix="use the number of an account")
    mine, theirs = accounts_of(session, one), accounts_of(session, other)
    if other in mine:
        raise UsageError("these are one seller already", field="other", fix="nothing has to be done")
    return mine, theirs


def _say(
    session: Session, one: int, other: int, actor: str, *, reason: str, evidence: Evidence, same: bool
) -> SellerMerge:
    reason = _cleaned(reason)
    if not reason or len(reason) > _LONGEST_REASON:
        raise UsageError("this needs a reason", field="reason", fix="say why they are one seller, or two")
    low, high = sorted((one, other))
    told = [list(each) for each in evidence]
    row = SellerMerge(one_id=low, other_id=high, same=same, reason=reason, evidence=told, actor=actor)
    session.add(row)
    session.flush()
    return row


def _cleaned(reason: str) -> str:
    return clean_text(" ".join(reason.split()))


def _stands() -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """It says something, and nobody has taken it back."""
    undo = aliased(SellerMerge)
    return SellerMerge.undoes_id.is_(None), ~select(undo.id).where(undo.undoes_id == SellerMerge.id).exists()


def _settle(session: Session, accounts: Iterable[int]) -> None:
    """Name the groups among accounts anew, and count the listings of each."""
    session.flush()
    parent = {one: one for one in accounts}

    def head(one: int) -> int:
        while parent[one] != one:
            one = parent[one]
        return one

    for row in merges(session, parent):
        if row.same:
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

"""Which sellers may be one: what two of them share that few others have, the strongest first. People say, not these.

For one seller that is read from its texts; for the whole workspace from what flagged listings have in common, which the
job for near-duplicates notes, and kept as a snapshot.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations, groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Select, func, literal, select
from sqlalchemy.orm import Session

from storage.database import Database
from storage.likeness import value_of
from storage.merges import told_apart
from storage.models import (
    FlagRow,
    Likeness,
    LikenessKind,
    Picture,
    PictureUse,
    SearchDocument,
    SellerRow,
    utcnow,
)
from storage.search.accounts import Account
from storage.sellers import numbers_of
from storage.workspace_facts import fact, keep_computed

STOCK = 6  # other sellers; what so many share is a stock photo or a platform's own number
KEPT = 500  # suggestions of a snapshot
_MOST_PAIRS = 200_000  # that are compared; later ones are left out
_FACT = "seller suggestions"
_SHARED = (LikenessKind.PHONE, LikenessKind.MAIL, LikenessKind.HANDLE, LikenessKind.LINK, LikenessKind.IMAGE)
Evidence = tuple[tuple[str, int, int], ...]
Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Two sellers that may be one, and what speaks for it: (kind, how many of it, listings)."""

    one: SellerRow
    other: SellerRow
    evidence: Evidence


def suggestions(session: Session, found: Account) -> list[Suggestion]:
    """Sellers that share something with this one. What many share, such as a stock photo, speaks for nobody."""
    own = next(one for one in found.accounts if one.id == one.number)
    kinds: dict[int, dict[str, list[int]]] = {}
    for link in found.links:
        for other in link.sellers if len(link.sellers) < STOCK else ():
            kinds.setdefault(other, {}).setdefault(link.kind, []).append(link.listings)
    apart = told_apart(session)
    told = [
        Suggestion(own, row, tuple((kind, len(some), sum(some)) for kind, some in sorted(kinds[row.id].items())))
        for row in session.scalars(select(SellerRow).where(SellerRow.id.in_(kinds)))
        if frozenset((own.id, row.id)) not in apart
    ]
    return sorted(told, key=lambda one: (*_weakness(one.evidence), one.other.id))


def _weakness(evidence: Evidence) -> tuple[int, int, int]:
    """What to sort by: the most kinds of evidence first, then the most of it, then the most listings."""
    return -len(evidence), -sum(each[1] for each in evidence), -sum(each[2] for each in evidence)


def kept(session: Session) -> dict[str, Any] | None:
    """The snapshot, or None where none was made yet; ``computed_at`` is ISO 8601."""
    found: dict[str, Any] | None = fact(session, _FACT)
    return found


def refresh(database: Database) -> None:
    """Compare the sellers of all flagged listings and keep the best suggestions."""
    keep_computed(database, _FACT, lambda session: {"computed_at": utcnow().isoformat(), "pairs": _best(session)})


def standing(session: Session, snapshot: dict[str, Any]) -> list[Suggestion]:
    """The suggestions of a snapshot about which nobody has said anything since, the strongest first."""
    pairs: list[tuple[int, int, list[Any]]] = snapshot["pairs"]
    numbers = numbers_of(session, {each for one, other, _ in pairs for each in (one, other)})
    seen = told_apart(session)
    found: list[tuple[Pair, Evidence]] = []
    for one, other, evidence in pairs:
        pair = numbers.get(one, 0), numbers.get(other, 0)
        if 0 not in pair and pair[0] != pair[1] and frozenset(pair) not in seen:
            seen.add(frozenset(pair))
            found.append((pair, tuple((kind, number, listings) for kind, number, listings in evidence)))
    wanted = {each for pair, _ in found for each in pair}
    rows = {row.id: row for row in session.scalars(select(SellerRow).where(SellerRow.id.in_(wanted)))}
    return [Suggestion(rows[one], rows[other], evidence) for (one, other), evidence in found]


def _best(session: Session) -> list[tuple[int, int, Evidence]]:
    apart = told_apart(session)
    shared: dict[Pair, dict[str, list[int]]] = {}
    for kind, sellers in _groups(session):
        for pair in combinations(sorted(sellers), 2):
            if frozenset(pair) in apart or (pair not in shared and len(shared) >= _MOST_PAIRS):
                continue
            counted = shared.setdefault(pair, {}).setdefault(kind, [0, 0])
            counted[0] += 1
            counted[1] += sellers[pair[0]] + sellers[pair[1]]
    told = (
        (pair, tuple((kind, number, listings) for kind, (number, listings) in sorted(kinds.items())))
        for pair, kinds in shared.items()
    )
    best = heapq.nsmallest(KEPT, told, key=lambda one: (*_weakness(one[1]), one[0]))
    return [(*pair, evidence) for pair, evidence in best]


def _groups(session: Session) -> Iterator[tuple[str, dict[int, int]]]:
    """What a few sellers have in common: its kind, and how many listings of each of them have it."""
    names = _names(session)
    for kind, value, sellers in _valued(session.execute(_noted()).yield_per(1000)):
        if kind == LikenessKind.HANDLE:  # who has that name, and who gives it in a text
            sellers = dict.fromkeys(names.pop(value, ()), 0) | sellers
        if 1 < len(sellers) <= STOCK:
            yield kind, sellers
    for named in names.values():
        if 1 < len(named) <= STOCK:
            yield "name", dict.fromkeys(named, 0)
    for _, _, sellers in _valued(session.execute(_looks()).yield_per(1000)):
        if 1 < len(sellers) <= STOCK:
            yield "look", sellers


def _valued(rows: Iterable[Any]) -> Iterator[tuple[str, int, dict[int, int]]]:
    for (kind, value), some in groupby(rows, key=itemgetter(0, 1)):
        yield kind, value, {row[2]: row[3] for row in some}


def _noted() -> Select[LikenessKind, int, int, int]:
    """Kind, value, seller and listings of what the job for near-duplicates noted."""
    return (
        select(Likeness.kind, Likeness.value, SellerRow.number, func.count())
        .join(SearchDocument, SearchDocument.listing_id == Likeness.listing_id)
        .join(SellerRow, SellerRow.id == SearchDocument.seller_id)
        .where(Likeness.kind.in_(_SHARED))
        .group_by(Likeness.kind, Likeness.value, SellerRow.number)
        .order_by(Likeness.kind, Likeness.value)
    )


def _looks() -> Select[str, int | None, int, int]:
    """The same of captured pictures that look alike."""
    return (
        select(literal("look"), Picture.group_id, SellerRow.number, func.count(PictureUse.listing_id.distinct()))
        .join(PictureUse, PictureUse.picture_id == Picture.id)
        .join(SearchDocument, SearchDocument.listing_id == PictureUse.listing_id)
        .join(SellerRow, SellerRow.id == SearchDocument.seller_id)
        .where(Picture.group_id.is_not(None))
        .group_by(Picture.group_id, SellerRow.number)
        .order_by(Picture.group_id)
    )


def _names(session: Session) -> dict[int, set[int]]:
    """The names of accounts with flagged listings, as handles are noted, and the sellers that have them."""
    flagged = select(SearchDocument.seller_id).join(FlagRow, FlagRow.listing_id == SearchDocument.listing_id)
    found: dict[int, set[int]] = defaultdict(set)
    for name, number in session.execute(
        select(SellerRow.name, SellerRow.number).where(SellerRow.id.in_(flagged.distinct()))
    ).yield_per(1000):
        found[value_of(name.strip("@.").casefold())].add(number)
    return found

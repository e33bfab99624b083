"""What the database knows about flagged listings that decides their place in the queue. Read by the group."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, func, select

from storage.models import (
    AssessmentRow,
    DecisionAction,
    DecisionRow,
    FlagRow,
    ListingRow,
    Revision,
    Run,
    RunState,
    list_date,
    table_of,
)
from storage.priority import Facts
from storage.sellers import accounts_by_name
from wildtrade.records import DecisionLabel

_LIVE = "live"  # the product form of a living animal or plant
_LISTING, _REVISION, _ASSESSMENT = table_of(ListingRow), table_of(Revision), table_of(AssessmentRow)
_FLAG, _DECISION, _RUN = table_of(FlagRow), table_of(DecisionRow), table_of(Run)


def facts_of(connection: Connection, assessment_ids: Sequence[int], now: datetime) -> dict[int, Facts]:
    """The facts of these opinions by listing id. A listing without a flag waits since ``now``."""
    rows = _rows(connection, assessment_ids)
    confirmed = _confirmed(connection, {(row.source, row.seller) for row in rows if row.seller})
    cheaper = _cheaper(connection, [row.listing_id for row in rows])
    known = _known_sources(connection, {row.source for row in rows})
    sizes = _cluster_sizes(connection, {row.cluster_id for row in rows if row.cluster_id is not None})
    return {
        row.listing_id: Facts(
            source=row.source,
            language=row.language,
            score=row.score,
            label=row.label,
            appendix=row.appendix,
            appendix_date=list_date(row.appendix, row.taxa),
            last_seen_at=row.last_seen_at,
            waiting_since=row.created_at or now,
            live_animal=_LIVE in row.product_forms,
            seller_confirmed=(row.source, row.seller) in confirmed,
            price_drop=row.listing_id in cheaper,
            new_source=row.source not in known,
            cluster_size=sizes.get(row.cluster_id, 1),
        )
        for row in rows
    }


def _rows(connection: Connection, assessment_ids: Sequence[int]) -> Sequence[Any]:
    columns = (
        _ASSESSMENT.c.listing_id,
        _ASSESSMENT.c.score,
        _ASSESSMENT.c.label,
        _ASSESSMENT.c.language,
        _ASSESSMENT.c.appendix,
        _ASSESSMENT.c.taxa,
        _ASSESSMENT.c.product_forms,
        _LISTING.c.source,
        _LISTING.c.last_seen_at,
        _REVISION.c.seller,
        _FLAG.c.created_at,
        _FLAG.c.cluster_id,
    )
    joined = (
        _ASSESSMENT.join(_LISTING, _LISTING.c.id == _ASSESSMENT.c.listing_id)
        .join(_REVISION, _REVISION.c.id == _ASSESSMENT.c.revision_id)
        .outerjoin(_FLAG, _FLAG.c.listing_id == _ASSESSMENT.c.listing_id)
    )
    return connection.execute(select(*columns).select_from(joined).where(_ASSESSMENT.c.id.in_(assessment_ids))).all()


def _confirmed(connection: Connection, sellers: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """(source, seller) of those with a listing, of any of their accounts, that a person called wildlife and nobody took
    that back."""
    others = accounts_by_name(connection, sellers)
    undone = _DECISION.alias()
    query = (
        select(_LISTING.c.source, _REVISION.c.seller)
        .join(_REVISION, _REVISION.c.listing_id == _LISTING.c.id)
        .join(_DECISION, _DECISION.c.revision_id == _REVISION.c.id)
        .where(
            _REVISION.c.seller.in_({name for accounts in others.values() for _, name in accounts}),
            _DECISION.c.action == DecisionAction.DECIDE,
            _DECISION.c.label == DecisionLabel.WILDLIFE,
            ~select(undone.c.id).where(undone.c.undoes_id == _DECISION.c.id).exists(),
        )
        .distinct()
    )
    found = {(row.source, row.seller) for row in connection.execute(query)}
    return {one for one, accounts in others.items() if not found.isdisjoint(accounts)}


def _cheaper(connection: Connection, listing_ids: Sequence[int]) -> set[int]:
    """Listings whose last change lowered the price."""
    query = select(_REVISION.c.listing_id, _REVISION.c.amount, _REVISION.c.currency)
    latest: dict[int, list[tuple[Decimal | None, str | None]]] = {}
    for row in connection.execute(query.where(_REVISION.c.listing_id.in_(listing_ids)).order_by(_REVISION.c.id.desc())):
        latest.setdefault(row.listing_id, []).append((row.amount, row.currency))
    return {listing_id for listing_id, prices in latest.items() if _lowered(*prices[:2])}


def _lowered(now: tuple[Decimal | None, str | None], before: tuple[Decimal | None, str | None] = (None, None)) -> bool:
    if now[0] is None or before[0] is None:
        return False
    return now[0] < before[0] and now[1] == before[1]


def _known_sources(connection: Connection, sources: Iterable[str]) -> set[str]:
    """Sources with a run that has ended."""
    ended = (_RUN.c.source.in_(list(sources)), _RUN.c.state != RunState.RUNNING)
    return set(connection.scalars(select(_RUN.c.source).where(*ended).distinct()))


def _cluster_sizes(connection: Connection, clusters: Iterable[int]) -> dict[int, int]:
    query = select(_FLAG.c.cluster_id, func.count()).where(_FLAG.c.cluster_id.in_(list(clusters)))
    return {row[0]: row[1] for row in connection.execute(query.group_by(_FLAG.c.cluster_id))}

"""What leaves the database: flagged listings for people, decisions for training. Streams, whatever the size."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from storage.models import AssessmentRow, DecisionRow, FlagRow, ListingRow, Revision
from storage.queue import standing
from storage.sellers import seller_of
from wildtrade.records import DecisionLabel

_BATCH = 500
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "|", "%")
_AS_LABEL = {DecisionLabel.WILDLIFE: 1, DecisionLabel.NOT_WILDLIFE: 0}


def flagged(session: Session, *conditions: ColumnElement[bool]) -> Iterator[dict[str, Any]]:
    """Listings in the queue or decided that meet the conditions, one flat dict each, by flag id. ``seller`` is the
    account as captured, ``merged_seller`` the number of the seller that stands for it."""
    query = (
        select(FlagRow, ListingRow, Revision, AssessmentRow, seller_of(ListingRow.source, Revision.seller))
        .join(ListingRow, ListingRow.id == FlagRow.listing_id)
        .join(AssessmentRow, AssessmentRow.id == FlagRow.assessment_id)
        .join(Revision, Revision.id == AssessmentRow.revision_id)
        .where(*conditions)
        .order_by(FlagRow.id)
    )
    for flag, listing, revision, opinion, seller in session.execute(query.execution_options(yield_per=_BATCH)):
        yield {
            "flag_id": flag.id,
            "state": flag.state.value,
            "priority": flag.priority,
            "source": listing.source,
            "key": listing.key,
            "url": listing.url,
            "title": revision.title,
            "description": revision.description,
            "amount": None if revision.amount is None else f"{revision.amount:f}",
            "currency": revision.currency,
            "seller": revision.seller,
            "merged_seller": seller,
            "location": revision.location,
            "images": revision.images,
            "posted_at": revision.posted_at,
            "first_seen_at": listing.first_seen_at,
            "last_seen_at": listing.last_seen_at,
            "gone_at": listing.gone_at,
            "label": opinion.label.value,
            "score": opinion.score,
            "appendix": opinion.appendix,
            "appendix_date": opinion.appendix_date,
            "taxa": opinion.taxa,
            "product_forms": opinion.product_forms,
            "intent": opinion.intent.value,
            "language": opinion.language,
            "lexicon_version": opinion.lexicon_version,
            "model_version": opinion.model_version,
        }


def decisions(session: Session) -> Iterator[dict[str, Any]]:
    """Standing decisions with the text they were taken on, for training. The reviewer is a pseudonym."""
    query = (
        select(DecisionRow, Revision, AssessmentRow, ListingRow, seller_of(ListingRow.source, Revision.seller))
        .join(Revision, Revision.id == DecisionRow.revision_id)
        .join(AssessmentRow, AssessmentRow.id == DecisionRow.assessment_id)
        .join(ListingRow, ListingRow.id == DecisionRow.listing_id)
        .order_by(DecisionRow.id)
    )
    rows = session.execute(standing(query).execution_options(yield_per=_BATCH))
    for decision, revision, opinion, listing, seller in rows:
        yield {
            "id": decision.id,
            "decision": decision.label.value if decision.label else None,
            "label": _AS_LABEL.get(decision.label) if decision.label else None,
            "reason": decision.reason,
            "decided_at": decision.decided_at,
            "reviewer": pseudonym(decision.actor),
            "inclusion_probability": decision.inclusion_probability,
            "source": listing.source,
            "seller": None if revision.seller is None else pseudonym(f"{listing.source}/{revision.seller}"),
            "merged_seller": seller,
            "content_hash": revision.content_hash,
            "title": revision.title,
            "description": revision.description,
            "price": None if revision.amount is None else f"{revision.amount:f} {revision.currency or ''}".strip(),
            "language": opinion.language,
            "images": len(revision.images),
            "machine_label": opinion.label.value,
            "machine_score": opinion.score,
            "lexicon_version": opinion.lexicon_version,
            "model_version": opinion.model_version,
        }


def pseudonym(name: str) -> str:
    """A stable stand-in for a name, so that training can tell people and sellers apart without knowing them."""
    return hashlib.blake2b(name.encode(), digest_size=6, person=b"wildtrade").hexdigest()


def safe_cell(text: str) -> str:
    """A cell that no spreadsheet takes for a formula: what could begin one gets an apostrophe in front."""
    return f"'{text}" if text.lstrip(" \u00a0\u200b\ufeff").startswith(_FORMULA) else text

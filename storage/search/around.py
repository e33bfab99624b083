"""What stands around one listing: its cluster, its pictures and who else shows them, exhibits, earlier decisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session

from storage.decisions import standing
from storage.models import (
    Artifact,
    CaseRow,
    DecisionRow,
    Exhibit,
    FlagRow,
    Picture,
    PictureUse,
    SearchDocument,
    SellerRow,
)
from storage.pictures import SamePicture, same_pictures
from storage.search.finding import blind
from storage.sellers import accounts_of, newest_documents
from wildtrade.records import DecisionLabel

_OF_SELLER = 1_000  # listings whose decisions are counted

Mix = Sequence[tuple[DecisionLabel, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """``files``: captured pictures by their address. ``of_seller``, ``of_pictures``: what stands decided about the
    seller's newest 1,000 other listings, and about others with the same picture (stock photos aside)."""

    cluster_id: int | None
    pictures: Sequence[SamePicture]
    files: dict[str, Picture]
    exhibits: Sequence[Row[Exhibit, CaseRow]]
    seller_listings: int
    of_seller: Mix
    of_pictures: Mix


def around(session: Session, listing_id: int) -> Around:
    """What stands around this listing."""
    pictures = same_pictures(session, listing_id)
    shown = {other for one in pictures if not one.stock for other in one.listings} - {listing_id}
    seller = session.scalar(
        select(SellerRow.number)
        .join(SearchDocument, SearchDocument.seller_id == SellerRow.id)
        .where(SearchDocument.listing_id == listing_id)
    )
    newest = newest_documents(accounts_of(session, seller or 0), _OF_SELLER)
    own = select(SearchDocument.listing_id).where(SearchDocument.id.in_(newest))
    files = session.execute(
        select(Artifact.url, Picture)
        .join(PictureUse, PictureUse.artifact_id == Artifact.id)
        .join(Picture, Picture.id == PictureUse.picture_id)
        .where(PictureUse.listing_id == listing_id)
    )
    exhibits = select(Exhibit, CaseRow).join(CaseRow, CaseRow.id == Exhibit.case_id)
    return Around(
        cluster_id=session.scalar(select(FlagRow.cluster_id).where(FlagRow.listing_id == listing_id)),
        pictures=pictures[:3],
        files={row[0]: row[1] for row in files},
        exhibits=session.execute(exhibits.where(Exhibit.listing_id == listing_id).order_by(Exhibit.id)).all(),
        seller_listings=session.scalar(select(SellerRow.listings).where(SellerRow.id == seller)) or 0,
        of_seller=_decided(session, _others(listing_id).where(DecisionRow.listing_id.in_(own))) if seller else (),
        of_pictures=_decided(session, _others(listing_id).where(DecisionRow.listing_id.in_(shown))) if shown else (),
    )


def _others(listing_id: int) -> Select[DecisionLabel | None, int]:
    query = select(DecisionRow.label, func.count())
    return query.where(DecisionRow.listing_id != listing_id, DecisionRow.listing_id.not_in(blind()))


def _decided(session: Session, query: Select[DecisionLabel | None, int]) -> Mix:
    rows = session.execute(standing(query).group_by(DecisionRow.label)).all()
    return [(label, number) for label, number in rows if label is not None]

"""Which listings show the same picture. Captured pictures are compared by what they look like, by a job beside the app;
of those that were not captured, flagged listings that name the same address share one.

Pictures that look alike form a group. One that more than ``STOCK`` sellers use is a stock photo: it still is shown, and
found by ``image:similar``, but makes no two listings near-duplicates.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Select, delete, func, insert, literal, select, union, update
from sqlalchemy.orm import Session, aliased

from storage.database import Database
from storage.dialects import lock_name
from storage.models import (
    Artifact,
    ArtifactKind,
    CaptureRow,
    FlagRow,
    Likeness,
    LikenessKind,
    ListingRow,
    Picture,
    PictureBand,
    PictureUse,
    Revision,
    TextPrint,
    table_of,
)
from storage.picture_hash import NEAR, Look, bands_of, distance, look_at
from storage.sellers import sellers_among

STOCK = 5  # sellers
_SOME = 50  # files of one child and one transaction
_MOST = 1_000  # listings with one picture that are counted
_PICTURE, _BAND, _USE = table_of(Picture), table_of(PictureBand), table_of(PictureUse)
_FLAG = table_of(FlagRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class SamePicture:
    """A picture that several listings show, this one among them. ``captured``: compared by what it looks like, else
    by its address."""

    listings: frozenset[int]
    sellers: int
    captured: bool

    @property
    def stock(self) -> bool:
        """Used by so many sellers that it says nothing of any."""
        return self.sellers > STOCK


def look_at_new(database: Database, evidence: Path) -> int:
    """Look at all captured pictures that nobody has looked at; returns at how many. Files that are not here wait."""
    done, after = 0, 0
    while True:
        with database.session(read_only=True) as session:
            rows = session.execute(_due(after).limit(_SOME)).all()
            known = set(session.scalars(select(Picture.sha256).where(Picture.sha256.in_({row.sha256 for row in rows}))))
        if not rows:
            return done
        after = rows[-1].id
        here = {row.sha256: evidence / row.path for row in rows if (evidence / row.path).is_file()}
        fresh = [sha256 for sha256 in here if sha256 not in known]
        looks = dict(zip(fresh, look_at([here[sha256] for sha256 in fresh]), strict=True))
        wanted = [row for row in rows if row.sha256 in known or row.sha256 in looks]
        with database.session() as session:
            _store(session, wanted, looks)
        done += len(wanted)


def _due(after: int) -> Select[int, int, str, str, str]:
    seen = select(PictureUse.id).where(PictureUse.artifact_id == Artifact.id)
    columns = (Artifact.id, Artifact.page_id, Artifact.url, Artifact.path, Artifact.sha256)
    wanted = (Artifact.kind == ArtifactKind.MEDIA, Artifact.id > after, ~seen.exists())
    return select(*columns).where(*wanted).order_by(Artifact.id)


def _store(session: Session, rows: Sequence[Any], looks: Mapping[str, Look]) -> None:
    lock_name(session.connection(), "pictures")
    for sha256, look in looks.items():
        _add(session, sha256, look)
    known = select(_PICTURE).where(_PICTURE.c.sha256.in_({row.sha256 for row in rows}))
    pictures = {row.sha256: row for row in session.execute(known)}
    changed: dict[int, set[int]] = defaultdict(set)
    for row in rows:
        picture = pictures[row.sha256]
        shown = set(_listings_of(session, row)) - _showing(session, picture.id)
        uses = [{"artifact_id": row.id, "picture_id": picture.id, "listing_id": one} for one in shown or (None,)]
        session.execute(insert(_USE), uses)
        if picture.group_id is not None:
            changed[picture.group_id] |= shown
    for group, listings in changed.items():
        _tell_clusters(session, group, listings)


def _add(session: Session, sha256: str, look: Look) -> None:
    """A new picture joins those it looks like; groups that it connects become one."""
    if session.scalar(select(Picture.id).where(Picture.sha256 == sha256)) is not None:
        return
    picture = Picture(sha256=sha256, hash=look.hash, width=look.width, height=look.height, problem=look.problem)
    session.add(picture)
    session.flush()
    if look.hash is None:
        return
    near = select(_BAND.c.picture_id).where(_BAND.c.value.in_(bands_of(look.hash, flips=True))).distinct()
    others = session.execute(select(_PICTURE.c.hash, _PICTURE.c.group_id).where(_PICTURE.c.id.in_(near))).all()
    groups = {row.group_id for row in others if distance(row.hash, look.hash) <= NEAR}
    picture.group_id = min([picture.id, *groups])
    session.execute(update(_PICTURE).where(_PICTURE.c.group_id.in_(groups)).values(group_id=picture.group_id))
    session.execute(insert(_BAND), [{"value": value, "picture_id": picture.id} for value in bands_of(look.hash)])
    session.flush()


def _listings_of(session: Session, row: Any) -> Iterable[int]:
    """The listings of a file's page that name its address."""
    named = (
        select(CaptureRow.listing_id, Revision.images)
        .join(Revision, Revision.id == CaptureRow.revision_id)
        .where(CaptureRow.page_id == row.page_id)
    )
    return [listing_id for listing_id, images in session.execute(named) if row.url in (images or ())]


def _showing(session: Session, picture_id: int) -> set[int]:
    query = select(PictureUse.listing_id).where(PictureUse.picture_id == picture_id)
    return {one for one in session.scalars(query) if one is not None}


def _tell_clusters(session: Session, group: int, fresh: Collection[int]) -> None:
    """Let the listings that are new in a group be compared again; where it has become a stock photo only now, let all
    be that it had brought together."""
    members = set(session.scalars(_of_group(group).limit(_MOST)))
    if sellers_of(session, members) <= STOCK:
        compare_again(session, fresh)
    elif sellers_of(session, members - set(fresh)) <= STOCK:
        take_apart(session, members)


def compare_again(session: Session, listing_ids: Collection[int]) -> None:
    """Make the job for near-duplicates compare these listings anew."""
    session.execute(delete(TextPrint).where(TextPrint.listing_id.in_(listing_ids)))


def take_apart(session: Session, listing_ids: Collection[int]) -> None:
    """Undo the clusters these listings are in, and let all of their members be compared anew."""
    clusters = select(_FLAG.c.cluster_id).where(_FLAG.c.listing_id.in_(listing_ids), _FLAG.c.cluster_id.is_not(None))
    here = _FLAG.c.cluster_id.in_(set(session.scalars(clusters)))
    members = set(session.scalars(select(_FLAG.c.listing_id).where(here)))
    session.execute(update(_FLAG).where(here).values(cluster_id=None))
    compare_again(session, members)


def sellers_of(session: Session, listing_ids: Collection[int]) -> int:
    """How many sellers these listings have; those that name none are one."""
    latest = (ListingRow.id == Revision.listing_id) & (ListingRow.revision_id == Revision.id)
    accounts = select(ListingRow.source, Revision.seller).join(Revision, latest).where(ListingRow.id.in_(listing_ids))
    return session.scalar(sellers_among(accounts)) or 0


def _of_group(group: int) -> Select[Any]:
    joined = select(PictureUse.listing_id).join(Picture, Picture.id == PictureUse.picture_id)
    return joined.where(Picture.group_id == group, PictureUse.listing_id.is_not(None)).distinct()


def same_pictures(session: Session, listing_id: int) -> list[SamePicture]:
    """The pictures that other listings show as well, those of most listings first."""
    found = _by_look(session, listing_id) + _by_address(session, listing_id)
    many = {one.listings: one for one in reversed(found) if len(one.listings) > 1}  # the same by look and by address
    return sorted(many.values(), key=lambda one: -len(one.listings))


def _by_look(session: Session, listing_id: int) -> list[SamePicture]:
    groups = select(Picture.group_id).join(PictureUse, PictureUse.picture_id == Picture.id)
    own = groups.where(PictureUse.listing_id == listing_id, Picture.group_id.is_not(None))
    shared = groups.where(Picture.group_id.in_(own), PictureUse.listing_id != listing_id).distinct()
    return [_same(session, _of_group(group), captured=True) for group in session.scalars(shared).all() if group]


def _by_address(session: Session, listing_id: int) -> list[SamePicture]:
    # Two queries: in one, PostgreSQL may read all addresses to find a few.
    own = session.scalars(_named(Likeness.value).where(Likeness.listing_id == listing_id)).all()
    shared = _named(Likeness.value).where(Likeness.value.in_(own), Likeness.listing_id != listing_id).distinct()
    return [
        _same(session, _named(Likeness.listing_id).where(Likeness.value == value), captured=False)
        for value in session.scalars(shared).all()
    ]


def _named(column: Any) -> Select[Any]:
    return select(column).where(Likeness.kind == LikenessKind.IMAGE)


def note_addresses(session: Session, listing_id: int, fresh: Collection[int]) -> None:
    """Addresses that are new to a listing may have become stock photos with it: take apart what they had brought
    together."""
    for value in fresh:
        others = set(session.scalars(_named(Likeness.listing_id).where(Likeness.value == value).limit(_MOST)))
        others.discard(listing_id)
        if others and sellers_of(session, others) <= STOCK < sellers_of(session, {*others, listing_id}):
            take_apart(session, others)


def alike_by_picture(session: Session, listing_id: int) -> set[int]:
    """Other flagged listings with which this one shares half of the pictures of either at least, stock photos aside: a
    shop's mark in every listing makes no two alike."""
    found = same_pictures(session, listing_id)
    shared = Counter(other for one in found if not one.stock for other in one.listings)
    counted = _named(Likeness.listing_id).add_columns(func.count()).where(Likeness.listing_id.in_(shared))
    totals: dict[int, int] = dict(session.execute(counted.group_by(Likeness.listing_id)).all())
    own = totals.pop(listing_id, 0)
    return {other for other, number in totals.items() if 2 * shared[other] >= max(own, number)}


def _same(session: Session, query: Select[Any], *, captured: bool) -> SamePicture:
    listings = frozenset(session.scalars(query.limit(_MOST)))
    sellers = sellers_of(session, listings) if len(listings) > 1 else 1
    return SamePicture(listings=listings, sellers=sellers, captured=captured)


def similar(listing_id: int) -> Select[Any]:
    """The listings that show a picture of this one, itself among them: for ``image:similar``."""
    mine, own = aliased(PictureUse), aliased(Picture)
    groups = select(own.group_id).join(mine, mine.picture_id == own.id).where(mine.listing_id == listing_id)
    looks = (
        select(PictureUse.listing_id)
        .join(Picture, Picture.id == PictureUse.picture_id)
        .where(Picture.group_id.in_(groups), PictureUse.listing_id.is_not(None))
    )
    named = aliased(Likeness)
    values = select(named.value).where(named.listing_id == listing_id, named.kind == LikenessKind.IMAGE)
    addresses = _named(Likeness.listing_id).where(Likeness.value.in_(values))
    return select(union(looks, addresses, select(literal(listing_id))).subquery().c[0])


def nearest(session: Session, listing_id: int, others: Collection[int]) -> dict[int, int]:
    """In how many bits the most alike pictures of a listing and of each other one differ."""
    query = select(PictureUse.listing_id, Picture.hash).join(Picture, Picture.id == PictureUse.picture_id)
    wanted = PictureUse.listing_id.in_({listing_id, *others})
    hashes: dict[int, list[int]] = defaultdict(list)
    for one, number in session.execute(query.where(wanted, Picture.hash.is_not(None)).distinct()):
        if one is not None and number is not None:
            hashes[one].append(number)
    own = hashes.get(listing_id, ())
    return {one: min(distance(a, b) for a in own for b in hashes[one]) for one in others if own and one in hashes}

"""Erasing what was chosen: the personal fields of listings, then their pages in the evidence.

Evidence goes file by file: the custody log tells of it first, the rows follow what the log says, the old file is
deleted last. After a crash in between, ``settle`` does the rest from the log alone.
"""

from __future__ import annotations

import bisect
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate
from typing import Any

from sqlalchemy import String, cast, delete, select, union, update
from sqlalchemy.orm import Session

from storage.audit import Actor, record
from storage.cases import held_pages
from storage.custody.erasure import erase, finish_erasure
from storage.custody.line import take_apart
from storage.custody.log import CustodyLog
from storage.database import Database
from storage.models import (
    Artifact,
    AssessmentRow,
    CaptureRow,
    DecisionRow,
    DraftRow,
    Exhibit,
    FlagRow,
    ImportFile,
    Likeness,
    ListingRow,
    PageCapture,
    PictureUse,
    Revision,
    SearchDocument,
    SellerMerge,
    SellerRow,
    TextPrint,
    Unit,
    utcnow,
)
from storage.retention.choosing import ERASED, Chosen, keeping
from storage.retention.files import erase_files
from storage.search.index import rebuild
from wildtrade.errors import RefusedError

_SOME = 500  # listings in one transaction: a crawl never waits long for the lock
_BLANK: dict[str, Any] = {
    "title": None, "description": None, "amount": None, "currency": None, "seller": None, "seller_url": None,
    "location": None, "images": [], "identifiers": {}, "content_hash": "",
}  # fmt: skip


def apply(database: Database, log: CustodyLog, chosen: Chosen, who: Actor) -> dict[str, Any]:
    """Erase what was chosen. Returns how many ``listings``, ``pages``, ``files`` beside the WARCs (with the last page
    that names them) and ``imports`` (the text of files brought in) went, and which WARCs a crawl still writes to
    (``busy``: their pages go next time). Raises StorageError where a record to be kept does not hold any more."""
    settle(database, log)
    chosen = _not_held_meanwhile(database, chosen)
    imports = _empty_imports(database, chosen.imports, who)
    listings = sum(_blank_some(database, some, who) for some in _groups(sorted(chosen.listings)))
    pages, busy = _erase_pages(database, log, chosen.pages, who)
    if listings:
        with database.session() as session:
            session.execute(update(SearchDocument).values(seller_id=None).where(SearchDocument.seller_id.is_not(None)))
            _forget_sellers(session)
        rebuild(database)
    files = erase_files(database, log, who)
    return {"listings": listings, "pages": pages, "files": files, "imports": imports, "busy": busy}


def _forget_sellers(session: Session) -> None:
    """Take out the accounts that no listing names any more; what people said of two accounts stays, without names."""
    used = select(Revision.seller).where(Revision.seller.is_not(None))
    said = union(select(SellerMerge.one_id), select(SellerMerge.other_id))
    session.execute(delete(SellerRow).where(SellerRow.name.not_in(used), SellerRow.id.not_in(said)))
    nameless = "erased #" + cast(SellerRow.id, String)
    session.execute(update(SellerRow).where(SellerRow.name.not_in(used)).values(name=nameless))


def _not_held_meanwhile(database: Database, chosen: Chosen) -> Chosen:
    """What was chosen, without what a case has come to keep since: no hold is too late while the record is there."""
    with database.session(read_only=True) as session:
        cases, pages = keeping(session, utcnow()), held_pages(session)
        sealed = set(session.scalars(select(Exhibit.listing_id)))
        listings = {one: rule for one, rule in chosen.listings.items() if one not in cases and one not in sealed}
        if len(listings) < len(chosen.listings):
            kept = chosen.listings.keys() - listings.keys()
            pages |= set(session.scalars(select(CaptureRow.page_id).where(CaptureRow.listing_id.in_(kept))))
    left = {one: rule for one, rule in chosen.pages.items() if one not in pages}
    return replace(chosen, listings=listings, pages=left)


def _empty_imports(database: Database, ids: Sequence[int], who: Actor) -> int:
    """Empty the text of files brought in; their name, hash and counts stay. Returns how many."""
    with database.session() as session:
        gone = update(ImportFile).where(ImportFile.id.in_(ids), ImportFile.content != "")
        number: int = session.execute(gone.values(content="", note="", problems=[])).rowcount  # type: ignore[attr-defined]
        if number:
            record(session, "retention", who, kind="import", after={"imports": list(ids)})
    return number


def _groups(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[at : at + _SOME] for at in range(0, len(ids), _SOME))


def _blank_some(database: Database, ids: Sequence[int], who: Actor) -> int:
    """Empty the personal fields of listings; what was counted and decided about them stays. Returns how many."""
    with database.session() as session:
        left = select(ListingRow.id).where(ListingRow.id.in_(ids), ~ListingRow.key.startswith(ERASED))
        wanted = list(session.scalars(left))
        session.execute(update(Revision).where(Revision.listing_id.in_(wanted)).values(**_BLANK))
        session.execute(update(AssessmentRow).where(AssessmentRow.listing_id.in_(wanted)).values(signals=[]))
        session.execute(update(DecisionRow).where(DecisionRow.listing_id.in_(wanted)).values(note=None))
        flags = select(FlagRow.id).where(FlagRow.listing_id.in_(wanted))
        session.execute(delete(DraftRow).where(DraftRow.flag_id.in_(flags)))
        for model in (TextPrint, Likeness):
            session.execute(delete(model).where(model.listing_id.in_(wanted)))
        session.execute(update(PictureUse).where(PictureUse.listing_id.in_(wanted)).values(listing_id=None))
        for one in wanted:
            session.execute(update(ListingRow).where(ListingRow.id == one).values(key=f"{ERASED}{one}", url=""))
        if wanted:
            record(session, "retention", who, kind="listing", after={"listings": wanted})
    return len(wanted)


def _erase_pages(database: Database, log: CustodyLog, pages: Mapping[int, str], who: Actor) -> tuple[int, list[str]]:
    busy, number = [], 0
    for (file, rule), offsets in _by_file(database, pages).items():
        try:
            # An earlier rule may have rewritten the file meanwhile: the log knows what it is called and laid out like.
            name, wanted = _now(log, file, offsets)
            erase(log, name, wanted, rule=rule, actor=who.name, reason="retention")
        except RefusedError:
            busy.append(file)
            continue
        number += len(offsets)
        settle(database, log)
    return number, busy


def _by_file(database: Database, pages: Mapping[int, str]) -> dict[tuple[str, str], list[int]]:
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    with database.session(read_only=True) as session:
        for some in _groups(sorted(pages)):
            query = select(PageCapture.id, PageCapture.file, PageCapture.offset).where(PageCapture.id.in_(some))
            for row in session.execute(query):
                found[row.file, pages[row.id]].append(row.offset)
    return found


def _now(log: CustodyLog, file: str, offsets: Sequence[int]) -> tuple[str, list[int]]:
    """Where records that began at ``offsets`` of ``file`` begin by now."""
    wanted = list(offsets)
    for details in _erasures(log):
        if details["file"] == file:
            shift = _Shift(details["erased"])
            file, wanted = details["new_file"], [shift(one) for one in wanted]
    return file, wanted


class _Shift:
    """Old offset -> new offset in a file from which some records were taken out."""

    def __init__(self, erased: Sequence[Mapping[str, Any]]) -> None:
        places: list[tuple[int, int]] = sorted((one["offset"], one["length"]) for one in erased)
        self.gone = [offset for offset, _ in places]
        self._before = [0, *accumulate(length for _, length in places)]

    def __call__(self, offset: int) -> int:
        return offset - self._before[bisect.bisect_left(self.gone, offset)]


def settle(database: Database, log: CustodyLog) -> None:
    """Make the rows follow every erasure the log tells of, and delete the files it has replaced."""
    for details in _erasures(log):
        old = details["file"]
        if not (log.evidence / old).exists():
            continue
        with database.session() as session:
            _follow(session, old, details["new_file"], _Shift(details["erased"]))
        finish_erasure(log, old)


def _follow(session: Session, old: str, new: str, shift: _Shift) -> None:
    query = select(PageCapture.id, PageCapture.offset, PageCapture.unit_id).where(PageCapture.file == old)
    rows = session.execute(query.order_by(PageCapture.offset)).all()
    gone = set(shift.gone)
    erased = [row for row in rows if row.offset in gone]
    for some in _groups([row.id for row in erased]):
        session.execute(delete(CaptureRow).where(CaptureRow.page_id.in_(some)))
        session.execute(delete(Artifact).where(Artifact.page_id.in_(some)))
        session.execute(delete(PageCapture).where(PageCapture.id.in_(some)))
    for some in _groups([row.unit_id for row in erased]):
        session.execute(update(Unit).where(Unit.id.in_(some)).values(url=""))
    for row in rows:
        if row.offset not in gone:
            values = {"file": new, "offset": shift(row.offset)}
            session.execute(update(PageCapture).where(PageCapture.id == row.id).values(**values))


def _erasures(log: CustodyLog) -> Iterator[dict[str, Any]]:
    """What the log says of each erasure, in its order."""
    if not log.state().rewritten:
        return
    with log.path.open("rb") as file:
        for raw in file:
            if b'"action":"erased"' in raw:
                line = take_apart(raw.removesuffix(b"\n"))
                if line.entry["action"] == "erased":
                    yield line.details

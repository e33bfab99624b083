"""A review pack as a file: one zip with a page that needs no network, signed as a whole (see ``storage.packs``)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from sqlalchemy.orm import Session

from review import fields, text
from review.keys import keys_of
from review.rendering import HERE, style_sheet, templates
from review.reviewing import stages_of, stand_in, threshold
from review.searching import IDENTITY
from review.text import later
from review.unpacking import FORM
from review.views import PART
from review.walk import QUEUES, Filters
from storage import queue
from storage.audit import Actor, record
from storage.custody import CustodyLog, Event
from storage.custody.keys import to_pem
from storage.database import Database
from storage.exporting.bag import Bag
from storage.leases import WAITING, Wanted
from storage.models import FlagState, ReviewPack, Stage, User, utcnow
from storage.packs import items_of
from storage.queue import QueueItem
from storage.queues import may_work, open_queue
from storage.sellers import sellers_of_listings
from storage.sessions import Identity, identity_of
from storage.thumbnails import pictures_of, thumbnails
from wildtrade.errors import UsageError
from wildtrade.writing import put

PICTURES = "image.read"
# What the page's script says, by name.
WORDS = {
    "place": later("Item %(n)s of %(total)s"),
    "done": later("Decided: %(n)s of %(total)s"),
    "decided": later("Kept: %(decision)s."),
    "undone": later("Taken back. This item waits again."),
    "nothing": later("There is nothing to take back."),
    "finished": later("All items are decided. Save your decisions to a file and bring it back."),
    "saved": later("Decisions in the file: %(n)s."),
    "unsaved": later("in no file yet: %(n)s"),
    "loaded": later("Decisions read from the file: %(n)s."),
    "other": later("This file is not of this pack."),
    "unkept": later("This browser keeps nothing when it is closed: save your decisions to a file before you leave."),
    "escalate": later("Escalate"),
    "skip": later("Skip"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An item as the page shows it. ``pictures`` are files beside the page; ``hide_score``: a second person must not
    know it; ``names`` are blotted out; ``cut``: the text goes on."""

    item: QueueItem
    place: int
    seller: str
    names: tuple[str, ...]
    pictures: Sequence[str]
    hide_score: bool
    cut: bool


def wanted_of(session: Session, person: Identity, name: str) -> Wanted:
    """What a queue's name (empty, "second", or the id of one that people made) asks for. Raises UsageError where there
    is none, or the person may not work it."""
    wanted = Filters(queue=name).wanted(threshold())
    stage = Stage.SECOND if wanted.state is FlagState.SECOND else Stage.FIRST
    if stage not in stages_of(person):
        fix = "choose somebody with the right, or give it under Users"
        raise UsageError(f"{person.name} may not take such decisions", field="for", fix=fix)
    if wanted.queue:
        row = open_queue(session, wanted.queue)
        if row is not None and may_work(row, person.name, person.roles):
            return wanted
        problem = "there is no such queue" if row is None else f"{person.name} does not work this queue"
        raise UsageError(problem, field="queue", fix="see the page of queues")
    if name not in QUEUES:
        raise UsageError(f"there is no queue {name!r}", field="queue", fix="leave it out, or use second or an id")
    return wanted


def check_identities(person: Identity, *, identities: bool) -> None:
    """Raise UsageError where sellers would be named to somebody who may not know them."""
    if identities and not person.may(IDENTITY):
        fix = "make the pack without identities"
        raise UsageError(f"{person.name} may not see who sellers are", field="identities", fix=fix)


def write_pack(database: Database, log: CustodyLog, number: int, who: Actor, target: Path) -> dict[str, Any]:
    """Write the zip of a pack, whole or not at all; audit trail and custody log tell of it.

    It holds what still waits with the text the pack was made of; what has come back or changed since is left out.
    Sellers are named where the pack was made so and the person may still know them. Returns {pack, items, sha256, ...}.
    """
    with database.session(read_only=True) as session:
        pack = session.get_one(ReviewPack, number)
        if pack.withdrawn_at is not None:
            raise UsageError(f"pack {number} is withdrawn", field="number", fix="make a new one")
        person = identity_of(session, session.get_one(User, pack.user_id))
        check_identities(person, identities=pack.identities)
        items = list(_waiting(session, pack))
        listings = [one.listing_id for _, one in items]
        kept = pictures_of(session, listings) if person.may(PICTURES) else {}
        numbers = sellers_of_listings(session, listings)
    made = thumbnails({sha256: log.evidence / path for some in kept.values() for sha256, path in some})
    files = {
        place: {
            f"pictures/{place}-{at}.webp": made[sha256]
            for at, (sha256, _) in enumerate(kept.get(one.listing_id, ()), 1)
            if sha256 in made
        }
        for place, one in items
    }
    shown = [
        _shown(place, one, list(files[place]), numbers.get(one.listing_id), named=pack.identities)
        for place, one in items
    ]
    page = _page(pack, person, shown)
    every = {name: data for some in files.values() for name, data in some.items()}
    said = put(target, lambda file: _fill(file, log, pack, page, every))
    said |= {"pack": number, "for": person.name, "items": len(items), "identities": pack.identities}
    log.append_all([Event("export", who.name, {**said, "what": "review pack"})])
    with database.session() as session:
        after = said | {"listings": listings}
        record(session, "pack_write", who, kind="pack", id=number, after=after)
    return said


def _waiting(session: Session, pack: ReviewPack) -> Iterable[tuple[int, QueueItem]]:
    for row in items_of(session, pack):
        one = queue.item(session, row.flag_id) if row.outcome is None else None
        if one is not None and one.assessment_id == row.assessment_id and one.state in WAITING:
            yield row.place, one


def _shown(place: int, item: QueueItem, pictures: Sequence[str], account: int | None, *, named: bool) -> Shown:
    seller = item.seller or ""
    return Shown(
        item=item,
        place=place,
        seller=seller if named else stand_in(item, account),
        names=() if named else (seller,),
        pictures=[f"data/{name}" for name in pictures],
        hide_score=item.state is FlagState.SECOND and item.second_because == "random",
        cut=len(item.description or "") > PART,
    )


def _page(pack: ReviewPack, person: Identity, shown: Sequence[Shown]) -> bytes:
    """The page in the pack's language."""
    before = text.language()
    text.use_language(pack.language)
    try:
        taken = set(keys_of(person.preferences.keymap).values())
        context = {
            "pack": pack,
            "user": person,
            "shown": shown,
            "language": text.language(),
            "fields": fields,
            "words": {name: text.gettext(words) for name, words in WORDS.items()},
            "form": FORM,
            "spare": {name: key for name, key in (("escalate", "5"), ("skip", "6")) if key not in taken},
        }
        return templates.env.get_template("packs/index.html").render(context).encode()
    finally:
        text.use_language(before)


def _fill(file: IO[bytes], log: CustodyLog, pack: ReviewPack, page: bytes, files: dict[str, bytes]) -> dict[str, Any]:
    name, signer = f"pack-{pack.id}", log.signer
    bag = Bag(file, name, utcnow())
    bag.add("pack.json", pack.manifest.encode())
    for path, data in files.items():
        bag.add(path, data)
    bag.tag("index.html", page)
    bag.tag("pack.css", style_sheet())
    bag.tag("pack.js", (HERE / "static" / "pack.js").read_bytes())
    bag.tag("key.pub", to_pem(signer.public))
    return {"manifest": bag.close({"External-Identifier": name}, signer.sign), "key": signer.id}

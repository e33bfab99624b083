"""Review packs: items that one person takes along to decide without a network.

The items are held for the pack until a day, under a name that no user can have: the queue gives them to nobody, also
not to the person themself, and lists say who has them. What is signed is whose the pack is and which items, with the
text of each, it holds.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from storage.audit import Actor, record
from storage.custody import CustodyLog, Signer
from storage.custody.keys import KEYS, holds, read_public
from storage.custody.line import canonical
from storage.iso import utc_text
from storage.leases import Wanted, claim_many, release_all
from storage.models import FlagRow, PackItem, PackOutcome, ReviewPack, RoleRight, User, UserRole, table_of, utcnow
from wildtrade.errors import ConfigError, UsageError

MOST = 500  # items of a pack
DAYS = (1, 60)
FORM = "wildtrade review pack 1"
_ITEM = table_of(PackItem)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a pack is to be: ``queue`` is how the page names it (empty, "second", or an id), ``wanted`` what that asks
    of the queue; ``days``: so long the items are held."""

    queue: str
    wanted: Wanted
    count: int
    days: int
    language: str
    identities: bool = False


def holder_of(pack: ReviewPack, name: str) -> str:
    """Under what name a pack holds its items. The space in it is one that no user's name can have."""
    return f"{name[:60]}\N{NO-BREAK SPACE}(pack {pack.id})"


def make_pack(session: Session, signer: Signer, person: User, order: Order, who: Actor) -> ReviewPack:
    """Hold the next items of a queue for a person and sign their list. Raises UsageError where nothing waits for them,
    or for what a pack cannot be."""
    _check(order)
    now = utcnow()
    pack = ReviewPack(
        token=secrets.token_hex(16),
        user_id=person.id,
        queue=order.queue,
        identities=order.identities,
        language=order.language,
        made_by=who.name,
        made_at=now,
        until=now + timedelta(days=order.days),
    )
    session.add(pack)
    session.flush()
    holder = holder_of(pack, person.name)
    found = claim_many(session, person.name, order.wanted, order.count, holder, pack.until)
    if not found:
        fix = "choose another queue; items that somebody holds are left out"
        raise UsageError(f"nothing waits there for {person.name}", field="queue", fix=fix)
    opinions: dict[int, int] = dict(
        session.execute(select(FlagRow.id, FlagRow.assessment_id).where(FlagRow.id.in_(found))).all()
    )
    rows = [
        {"pack_id": pack.id, "place": place, "flag_id": flag, "assessment_id": opinions[flag]}
        for place, flag in enumerate(found, 1)
    ]
    session.execute(insert(_ITEM), rows)
    _sign(pack, signer, person.name, [[flag, opinions[flag]] for flag in found])
    after = {"for": person.name, "items": len(found), "queue": order.queue, "identities": order.identities}
    record(session, "pack_make", who, kind="pack", id=pack.id, after=after | {"until": utc_text(pack.until, "seconds")})
    return pack


def _check(order: Order) -> None:
    for name, value, (least, most) in (("count", order.count, (1, MOST)), ("days", order.days, DAYS)):
        if not least <= value <= most:
            raise UsageError(f"{value} {name} cannot be", field=name, fix=f"use {least} to {most}")


def _sign(pack: ReviewPack, signer: Signer, name: str, items: Sequence[Sequence[int]]) -> None:
    said = {
        "form": FORM,
        "pack": pack.token,
        "number": pack.id,
        "for": name,
        "made_at": utc_text(pack.made_at, "seconds"),
        "until": utc_text(pack.until, "seconds"),
        "items": items,
    }
    data = canonical(said)
    pack.manifest, pack.signature, pack.key = data.decode(), signer.sign(data).hex(), signer.id


def pack_of(session: Session, log: CustodyLog, manifest: str, signature: str) -> ReviewPack:
    """The pack a file says it belongs to. Raises UsageError unless this workspace signed exactly that."""
    try:
        said = json.loads(manifest)
        token = said["pack"] if isinstance(said, dict) and isinstance(said.get("pack"), str) else ""
    except (ValueError, RecursionError) as error:
        raise UsageError("the list of the pack cannot be read", field="manifest", fix=_FIX) from error
    pack = session.scalars(select(ReviewPack).where(ReviewPack.token == token).with_for_update()).first()
    if pack is None:
        fix = "bring it to the workspace that made the pack"
        raise UsageError("no pack of this workspace is called that", field="manifest", fix=fix)
    if not _is_signed(log.folder / KEYS / f"{pack.key}.pub", manifest, signature):
        raise UsageError("the pack's list is not the one that was signed", field="signature", fix=_FIX)
    if manifest != pack.manifest:
        raise UsageError("the pack's list is not the one that was made", field="manifest", fix=_FIX)
    return pack


_FIX = "take the file as the pack's page saved it; nothing in it may be changed by hand"


def _is_signed(key: Path, manifest: str, signature: str) -> bool:
    try:
        found = bytes.fromhex(signature)
    except ValueError:
        return False
    try:
        return holds(read_public(key), found, manifest.encode("utf-8", "replace"))
    except ConfigError:
        return False


def withdraw(session: Session, pack: ReviewPack, who: Actor) -> None:
    """Give the items back to the queue and take no file of the pack any more."""
    if pack.withdrawn_at is not None:
        return
    pack.withdrawn_at, pack.withdrawn_by = utcnow(), who.name
    release_all(session, holder_of(pack, name_of(session, pack)))
    record(session, "pack_withdraw", who, kind="pack", id=pack.id)


def name_of(session: Session, pack: ReviewPack) -> str:
    """The person a pack is for."""
    return session.get_one(User, pack.user_id).name


def find_pack(session: Session, number: int) -> ReviewPack:
    """One pack. Raises UsageError."""
    pack = session.get(ReviewPack, number)
    if pack is None:
        raise UsageError(f"there is no pack {number}", field="number", fix="see `wildtrade pack list`")
    return pack


def items_of(session: Session, pack: ReviewPack) -> Sequence[PackItem]:
    """The items of a pack in their order."""
    return session.scalars(select(PackItem).where(PackItem.pack_id == pack.id).order_by(PackItem.place)).all()


@dataclass(frozen=True, slots=True, kw_only=True)
class PackLine:
    """A pack in a list: for whom, how many items, how many of them have come back."""

    pack: ReviewPack
    name: str
    items: int
    back: int


def list_packs(session: Session, user_id: int | None = None, most: int = 200) -> list[PackLine]:
    """The newest packs, of one person or of all."""
    counted = (
        select(PackItem.pack_id, func.count().label("size"), func.count(PackItem.outcome).label("back"))
        .group_by(PackItem.pack_id)
        .subquery()
    )
    query = (
        select(ReviewPack, User.name, counted.c.size, counted.c.back)
        .join(User, User.id == ReviewPack.user_id)
        .join(counted, counted.c.pack_id == ReviewPack.id)
        .order_by(ReviewPack.id.desc())
        .limit(most)
    )
    if user_id is not None:
        query = query.where(ReviewPack.user_id == user_id)
    return [PackLine(pack=row[0], name=row[1], items=row[2], back=row[3]) for row in session.execute(query)]


def counts_of(items: Sequence[PackItem]) -> dict[PackOutcome, int]:
    """How many items came to what."""
    return {outcome: sum(item.outcome is outcome for item in items) for outcome in PackOutcome}


def people(session: Session, right: str) -> list[str]:
    """Those who have a right and are not disabled, by name: a pack can be for them."""
    holding = select(UserRole.user_id).join(RoleRight, RoleRight.role == UserRole.role).where(RoleRight.right == right)
    query = select(User.name).where(User.disabled_at.is_(None), User.id.in_(holding)).order_by(User.name_key)
    return list(session.scalars(query))

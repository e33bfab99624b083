"""The random tenth: items of the pool below the threshold, drawn by lot, so that what the machine misses is known.

A lot is one of all listings that the machine found clear and nobody has looked at. It becomes a flag in state
"sampled" and carries its inclusion probability: the chance to be drawn while the queue of now is worked through once.
With it, flagged items count with 1 and drawn ones with its inverse (see classifiers.learning.choosing.estimate_recall).
"""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, insert, select
from sqlalchemy.orm import Session

from storage.facts import facts_of
from storage.flags import shuffle_of
from storage.leases import Wanted, claim
from storage.models import (
    AssessmentRow,
    FlagRow,
    FlagState,
    ListingRow,
    ReviewerPlace,
    table_of,
    utcnow,
)
from storage.priority import compute
from storage.workspace_facts import fact, set_fact
from wildtrade.records import Label

EVERY = 10  # items: one of so many is drawn by lot
_LOTS, _ROUNDS = 32, 4  # ids tried at once, and how often
_FACT, _FOR = "clear_pool", timedelta(minutes=10)
_lot = random.SystemRandom()
_FLAG, _LISTING, _ASSESSMENT = table_of(FlagRow), table_of(ListingRow), table_of(AssessmentRow)


def next_item(session: Session, actor: str, wanted: Wanted, *, mix: bool = True) -> int | None:
    """Hold the person's next item, every tenth of the whole priority queue a random one; returns its flag id."""
    place = session.get(ReviewerPlace, actor)
    if place is None:
        place = ReviewerPlace(actor=actor, turns=0)
        session.add(place)
    due = mix and replace(wanted, calm=False) == Wanted() and (place.turns + 1) % EVERY == 0
    found = (draw(session, actor, calm=wanted.calm) if due else None) or claim(session, actor, wanted)
    if found is not None:
        place.turns, place.flag_id = place.turns + 1, found
    session.flush()
    return found


def draw(session: Session, actor: str, *, calm: bool = False) -> int | None:
    """Hold a random item of the pool, first one drawn before that nobody decided. None where the pool is empty."""
    wanted = Wanted(state=FlagState.SAMPLED, calm=calm)
    waiting = claim(session, actor, wanted)
    if waiting is not None:
        return waiting
    opinion = _draw_opinion(session)
    if opinion is None:
        return None
    facts = facts_of(session.connection(), [opinion], utcnow())
    ((listing_id, known),) = facts.items()
    priority, parts = compute(known, utcnow())
    session.execute(
        insert(_FLAG).values(
            listing_id=listing_id,
            assessment_id=opinion,
            state=FlagState.SAMPLED,
            source=known.source,
            language=known.language,
            appendix=known.appendix,
            label=known.label,
            score=known.score,
            priority=priority,
            priority_parts=parts,
            shuffle=shuffle_of(listing_id),
            inclusion_probability=_chance(session),
        )
    )
    return claim(session, actor, wanted)


def _draw_opinion(session: Session) -> int | None:
    """The assessment of a random listing of the pool. Ids are tried at random until one belongs to it, which is as
    good as drawing from the pool alone; a pool that is a small part of all is read whole."""
    last = session.scalar(select(func.max(_LISTING.c.id))) or 0
    for _ in range(_ROUNDS if last > _LOTS else 0):
        lots = [_lot.randint(1, last) for _ in range(_LOTS)]
        found: dict[int, int] = {
            row.listing_id: row.id for row in session.execute(_pool().where(_LISTING.c.id.in_(lots)))
        }
        if (hit := next((found[one] for one in lots if one in found), None)) is not None:
            return hit
    rest = [row.id for row in session.execute(_pool().limit(1000))]
    return _lot.choice(rest) if rest else None


def _pool() -> Select[Any]:
    """Listings without a flag whose latest text the machine found clear."""
    newer = _ASSESSMENT.alias()
    return (
        select(_LISTING.c.id.label("listing_id"), _ASSESSMENT.c.id)
        .join(_ASSESSMENT, _ASSESSMENT.c.revision_id == _LISTING.c.revision_id)
        .where(
            _ASSESSMENT.c.label == Label.CLEAR,
            ~select(_FLAG.c.id).where(_FLAG.c.listing_id == _LISTING.c.id).exists(),
            ~select(newer.c.id)
            .where(newer.c.revision_id == _ASSESSMENT.c.revision_id, newer.c.id > _ASSESSMENT.c.id)
            .exists(),
        )
    )


def _chance(session: Session) -> float:
    waiting = session.scalar(select(func.count()).select_from(_FLAG).where(_FLAG.c.state == FlagState.OPEN)) or 0
    return min(1.0, max(waiting, 1) / (EVERY - 1) / max(_pool_size(session), 1))


def _pool_size(session: Session) -> int:
    """How many listings nobody has flagged; counted every ten minutes at most."""
    known = fact(session, _FACT)
    if known is not None and utcnow() - datetime.fromisoformat(known["at"]) < _FOR:
        return int(known["size"])
    listings = session.scalar(select(func.count()).select_from(_LISTING)) or 0
    flags = session.scalar(select(func.count()).select_from(_FLAG)) or 0
    set_fact(session, _FACT, {"size": listings - flags, "at": utcnow().isoformat()})
    return listings - flags

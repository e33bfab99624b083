"""Turns plans into items with their answers: one batch for the opening, one more for each day."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, timedelta

from academy.world import prices
from academy.world.items import Account, Answer, Item, Picture, source_id
from academy.world.people import People, new_account
from academy.world.plan import Kind, Plan, make_plans
from academy.world.voices import Voice, voices
from academy.world.writer import Writer, mistyped
from wildtrade.records import ListingStatus, Money

Pair = tuple[Item, Answer]
_OLDEST_DAYS = {"market": 45.0, "shop": 60.0, "feed": 21.0}


class Batch:
    """Writes one batch of items. ``until`` is the newest possible posting time, ``days`` how far back they reach,
    ``taken`` the ids in use (fresh ones are added)."""

    def __init__(
        self, rng: random.Random, people: People, taken: set[str], until: datetime, days: float | None
    ) -> None:
        self._rng = rng
        self._people = people
        self._taken = taken
        self._until = until
        self._days = days

    def write(self, speakers: list[Voice], size: int) -> list[Pair]:
        """``size`` items with their answers."""
        pairs: list[Pair] = []
        for plan in make_plans(self._rng, speakers, size):
            pairs.append(self._original(plan) if plan.copies is None else self._copy(pairs[plan.copies], plan))
        return pairs

    def _original(self, plan: Plan) -> Pair:
        rng, voice, topic = self._rng, plan.voice, plan.topic
        seller, ring = self._people.seller(plan.site, voice, wildlife=plan.kind is Kind.WILDLIFE)
        region = rng.choice(voice.regions)
        place = rng.choice(region.places)
        price = None if rng.random() < 0.08 else prices.draw(rng, topic.usd, region.currency)
        if plan.photo_only and plan.site == "feed":
            price = None
        writer = Writer(voice, topic, rng, {"phone": seller.phone, "place": place})
        title, text = self._words(plan, writer, price)
        item = Item(
            id=self._new_id(plan.site),
            site=plan.site,
            language=voice.language,
            category=topic.category,
            title=title,
            text=text,
            price=price,
            old_price=prices.scaled(price, rng.uniform(1.15, 1.6)) if price and rng.random() < 0.12 else None,
            seller=seller,
            place=place,
            posted_at=self._when(plan.site),
            status=rng.choices(list(ListingStatus)[:3], weights=(95, 2, 3))[0],
            pictures=self._pictures(topic.picture),
        )
        return item, _answer(item, plan, ring)

    def _words(self, plan: Plan, writer: Writer, price: Money | None) -> tuple[str, str]:
        if plan.site == "feed":
            return "", writer.photo_only() if plan.photo_only else writer.post(price)
        if plan.photo_only:
            return writer.photo_only() or "📷", ""
        return writer.title(), writer.description()

    def _copy(self, original: Pair, plan: Plan) -> Pair:
        """The same offer again, a little changed: by another account of the same person, else by a stranger."""
        item, answer = original
        rng = self._rng
        seller = self._other_account(item, plan)
        text = (
            mistyped(item.text, rng) if rng.random() < 0.5 else f"{item.text} {rng.choice(('!!', '🙏', '👍', '...'))}"
        )
        copy = replace(
            item,
            id=self._new_id(seller.site),
            site=seller.site,
            title="" if seller.site == "feed" else item.title or item.text.split("\n")[0][:70] or "📷",
            text=f"{item.title}\n{text}" if seller.site == "feed" and item.title else text,
            price=self._near(item.price) if seller.site != "feed" else item.price,
            old_price=None,
            seller=seller,
            posted_at=self._when(seller.site),
            status=ListingStatus.AVAILABLE,
            pictures=tuple(replace(p, token=_token(rng)) for p in item.pictures),
        )
        tags = (*answer.tags, "near_duplicate")
        return copy, replace(answer, source=source_id(copy.site), key=copy.id, tags=tags, duplicate_of=answer.key)

    def _near(self, price: Money | None) -> Money | None:
        return prices.scaled(price, self._rng.uniform(0.85, 1.1)) if price else None

    def _other_account(self, item: Item, plan: Plan) -> Account:
        others = self._people.other_accounts(item.seller)
        return self._rng.choice(others) if others else new_account(self._rng, plan.site, voices()[item.language])

    def _new_id(self, site: str) -> str:
        fresh = _id_of_shape(self._rng, site)
        while fresh in self._taken:
            fresh = _id_of_shape(self._rng, site)
        self._taken.add(fresh)
        return fresh

    def _when(self, site: str) -> datetime:
        back = timedelta(days=self._rng.uniform(0, self._days or _OLDEST_DAYS[site]))
        return (self._until - back).replace(microsecond=0)

    def _pictures(self, motif: str) -> tuple[Picture, ...]:
        rng = self._rng
        first = 8 * rng.getrandbits(32)  # views of one thing share their colours
        return tuple(Picture(token=_token(rng), motif=motif, seed=first + n) for n in range(rng.choice((1, 1, 2, 3))))


def _id_of_shape(rng: random.Random, site: str) -> str:
    """An id as real sites of the three kinds write them."""
    if site == "market":
        return f"{rng.randrange(10**8, 10**9)}"
    if site == "shop":
        return f"{rng.getrandbits(40):010x}"
    return "".join(rng.choices("23456789abcdefghjkmnpqrstuvwxyz", k=9))


def _token(rng: random.Random) -> str:
    return f"{rng.getrandbits(64):016x}"


def _answer(item: Item, plan: Plan, ring: str | None) -> Answer:
    truth = plan.topic.truth
    tags = [*plan.topic.tags, *(["photo_only"] if plan.photo_only else [])]
    return Answer(
        source=source_id(item.site),
        key=item.id,
        wildlife=truth is not None,
        language=item.language,
        taxon=truth.taxon if truth else None,
        form=truth.form if truth else None,
        appendix=truth.appendix if truth else None,
        legality=truth.legality if truth else None,
        ring=ring,
        tags=tuple(tags),
        text_tells=not plan.photo_only,
    )

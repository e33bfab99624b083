"""The world: all items of three sites on a given day, and the answer key beside them."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from academy.world import prices
from academy.world.batch import Batch, Pair
from academy.world.items import SITES, Answer, Item
from academy.world.people import People, make_rings
from academy.world.voices import voices

DEFAULT_SEED = 7
DEFAULT_SIZE = 600
NEW_PER_DAY = 0.02
GONE_PER_DAY = 0.03
EDITED_PER_DAY = 0.07


class World:
    """Three sites full of invented ads. The same arguments give the same world, byte for byte.

    Args:
        seed: another number is another world.
        size: items on day 0, all sites together.
        day: days since opening; each day some items go, some prices change and some items come.
        now: the date of day 0; posting dates lie before it. Default: today (UTC).

    Attributes:
        clock: the world's present time (UTC): 18:00 on its day.
        items: live items by site and id, newest first.
        gone: ids of items that were taken down, by site.
        key: the answers, gone items included. Never give this to whatever serves pages.
    """

    def __init__(
        self, seed: int = DEFAULT_SEED, size: int = DEFAULT_SIZE, day: int = 0, now: date | None = None
    ) -> None:
        self.seed, self.size, self.day = seed, size, day
        opening = datetime.combine(now or datetime.now(UTC).date(), time(18), tzinfo=UTC)
        self.clock = opening + timedelta(days=day)
        self.gone: dict[str, set[str]] = {site: set() for site in SITES}
        self._pairs: dict[tuple[str, str], Pair] = {}
        self._open(opening)
        for number in range(1, day + 1):
            self._live_a_day(number, opening + timedelta(days=number))
        self.items = {site: self._shelf(site) for site in SITES}
        self.key: dict[tuple[str, str], Answer] = {(a.source, a.key): a for _, a in self._pairs.values()}

    def _random(self, *purpose: object) -> random.Random:
        return random.Random(":".join(map(str, (self.seed, *purpose))))

    def _open(self, opening: datetime) -> None:
        rng = self._random("people")
        speakers = list(voices().values())
        rings = make_rings(rng, speakers)
        self._writers = (speakers, People(rng, rings))
        self._write(self._random("opening", self.size), opening, self.size, days=None)

    def _write(self, rng: random.Random, until: datetime, size: int, days: float | None) -> None:
        speakers, people = self._writers
        taken = {item_id for _, item_id in self._pairs}
        for item, answer in Batch(rng, people, taken, until, days).write(speakers, size):
            self._pairs[item.site, item.id] = item, answer

    def _live_a_day(self, number: int, clock: datetime) -> None:
        for (site, item_id), (item, answer) in list(self._pairs.items()):
            if item_id in self.gone[site]:
                continue
            rng = self._random("day", number, item_id)
            fate = rng.random()
            if fate < GONE_PER_DAY:
                self.gone[site].add(item_id)
                self._pairs[site, item_id] = item, replace(answer, gone_on=number)
            elif fate < GONE_PER_DAY + EDITED_PER_DAY and item.price and site != "feed":
                edited = replace(item, price=prices.scaled(item.price, rng.uniform(0.7, 1.1)), old_price=item.price)
                self._pairs[site, item_id] = edited, answer
        self._write(self._random("morning", number), clock, max(1, round(self.size * NEW_PER_DAY)), days=1)

    def _shelf(self, site: str) -> dict[str, Item]:
        items = [i for i, _ in self._pairs.values() if i.site == site and i.id not in self.gone[site]]
        items.sort(key=lambda item: (item.posted_at, item.id), reverse=True)
        return {item.id: item for item in items}

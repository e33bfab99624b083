"""The sellers: a pool of accounts per site and language, and people who hide behind several accounts."""

from __future__ import annotations

import random
import string
from dataclasses import dataclass

from academy.world.items import SITES, Account
from academy.world.voices import Voice

RINGS = 5  # three trade in wildlife, two are furniture dealers with nothing to hide


@dataclass(frozen=True, slots=True)
class Ring:
    """One person with several accounts: they share a telephone number and the stem of their names."""

    name: str
    wildlife: bool
    language: str
    accounts: tuple[Account, ...]


def new_account(rng: random.Random, site: str, voice: Voice, *, name: str = "", phone: str = "") -> Account:
    """An account with a fresh id; name and phone drawn unless given."""
    return Account(
        id="".join(rng.choices(string.ascii_lowercase + string.digits, k=7)),
        site=site,
        name=name or _display_name(rng, voice),
        phone=phone or _phone(rng, voice),
        language=voice.language,
        since=rng.randint(2015, 2026),
    )


def _display_name(rng: random.Random, voice: Voice) -> str:
    name = rng.choice(voice.names)
    style = rng.random()
    if style < 0.45:
        return f"{name} {rng.choice('ABCDEFGHJKLMNPRSTVW')}." if name.isascii() else name
    if style < 0.7:
        return rng.choice(voice.shops)
    return f"{name.lower().replace(' ', '_')}{rng.randint(1, 99)}"


def _phone(rng: random.Random, voice: Voice) -> str:
    return voice.phone.replace("{nn}", f"{rng.randint(0, 99):02}")


def make_rings(rng: random.Random, voices: list[Voice]) -> list[Ring]:
    """Five people with three or four accounts each, spread over the sites."""
    rings = []
    for number, voice in enumerate(rng.sample(voices, k=RINGS)):
        phone = _phone(rng, voice)
        stem = rng.choice(voice.names).split()[0].lower() + rng.choice(("", "_", ".")) + rng.choice("mkrtvz")
        endings = rng.sample(("", "77", "_shop", ".store", "_2", "oficial", "88", "-a"), k=rng.randint(3, 4))
        accounts = tuple(
            new_account(rng, SITES[i % 3], voice, name=stem + ending, phone=phone) for i, ending in enumerate(endings)
        )
        rings.append(Ring(f"ring-{number + 1}", number < 3, voice.language, accounts))
    return rings


class People:
    """Draws the seller of an ad: three ads to an account on average."""

    def __init__(self, rng: random.Random, rings: list[Ring]) -> None:
        self._rng = rng
        self._rings = rings
        self._siblings = {account.id: ring.accounts for ring in rings for account in ring.accounts}
        self._pools: dict[tuple[str, str], list[Account]] = {}

    def seller(self, site: str, voice: Voice, *, wildlife: bool) -> tuple[Account, str | None]:
        """An account on ``site``, and the ring it belongs to if any."""
        for ring in self._rings:
            fits = [account for account in ring.accounts if account.site == site]
            chance = 0.9 if wildlife and ring.wildlife else 0.05
            if ring.language == voice.language and fits and self._rng.random() < chance:
                return self._rng.choice(fits), ring.name
        pool = self._pools.setdefault((site, voice.language), [])
        if not pool or self._rng.random() < 1 / 3:
            pool.append(new_account(self._rng, site, voice))
        return self._rng.choice(pool), None

    def other_accounts(self, account: Account) -> list[Account]:
        """The same person's further accounts; empty for a seller with one."""
        return [other for other in self._siblings.get(account.id, ()) if other.id != account.id]

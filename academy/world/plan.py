"""Who writes about what: deals out kinds, languages, topics and sites in the promised shares."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from math import ceil

from academy.world.voices import Topic, Voice

WILDLIFE_SHARE = 0.04
LOOKALIKE_SHARE = 0.15
DUPLICATE_SHARE = 0.05
PHOTO_ONLY_SHARE = 0.02
SITE_SHARES = {"market": 0.42, "shop": 0.34, "feed": 0.24}


class Kind(StrEnum):
    """The three drawers of topics in a voice."""

    ORDINARY = "ordinary"
    LOOKALIKE = "lookalike"
    WILDLIFE = "wildlife"


@dataclass(slots=True)
class Plan:
    """One item to be written. ``copies`` is the index of the earlier plan of the same kind it repeats."""

    kind: Kind
    site: str
    voice: Voice
    topic: Topic
    photo_only: bool = False
    copies: int | None = None


def make_plans(rng: random.Random, voices: list[Voice], size: int) -> list[Plan]:
    """Plans for ``size`` items, in random order (copies after their originals)."""
    # A small batch has one now and then, not never.
    wildlife = int(size * WILDLIFE_SHARE + rng.random())
    lookalike = int(size * LOOKALIKE_SHARE + rng.random())
    plans: list[Plan] = []
    for kind, count in (
        (Kind.WILDLIFE, wildlife),
        (Kind.LOOKALIKE, lookalike),
        (Kind.ORDINARY, size - wildlife - lookalike),
    ):
        plans += _plans_of(rng, voices, kind, count, first=len(plans))
    return plans


def _plans_of(rng: random.Random, voices: list[Voice], kind: Kind, count: int, first: int) -> list[Plan]:
    topics = _deal_topics(rng, voices, kind)
    sites = _deal_sites(rng, count)
    copies = round(count * DUPLICATE_SHARE)
    photos = ceil(count * PHOTO_ONLY_SHARE) if count >= 20 else 0
    plans = []
    for index, site in enumerate(sites):
        voice, topic = next(topics)
        plan = Plan(kind, site, voice, topic)
        if index >= max(1, count - copies):
            plan.copies = first + rng.randrange(count - copies)
        elif photos and site != "market":  # the market insists on a proper title
            plan.photo_only = True
            photos -= 1
        plans.append(plan)
    return plans


def _deal_sites(rng: random.Random, count: int) -> list[str]:
    sites = [site for site, share in SITE_SHARES.items() for _ in range(round(count * share))]
    sites += ["market"] * (count - len(sites))
    rng.shuffle(sites)
    return sites[:count]


def _deal_topics(rng: random.Random, voices: list[Voice], kind: Kind) -> Iterator[tuple[Voice, Topic]]:
    """Languages by weight (wildlife: each in turn), each language's topics like a deck that is shuffled when empty."""
    even = kind is Kind.WILDLIFE
    languages = [voice for voice in voices for _ in range(1 if even else voice.weight)]
    decks: dict[str, list[Topic]] = {voice.language: [] for voice in voices}
    while True:
        rng.shuffle(languages)
        for voice in languages:
            deck = decks[voice.language]
            if not deck:
                deck += rng.sample(_drawer(voice, kind), k=len(_drawer(voice, kind)))
            yield voice, deck.pop()


def _drawer(voice: Voice, kind: Kind) -> list[Topic]:
    return {Kind.ORDINARY: voice.ordinary, Kind.LOOKALIKE: voice.lookalike, Kind.WILDLIFE: voice.wildlife}[kind]

"""The authored texts, one YAML file per language (``phrases/``), checked when they are read."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

PHRASES = Path(__file__).parent / "phrases"
Lines = Annotated[list[str], Field(min_length=1)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Truth(_Part):
    """What the answer key says of a wildlife topic; ``legality`` as in ``Answer``."""

    taxon: str
    appendix: Literal["I", "II", "III", "I/II"]
    form: str
    legality: Literal["illegal", "claims_papers", "with_papers", "unclear"] = "unclear"


class Topic(_Part):
    """Something people sell: titles and sentences that fit together in any choice and order."""

    category: str
    picture: str
    usd: tuple[float, float] = Field(description="usual price range in US dollars, converted to the seller's currency")
    titles: Lines
    says: Lines
    words: dict[str, Lines] = Field(default_factory=dict, description="what a {slot} may be")
    tags: list[str] = Field(default_factory=list)
    truth: Truth | None = None


class Region(_Part):
    """Where speakers of a language sell, and in which money."""

    currency: str
    places: Lines


class Ago(_Part):
    """How the feed says when; ``{n}`` is the number."""

    hours: str
    day: str
    days: str


class Voice(_Part):
    """One language's sellers. ``weight`` is its share of all listings, relative to the others'."""

    language: str
    weight: int
    regions: list[Region]
    names: Lines
    shops: Lines
    phone: str = Field(description="a number with {nn} in the range kept for fiction")
    words: dict[str, Lines]
    condition: Lines
    closing: Lines
    contact: Lines
    prices: Lines
    price_hidden: Lines
    photo_only: Lines
    ago: Ago
    ordinary: list[Topic]
    lookalike: list[Topic]
    wildlife: list[Topic]


@cache
def voices() -> dict[str, Voice]:
    """All voices by language code, in alphabetical order."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found = {}
    for path in sorted(PHRASES.glob("*.yaml")):
        voice = Voice.model_validate(yaml.load(path.read_text(encoding="utf-8"), Loader=loader))  # noqa: S506 - a safe loader
        found[voice.language] = voice
    return found

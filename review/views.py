"""From rows of storage to what a template shows: words, not codes; nothing a seller wrote is trusted."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from jinja2 import Environment

from classifiers.messages import load_messages
from review import keys, text
from review.dates import day, moment
from review.marking import blotted, mark, reveal
from review.money import dollars
from review.text import later
from review.why import why_here
from wildtrade.records import DecisionLabel

DECISIONS: dict[DecisionLabel, tuple[str, str]] = {
    DecisionLabel.WILDLIFE: (later("Wildlife product"), "1"),
    DecisionLabel.NOT_WILDLIFE: (later("Not wildlife"), "2"),
    DecisionLabel.UNSURE: (later("Unsure"), "3"),
    DecisionLabel.CANNOT_SEE: (later("Cannot see"), "4"),
}
REASONS: dict[str, str] = {
    "colour_name": later("Colour name"),
    "brand": later("Brand"),
    "place_name": later("Place name"),
    "toy_or_print": later("Toy, print or picture"),
    "imitation": later("Imitation material"),
    "food": later("Food"),
    "domestic_animal": later("Domestic animal or its product"),
    "legal_plant": later("Cultivated plant"),
    "news": later("News or awareness"),
    "no_offer": later("No offer"),
    "other": later("Other"),
}
PART = 20_000  # characters of a text that are shown at once


def signed(value: float) -> str:
    """A weight with its sign, e.g. +1.20."""
    return f"{value:+.2f}"


def meaning(message_key: str) -> str:
    """What a signal says in the reader's language; a key without a sentence is made readable."""
    return _messages(text.language()).get(message_key) or message_key.replace(".", ": ").replace("_", " ")


@cache
def _messages(language: str) -> dict[str, str]:
    return load_messages(language)


def parts(*texts: str | None) -> int:
    """In how many parts texts are shown: a browser takes minutes to lay out a megabyte at once."""
    return max(1, *(-(-len(one or "") // PART) for one in texts))


def short(written: str | None, length: int) -> str:
    """The beginning of a text in one line, made harmless."""
    line = " ".join((written or "")[: 4 * length].split())
    return reveal(line if len(line) <= length else line[: length - 1] + "…")


def in_order(signals: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Signals with the strongest first, whichever way they pull."""
    return sorted(signals, key=lambda signal: -abs(signal["weight"]))


def equip(environment: Environment) -> None:
    """Give the templates their filters and constants."""
    environment.filters.update(moment=moment, day=day, signed=signed, meaning=meaning, why=why_here, short=short)
    environment.globals["dollars"] = dollars
    environment.filters.update(in_order=in_order, blotted=blotted, reveal=lambda written: reveal(str(written or "")))
    environment.globals.update(
        decisions=DECISIONS,
        reasons=REASONS,
        all_keys=keys.all_keys,
        absent_keys=keys.ABSENT,
        data_key=keys.data_key,
        row_keys=keys.row_keys,
        kbd=keys.kbd,
        mark=mark,
        part_length=PART,
    )

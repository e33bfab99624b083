"""From rows of storage to what a template shows: words, not codes; nothing a seller wrote is trusted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

from jinja2 import Environment

from classifiers.messages import load_messages
from review.marking import mark, reveal
from review.text import later
from storage.priority import in_words
from wildtrade.records import DecisionLabel

DECISIONS: dict[DecisionLabel, tuple[str, str]] = {
    DecisionLabel.WILDLIFE: (later("Wildlife product"), "1"),
    DecisionLabel.NOT_WILDLIFE: (later("Not wildlife"), "2"),
    DecisionLabel.UNSURE: (later("Unsure"), "3"),
    DecisionLabel.CANNOT_SEE: (later("Cannot see"), "4"),
}
REASONS: dict[str, str] = {
    "colour_name": "Colour name",
    "brand": "Brand",
    "place_name": "Place name",
    "toy_or_print": "Toy, print or picture",
    "imitation": "Imitation material",
    "food": "Food",
    "domestic_animal": "Domestic animal or its product",
    "legal_plant": "Cultivated plant",
    "news": "News or awareness",
    "no_offer": "No offer",
    "other": "Other",
}
KEYS: tuple[tuple[str, str], ...] = (
    *((key, words) for words, key in DECISIONS.values()),
    ("j", later("next item (s: skip, the same)")),
    ("k", later("previous item")),
    ("u", later("undo my last decision")),
    ("r", later("go to the reason")),
    ("n", later("go to the note")),
    ("Esc", later("leave a field, close this")),
    ("h", later("My work")),
    ("q", later("Queue")),
    ("Enter", later("start with the first item (on the queue)")),
    ("?", later("this list")),
)
PART = 20_000  # characters of a text that are shown at once


def moment(value: datetime | None) -> str:
    """A time as the house writes it: UTC, to the minute."""
    return "" if value is None else f"{value:%Y-%m-%d %H:%M} UTC"


def signed(value: float) -> str:
    """A weight with its sign, e.g. +1.20."""
    return f"{value:+.2f}"


def meaning(message_key: str) -> str:
    """What a signal says in words; a key without a sentence is made readable."""
    return _messages().get(message_key) or message_key.replace(".", ": ").replace("_", " ")


@cache
def _messages() -> dict[str, str]:
    return load_messages("en")


def parts(*texts: str | None) -> int:
    """In how many parts texts are shown: a browser takes minutes to lay out a megabyte at once."""
    return max(1, *(-(-len(text or "") // PART) for text in texts))


def short(text: str | None, length: int) -> str:
    """The beginning of a text in one line, made harmless."""
    line = " ".join((text or "")[: 4 * length].split())
    return reveal(line if len(line) <= length else line[: length - 1] + "…")


def in_order(signals: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Signals with the strongest first, whichever way they pull."""
    return sorted(signals, key=lambda signal: -abs(signal["weight"]))


def equip(environment: Environment) -> None:
    """Give the templates their filters and constants."""
    environment.filters.update(moment=moment, signed=signed, meaning=meaning, why=in_words, short=short)
    environment.filters.update(in_order=in_order, reveal=lambda text: reveal(str(text or "")))
    environment.globals.update(decisions=DECISIONS, reasons=REASONS, keys=KEYS, mark=mark, part_length=PART)

"""From rows of storage to what a template shows: words, not codes; nothing a seller wrote is trusted."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from fastapi.templating import Jinja2Templates

from review.marking import mark, reveal
from wildtrade.records import DecisionLabel

DECISIONS: dict[DecisionLabel, tuple[str, str]] = {
    DecisionLabel.WILDLIFE: ("Wildlife product", "1"),
    DecisionLabel.NOT_WILDLIFE: ("Not wildlife", "2"),
    DecisionLabel.UNSURE: ("Unsure", "3"),
    DecisionLabel.CANNOT_SEE: ("Cannot see", "4"),
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

templates = Jinja2Templates(directory=Path(__file__).parent / "templates")


def moment(value: datetime | None) -> str:
    """A time as the house writes it: UTC, to the minute."""
    return "" if value is None else f"{value:%Y-%m-%d %H:%M} UTC"


def signed(value: float) -> str:
    """A weight with its sign, e.g. +1.20."""
    return f"{value:+.2f}"


def reasons_here(parts: dict[str, Any]) -> str:
    """'Why here' in words, from the stored parts of a priority."""
    from storage.priority import in_words

    return in_words(parts)


templates.env.filters.update(moment=moment, signed=signed, reveal=lambda text: reveal(text or ""), why=reasons_here)
templates.env.globals.update(decisions=DECISIONS, reasons=REASONS, mark=mark)

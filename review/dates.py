"""Dates and times as pages and reports write them: UTC, year first; the Thai interface adds the Buddhist year."""

from __future__ import annotations

from datetime import date, datetime

from review import text

BUDDHIST = 543  # years before ours


def with_era(said: str, year: int) -> str:
    """What is said of a year, in Thai with the Buddhist one after it: ``2026-11-24 พ.ศ. 2569``."""
    return f"{said} พ.ศ. {year + BUDDHIST}" if text.language() == "th" else said


def moment(value: datetime | str | None) -> str:
    """A time, or what ISO 8601 writes of one, to the minute: ``2026-11-24 20:05 UTC``; empty where there is none."""
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    return "" if at is None else with_era(f"{at:%Y-%m-%d %H:%M} UTC", at.year)


def day(value: date | str | None) -> str:
    """A day, or what ISO 8601 writes of one (a month, ``2026-11``, too); empty where there is none."""
    said = value if isinstance(value, str) else value.isoformat()[:10] if value else ""
    return with_era(said, int(said[:4])) if said[:4].isdecimal() else said

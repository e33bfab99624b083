"""Years of other calendars, and month names of many languages."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from spiders.extraction.text import entries

# Japanese eras: the year before their first.
ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "民國": 1911, "民国": 1911}
BUDDHIST = 543
_PERSIAN_MONTHS = entries("فروردین اردیبهشت خرداد تیر مرداد شهریور مهر آبان آذر دی بهمن اسفند")
PERSIAN_MONTHS = {name: n for n, name in enumerate(_PERSIAN_MONTHS, 1)}

_LOCALES = entries(
    "en es pt fr de it nl pl ru uk cs sk sl hr sr sr_Latn bs mk bg hu ro lv lt et fi sv da nb is el tr az uz kk ka "
    "hy sq vi id ms tl "
    "th lo km my hi bn ur ta te mr ne si ar fa he sw am so ha yo ig zu af rw ln mg ko"
)
# Short and loose spellings that the CLDR tables lack; "sept" and friends.
_LOOSE = {
    1: "jän|jänner|ene|كانون الثاني|جانفي",
    2: "peb|pebruari|févr|fevr|fev|febr|شباط|فيفري",
    3: "mrt|mär|mrz|maerz|آذار",
    4: "abr|نيسان|أفريل",
    5: "أيار|ماي",
    6: "حزيران|جوان",
    7: "تموز|جويلية",
    8: "agt|agust|août|aout|ago|آب|أوت",
    9: "sept|setiembre|set|szept|أيلول",
    10: "تشرين الأول",
    11: "nop|nopember|تشرين الثاني",
    12: "déc|dic|كانون الأول",
}
_MORE = {name: number for number, names in _LOOSE.items() for name in names.split("|")}


@lru_cache(maxsize=80)
def month_names(language: str) -> dict[str, int]:
    """Names and abbreviations of the months in one language (lower case, without points) -> 1-12; {} if unknown."""
    from babel import Locale, UnknownLocaleError

    try:
        months = Locale.parse(language).months
    except (UnknownLocaleError, ValueError):
        return {}
    names: dict[str, int] = {}
    for context in ("format", "stand-alone"):
        for width in ("wide", "abbreviated"):
            for number, name in months[context][width].items():
                if not name.isdigit():
                    names.setdefault(name.lower().replace(".", "").strip(), number)
    return names


@lru_cache(maxsize=1)
def all_months() -> dict[str, int]:
    """Month names of every language we know; where two languages disagree the name is left out."""
    names: dict[str, int] = {}
    clashing: set[str] = set()
    for language in _LOCALES:
        for name, number in month_names(language).items():
            if names.setdefault(name, number) != number:
                clashing.add(name)
    return {name: number for name, number in names.items() if name not in clashing} | _MORE


def month_number(name: str, languages: tuple[str, ...]) -> int | None:
    """The number of a month's name, the page's languages first (Czech and Croatian "listopad" differ)."""
    name = name.lower().replace(".", "").strip()
    for language in languages:
        if number := month_names(language).get(name):
            return number
    return all_months().get(name) or PERSIAN_MONTHS.get(name)


def from_solar_hijri(year: int, month: int, day: int) -> date | None:
    """A date of the Iranian calendar (1405/01/01 is 21 March 2026).

    Counted by the 33-year cycle; None if there is no such day.
    """
    if not (1206 <= year <= 1498 and 1 <= month <= 12 and 1 <= day <= (31 if month <= 6 else 30)):
        return None
    # Days since the epoch of the cycle: 8 leap days in 33 years, counted so that 1403 is one.
    leaps = (8 * year + 21) // 33
    days = (year - 1) * 365 + leaps + (month - 1) * 30 + min(month - 1, 6) + day
    return date.fromordinal(days + _HIJRI_EPOCH)


# 1 Farvardin 1400 was 21 March 2021.
_HIJRI_EPOCH = date(2021, 3, 21).toordinal() - (1399 * 365 + (8 * 1400 + 21) // 33 + 1)

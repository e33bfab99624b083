"""Posting dates as sites write them, in many languages, orders and calendars."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime

from spiders.extraction.calendars import BUDDHIST, ERAS, PERSIAN_MONTHS, from_solar_hijri, month_number
from spiders.extraction.relative import days_ago
from spiders.extraction.text import latin_digits, one_line

MAX_TEXT = 200
_FIRST = date(1995, 1, 1)
_ISO = re.compile(
    r"(?<!\d)(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ](\d{2}):(\d{2})(?::\d{2}(?:\.\d+)?)?\s?(Z|[+-]\d{2}:?\d{2})?)?(?!\d)"
)
_YEAR_FIRST = re.compile(r"(?<!\d)(\d{4})\s?[./年-]\s?(\d{1,2})\s?[./月-]\s?(\d{1,2})(?!\d)")
_ERA = re.compile(rf"({'|'.join(ERAS)})\s?(\d{{1,3}}|元)\s?年\s?(\d{{1,2}})\s?月\s?(\d{{1,2}})")
_KOREAN = re.compile(r"(?<!\d)(\d{4})\s?년\s?(\d{1,2})\s?월\s?(\d{1,2})\s?일")
_DAY_FIRST = re.compile(r"(?<!\d)(\d{1,2})\s?([./-])\s?(\d{1,2})\s?[./-]\s?(\d{4}|\d{2})(?!\d)")
_VIETNAMESE = re.compile(r"(?<!\d)(?:ngày )?(\d{1,2}),? tháng (\d{1,2}),? (?:năm )?(\d{4})(?!\d)", re.IGNORECASE)
_NAME = r"([^\W\d_][^\W\d_'’\u0300-\u036f\u0e31-\u0e4e]*(?:[\u0e00-\u0e7f\u0900-\u0dff.]+)*\.?)"
# "19 января 2022", "19. März 2022", "1st of May, 2026", "5 de mayo de 2026", "1 apr"
_DAY_MONTH = re.compile(
    rf"(?<!\d)(\d{{1,2}})(?:st|nd|rd|th|er|e|º|ª)?[. -]{{0,2}}(?:de |of |d')?{_NAME}(?:[ ,./-]{{1,3}}(?:de |del |"
    rf"พ\.ศ\. ?|ค\.ศ\. ?)?(\d{{4}}|'?\d{{2}}(?![:.\d])))?(?!\d)"
)
# "March 3, 2026", "december 9."
_MONTH_DAY = re.compile(rf"{_NAME} (\d{{1,2}})(?:st|nd|rd|th)?(?: ?[.,])? ?(?:(\d{{4}})(?!\d))?(?![\d:])")
_YEAR_MONTH_DAY = re.compile(rf"(?<!\d)(\d{{4}})[ ,.]{{1,2}}(?:m\. |gada )?(?:gada )?{_NAME} (\d{{1,2}})(?!\d)")
_MONTH_DAY_CJK = re.compile(r"(?<!\d)(\d{1,2})月(\d{1,2})日|(?<!\d)(\d{1,2})월 ?(\d{1,2})일")
_SHORT = re.compile(r"(?<!\d)(\d{1,2})([./-])(\d{1,2})\.?(?!\d)(?![./-]\d)")
_MAY_BE_DATE = re.compile(r"\d")
# Countries that write the month first.
_MONTH_FIRST = frozenset({"US", "PH", "PW", "FM", "MH"})


def parse_date(
    text: str | None, *, anchor: datetime | None = None, languages: Iterable[str] = (), country: str | None = None
) -> date | None:
    """The day that a short text states, or None.

    ``anchor`` is when the page was fetched: relative dates and dates without a year need it (the latest such day that
    is not after it). ``languages`` (two-letter codes) and ``country`` settle month names and the order of 3/4/2026.
    Buddhist (2569), Solar Hijri (1405/1/1) and Japanese years are understood. Days before 1995 or more than a day
    after ``anchor`` are no posting dates.
    """
    if not text:
        return None
    text = one_line(latin_digits(text[:MAX_TEXT]))
    known = tuple(languages)
    today = anchor.astimezone(UTC).date() if anchor and anchor.tzinfo else anchor.date() if anchor else None
    found = _absolute(text, known, country) or _partial(text, known, country, today)
    if found is None and today is not None:
        found = days_ago(text, today)
    if found is None or found < _FIRST or found.year > 2100:
        return None
    # A day ahead is a matter of time zones, more is something else (an event, an expiry).
    return None if today and (found - today).days > 1 else found


def _absolute(text: str, languages: tuple[str, ...], country: str | None) -> date | None:
    if not _MAY_BE_DATE.search(text):
        return None
    if match := _ISO.search(text) or _KOREAN.search(text):
        return _day(*map(int, match.groups()[:3]))
    if match := _ERA.search(text):
        era, year, month, day = match.groups()
        return _day(ERAS[era] + (1 if year == "元" else int(year)), int(month), int(day))
    if match := _YEAR_FIRST.search(text):
        return _day(*map(int, match.groups()))
    if match := _VIETNAMESE.search(text):
        return _day(int(match[3]), int(match[2]), int(match[1]))
    if match := _DAY_FIRST.search(text):
        return _numeric(int(match[1]), int(match[3]), match[4], match[2], languages, country)
    return _named(text, languages)


def _named(text: str, languages: tuple[str, ...]) -> date | None:
    for match in _DAY_MONTH.finditer(text):
        if match[3] and (month := month_number(match[2], languages)):
            return _day(_year(match[3].lstrip("'")), month, int(match[1]), persian=_is_persian(match[2]))
    for match in _MONTH_DAY.finditer(text):
        if match[3] and (month := month_number(match[1], languages)):
            return _day(int(match[3]), month, int(match[2]))
    for match in _YEAR_MONTH_DAY.finditer(text):
        if month := month_number(match[2], languages):
            return _day(int(match[1]), month, int(match[3]))
    return None


def _partial(text: str, languages: tuple[str, ...], country: str | None, today: date | None) -> date | None:
    """A day and month without a year: the latest such day that is not after ``today``."""
    pair = _day_and_month(text, languages, country) if today else None
    if pair is None or today is None:
        return None
    day, month = pair
    for year in range(today.year, today.year - 5, -1):
        found = _day(year, month, day)
        if found is not None and found <= today:
            return found
    return None


def _day_and_month(text: str, languages: tuple[str, ...], country: str | None) -> tuple[int, int] | None:
    if match := _MONTH_DAY_CJK.search(text):
        month, day = (int(g) for g in match.groups() if g)
        return day, month
    for match in _DAY_MONTH.finditer(text):
        if not match[3] and (found := month_number(match[2], languages)) and not _is_persian(match[2]):
            return int(match[1]), found
    for match in _MONTH_DAY.finditer(text):
        if not match[3] and (found := month_number(match[1], languages)) and not _is_persian(match[1]):
            return int(match[2]), found
    if match := _SHORT.fullmatch(text.split(",", maxsplit=1)[0].split(" ", maxsplit=1)[0]):
        first, second = int(match[1]), int(match[3])
        month_first = _is_month_first(languages, country)
        return (second, first) if (month_first and first <= 12) or second > 12 else (first, second)
    return None


def _numeric(
    first: int, second: int, year_text: str, sign: str, languages: tuple[str, ...], country: str | None
) -> date | None:
    year = _year(year_text)
    month_first = sign != "." and _is_month_first(languages, country)
    if first > 12 or (second <= 12 and not month_first):
        return _day(year, second, first)
    return _day(year, first, second)


def _is_month_first(languages: tuple[str, ...], country: str | None) -> bool:
    return country in _MONTH_FIRST or (country is None and languages[:1] == ("en",))


def _is_persian(name: str) -> bool:
    return name in PERSIAN_MONTHS


def _year(text: str) -> int:
    year = int(text)
    if len(text) > 2:
        return year
    # Thai sites shorten 2569 to 69.
    return 2000 + year if year < 60 else 1900 + year if year > 90 else 2500 + year


def _day(year: int, month: int, day: int, *, persian: bool = False) -> date | None:
    if 1300 <= year <= 1498 or (persian and year < 1500):
        return from_solar_hijri(year, month, day)
    if 2480 <= year <= 2680:
        year -= BUDDHIST
    try:
        return date(year, month, day)
    except ValueError:  # 31 February, month 13: not a date
        return None

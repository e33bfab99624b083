"""Posting dates in many languages, orders and calendars."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiders.extraction.calendars import from_solar_hijri
from spiders.extraction.dates import parse_date

ANCHOR = datetime(2026, 11, 24, 10, tzinfo=UTC)

ABSOLUTE = [
    ("2026-11-20T10:00:00Z", "2026-11-20", "en"),
    ("19 января 2022 г.", "2022-01-19", "ru"),
    ("2026年8月10日 21:00", "2026-08-10", "ja"),
    ("29.06.2026 17:35", "2026-06-29", "lv"),
    ("20-11-2026", "2026-11-20", "nl"),
    ("March 3, 2026", "2026-03-03", "en"),
    ("Nov 12 , 2025", "2025-11-12", "en"),
    ("7:45am on Nov 12 , 2025", "2025-11-12", "en"),
    ("12 Nov , 2025", "2025-11-12", "en"),
    ("1st of May, 2026", "2026-05-01", "en"),
    ("1er mai 2026", "2026-05-01", "fr"),
    ("5 de mayo de 2026", "2026-05-05", "es"),
    ("19. März 2026", "2026-03-19", "de"),
    ("5 listopada 2025", "2025-11-05", "pl"),
    ("5. listopad 2025", "2025-11-05", "cs"),
    ("2026. november 20.", "2026-11-20", "hu"),
    ("20 kasım 2026", "2026-11-20", "tr"),
    ("20 Agustus 2026", "2026-08-20", "id"),
    ("20 tháng 11, 2026", "2026-11-20", "vi"),
    ("2026년 11월 20일", "2026-11-20", "ko"),
    ("10 พ.ย. 2569", "2026-11-10", "th"),
    ("10 พ.ย. 69", "2026-11-10", "th"),
    ("10/11/2569", "2026-11-10", "th"),
    ("1405/08/20", "2026-11-11", "fa"),
    ("۲۰ آبان ۱۴۰۵", "2026-11-11", "fa"),
    ("令和8年11月10日", "2026-11-10", "ja"),
    ("令和元年5月1日", "2019-05-01", "ja"),
    ("民國115年11月20日", "2026-11-20", "zh"),
]
RELATIVE = [
    ("3 days ago", 3, "en"),
    ("Posted 2 hours ago", 0, "en"),
    ("a week ago", 7, "en"),
    ("yesterday", 1, "en"),
    ("hace 2 días", 2, "es"),
    ("il y a 3 jours", 3, "fr"),
    ("vor 2 Tagen", 2, "de"),
    ("gestern, 12:30", 1, "de"),
    ("há 5 dias", 5, "pt"),
    ("3 дня назад", 3, "ru"),
    ("wczoraj o 12:00", 1, "pl"),
    ("2 gün önce", 2, "tr"),
    ("เมื่อวาน", 1, "th"),
    ("3 วันที่แล้ว", 3, "th"),
    ("3 ngày trước", 3, "vi"),
    ("hôm qua", 1, "vi"),
    ("2 hari yang lalu", 2, "id"),
    ("seminggu yang lalu", 7, "id"),
    ("昨天", 1, "zh"),
    ("3일 전", 3, "ko"),
    ("منذ 3 أيام", 3, "ar"),
    ("منذ يومين", 2, "ar"),
    ("۳ روز پیش", 3, "fa"),
    ("siku 3 zilizopita", 3, "sw"),
]
PARTIAL = [
    ("1 apr, 19:27", "2026-04-01", "ro"),
    ("december 9. 17:37", "2025-12-09", "hu"),
    ("25 Dec", "2025-12-25", "en"),
    ("Nov 20", "2026-11-20", "en"),
    ("11月20日", "2026-11-20", "zh"),
    ("20/11", "2026-11-20", "es"),
]


@pytest.mark.parametrize(("text", "expected", "language"), ABSOLUTE)
def test_absolute(text: str, expected: str, language: str) -> None:
    assert parse_date(text, languages=[language]) == date.fromisoformat(expected)


@pytest.mark.parametrize(("text", "days", "language"), RELATIVE)
def test_relative_needs_an_anchor(text: str, days: int, language: str) -> None:
    assert parse_date(text, anchor=ANCHOR, languages=[language]) == ANCHOR.date() - timedelta(days=days)
    assert parse_date(text, languages=[language]) is None


@pytest.mark.parametrize(("text", "expected", "language"), PARTIAL)
def test_without_year_is_the_latest_such_day(text: str, expected: str, language: str) -> None:
    assert parse_date(text, anchor=ANCHOR, languages=[language]) == date.fromisoformat(expected)
    assert parse_date(text, languages=[language]) is None


def test_order_of_day_and_month_by_country() -> None:
    assert parse_date("3/4/2026", languages=["en"], country="US") == date(2026, 3, 4)
    assert parse_date("3/4/2026", languages=["en"], country="ZA") == date(2026, 4, 3)
    assert parse_date("25/4/2026", languages=["en"], country="US") == date(2026, 4, 25)


def test_months_go_back_by_the_calendar() -> None:
    end_of_may = datetime(2026, 5, 31, tzinfo=UTC)
    assert parse_date("3 months ago", anchor=end_of_may) == date(2026, 2, 28)
    assert parse_date("1 year ago", anchor=end_of_may) == date(2025, 5, 31)


@pytest.mark.parametrize(
    "text", ["", None, "Copyright 2026", "12:30", "100 €", "31/02/2026", "3 days", "2027-05-01", "laki-laki"]
)
def test_no_posting_date(text: str | None) -> None:
    assert parse_date(text, anchor=ANCHOR, languages=["en"]) is None


def test_solar_hijri_new_years() -> None:
    assert from_solar_hijri(1403, 1, 1) == date(2024, 3, 20)
    assert from_solar_hijri(1404, 1, 1) == date(2025, 3, 21)
    assert from_solar_hijri(1405, 13, 1) is None


@given(st.text(max_size=120))
def test_never_fails(text: str) -> None:
    found = parse_date(text, anchor=ANCHOR, languages=["th", "en"])
    assert found is None or found <= ANCHOR.date() + timedelta(days=1)

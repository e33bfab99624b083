"""Prices in the spellings of many countries."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiders.extraction.money import find_money, parse_money, price_of

STATED = [
    ("1.234,56 €", "1234.56", "EUR"),
    ("$1,234.56", "1234.56", "USD"),
    ("1 234,50 zł", "1234.50", "PLN"),
    ("CHF 1’250.-", "1250", "CHF"),
    ("€ 430,-", "430", "EUR"),
    ("579,000 DT", "579", "TND"),
    ("1 199,000 DT", "1199", "TND"),
    ("KWD 1.500", "1.5", "KWD"),
    ("1,250.500 د.ك", "1250.5", "KWD"),
    ("25,000 IQD", "25000", "IQD"),
    ("1.5 triệu", "1500000", "VND"),
    ("1tr2", "1200000", "VND"),
    ("1tr250", "1250000", "VND"),
    ("2 triệu rưỡi", "2500000", "VND"),
    ("150kđ", "150000", "VND"),
    ("3.500.000 ₫", "3500000", "VND"),
    ("5 juta", "5000000", "IDR"),
    ("5 juta 500 ribu", "5500000", "IDR"),
    ("RM 5 ribu", "5000", "MYR"),
    ("Rp1.500.000", "1500000", "IDR"),
    ("R 1 500", "1500", "ZAR"),
    ("R1,500.00", "1500", "ZAR"),
    ("฿1,200", "1200", "THB"),
    ("๑,๕๐๐ บาท", "1500", "THB"),
    ("3แสน", "300000", "THB"),
    ("KSh 1,500", "1500", "KES"),
    ("USh 50,000", "50000", "UGX"),
    ("TSh 45,000/=", "45000", "TZS"),
    ("₦2.5m", "2500000", "NGN"),
    ("GH₵ 1,200", "1200", "GHS"),
    ("S/ 1,200.00", "1200", "PEN"),
    ("Gs. 1.500.000", "1500000", "PYG"),
    ("R$ 1.200,00", "1200", "BRL"),
    ("₹ 1,50,000", "150000", "INR"),
    ("Rs. 1.5 crore", "15000000", "INR"),
    ("1万5千円", "15000", "JPY"),
    ("200元", "200", "CNY"),
    ("١٬٥٠٠ ر.س", "1500", "SAR"),
    ("15 тыс. грн", "15000", "UAH"),
    ("15 000 FCFA", "15000", "XAF"),
    ("$ 1,500 MXN", "1500", "MXN"),
    ("$100 - $200", "100", "USD"),
    ("119 ₽99 ₽", "99", "RUB"),
    ("€120,00 -20% €96,00", "96", "EUR"),
    ("Was £20 Now £15", "15", "GBP"),
    ("$.99", "0.99", "USD"),
    ("10$", "10", "USD"),
    # no sign: no currency
    ("150k", "150000", None),
    ("Price: 250", "250", None),
    ("1.000.000", "1000000", None),
    # a sign that several currencies share stays open
    ("150 kr", "150", None),
    ("15,000 shillings", "15000", None),
    # the toman has no ISO code
    ("۲۵٬۰۰۰٬۰۰۰ تومان", "25000000", None),
]


@pytest.mark.parametrize(("text", "amount", "currency"), STATED)
def test_stated_price(text: str, amount: str, currency: str | None) -> None:
    money = parse_money(text)
    assert money is not None
    assert (money.amount, money.currency) == (Decimal(amount), currency)


@pytest.mark.parametrize(
    "text",
    [
        "",
        None,
        "Free",
        "Ask for price",
        "0.00 руб.",
        "Call 0912345678",
        "+7(978)100-77-06",
        "15.07.2026",
        "iPhone 12",
        "-20%",
        "A12",
        "12:30",
        "5.5 triệu/tháng",
        "+ € 90,00",
        "fifty",
    ],
)
def test_no_price(text: str | None) -> None:
    assert parse_money(text) is None


@pytest.mark.parametrize(
    ("text", "hints", "currency"),
    [
        ("$ 750.000", {"country": "CO"}, "COP"),
        ("$ 750.000", {"currency": "CLP"}, "CLP"),
        ("US$ 75", {"country": "CO"}, "USD"),
        ("150 kr", {"country": "SE"}, "SEK"),
        ("¥ 99", {"country": "CN"}, "CNY"),
        ("Rs 500", {"country": "PK"}, "PKR"),
        ("15,000 shillings", {"country": "UG"}, "UGX"),
        ("5 ribu", {"country": "MY"}, "MYR"),
    ],
)
def test_country_settles_shared_signs(text: str, hints: dict[str, str], currency: str) -> None:
    money = parse_money(text, **hints)
    assert money is not None
    assert money.currency == currency


def test_price_within_a_post() -> None:
    post = "Selling 2 grey parrots, 8 months old, cage 60 cm. Price is KSh 35,000 slightly negotiable, delivery 500."
    money = find_money(post)
    assert money is not None
    assert (money.amount, money.currency) == (Decimal(35000), "KES")


def test_numbers_of_a_post_are_no_price() -> None:
    assert find_money("Wanted: 2 tortoises, 10 cm, hatched 2024, call 0712345678") is None


def test_structured_price_has_a_decimal_point() -> None:
    money = price_of("579.000", currency="TND")
    assert money is not None
    assert money.amount == 579
    assert price_of(True) is None
    assert price_of("0.00", currency="EUR") is None


@given(st.decimals(min_value="0.01", max_value=10**9, places=2))
def test_grouped_amounts_come_back(amount: Decimal) -> None:
    english, german = f"{amount:,.2f}", f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))
    for text in (f"${english}", f"{german} €"):
        money = parse_money(text)
        assert money is not None
        assert money.amount == amount


@given(st.text(max_size=200))
def test_never_fails(text: str) -> None:
    for money in (parse_money(text), find_money(text)):
        assert money is None or money.amount > 0

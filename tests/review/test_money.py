"""Prices in dollars: at published rates, of known currencies only, and never where there is no sense in it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from currency_converter import SINGLE_DAY_CURRENCY_FILE, CurrencyConverter

from review.money import dollars


def test_a_price_is_converted_at_the_rate_of_a_named_day() -> None:
    rates = CurrencyConverter(SINGLE_DAY_CURRENCY_FILE, decimal=True)
    found = dollars(Decimal(5800), "THB")
    assert found is not None
    assert abs(found.amount - rates.convert(Decimal(5800), "THB", "USD")) <= Decimal("0.5")
    assert date(2026, 1, 1) < found.day <= date.today()


def test_pegged_currencies_follow_their_anchor() -> None:
    franc, euro = dollars(Decimal(655957), "XOF"), dollars(Decimal(1000), "EUR")
    assert franc == euro
    dirham = dollars(Decimal("36.725"), "AED")
    assert dirham is not None
    assert dirham.amount == 10


@pytest.mark.parametrize(
    ("amount", "currency"),
    [(None, "THB"), ("5", None), ("5", "USD"), ("5", "COP"), ("5", "???"), ("0", "THB"), ("-5", "THB"), ("1e20", "THB")]
)  # fmt: skip
def test_nothing_is_said_without_a_rate_or_a_price(amount: str | None, currency: str | None) -> None:
    assert dollars(None if amount is None else Decimal(amount), currency) is None


def test_small_prices_keep_their_cents() -> None:
    found = dollars(Decimal(20), "THB")
    assert found is not None
    assert found.amount.as_tuple().exponent == -2

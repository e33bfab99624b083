"""Prices in US dollars, about: reference rates of the European Central Bank, as CurrencyConverter carries them offline.

Most currencies of our sites are among them or pegged to one; of the others nothing is said.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

# Fixed by treaty or by the central bank: so many to one of the other.
_PEGGED = {"XOF": ("EUR", "655.957"), "XAF": ("EUR", "655.957"), "AED": ("USD", "3.6725")}
_MOST = Decimal(10) ** 12  # beyond it an amount is no price


@dataclass(frozen=True, slots=True)
class Dollars:
    """An amount of US dollars at the rates of a day, whole above ten."""

    amount: Decimal
    day: date


def dollars(amount: Decimal | None, currency: str | None) -> Dollars | None:
    """What a price is in US dollars; None where no rate of its currency is known, or it is in dollars."""
    if amount is None or not currency or currency == "USD" or not 0 < amount < _MOST:
        return None
    base, rate = _PEGGED.get(currency, (currency, "1"))
    rates = _rates()
    if base not in rates.currencies:
        return None
    worth = Decimal(rates.convert(amount / Decimal(rate), base, "USD"))
    return Dollars(worth.quantize(Decimal(1) if worth >= 10 else Decimal("0.01")), rates.bounds["USD"].last_date)


@cache
def _rates() -> Any:
    from currency_converter import SINGLE_DAY_CURRENCY_FILE, CurrencyConverter

    return CurrencyConverter(SINGLE_DAY_CURRENCY_FILE, decimal=True)

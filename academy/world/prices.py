"""Amounts in the money of these countries, and how people there write them."""

from __future__ import annotations

import random
from decimal import Decimal

from wildtrade.records import Money

# Rough units per US dollar: prices only have to look right, nobody is paid.
PER_DOLLAR = {
    "AED": 3.7, "BRL": 5.4, "CNY": 7.2, "COP": 4100, "EGP": 48, "HKD": 7.8, "IDR": 16200, "KES": 129, "MXN": 18,
    "MZN": 64, "NGN": 1550, "PEN": 3.7, "THB": 34, "TZS": 2600, "UGX": 3650, "VND": 25400, "XAF": 610, "XOF": 610,
    "ZAR": 18,
}  # fmt: skip

# currency -> (pattern, thousands separator)
_WRITTEN = {
    "AED": ("{} درهم", ","), "BRL": ("R$ {},00", "."), "CNY": ("¥{}", ""), "COP": ("$ {}", "."),
    "EGP": ("{} ج.م", ","), "HKD": ("HK${}", ","), "IDR": ("Rp {}", "."), "KES": ("KSh {}", ","),
    "MXN": ("${} MXN", ","), "MZN": ("{} MT", "."), "NGN": ("₦{}", ","), "PEN": ("S/ {}", ","), "THB": ("{} บาท", ","),
    "TZS": ("TSh {}", ","), "UGX": ("USh {}", ","), "VND": ("{} ₫", "."), "XAF": ("{} FCFA", " "),
    "XOF": ("{} F CFA", " "), "ZAR": ("R {}", " "),
}  # fmt: skip

# The short forms of the street: currency -> (unit, pattern).
_SHORT = {
    "COP": (1000, "{} mil"), "IDR": (1000, "{}rb"), "NGN": (1000, "{}k"), "KES": (1000, "{}k"), "UGX": (1000, "{}k"),
    "VND": (1000, "{}k"), "TZS": (1000, "elfu {}"),
}  # fmt: skip


def draw(rng: random.Random, usd: tuple[float, float], currency: str) -> Money:
    """An asking price within a range of US dollars, rounded the way sellers round."""
    low, high = usd
    dollars = low * (high / low) ** rng.random()
    return Money(amount=rounded(dollars * PER_DOLLAR[currency]), currency=currency)


def rounded(value: float) -> Decimal:
    """Two leading digits, the rest zeros; at least 1."""
    if value < 10:
        return Decimal(max(1, round(value)))
    step = 10 ** (len(str(int(value))) - 2)
    return Decimal(round(value / step) * step)


def scaled(money: Money, factor: float) -> Money:
    """The price after a change of mind; never the same one."""
    amount = rounded(float(money.amount) * factor)
    if amount == money.amount:
        amount = rounded(float(amount) * (1.2 if factor > 1 else 0.8))
    return Money(amount=amount, currency=money.currency)


def written(money: Money) -> str:
    """The amount as the sites of its country write it, e.g. ``R 1 500`` or ``1.500.000 ₫``."""
    pattern, separator = _WRITTEN[money.currency or ""]
    return pattern.format(f"{int(money.amount):,}".replace(",", separator))


def spoken(rng: random.Random, money: Money) -> str:
    """The amount as a person types it in a post: now in full, now in the short form."""
    unit, pattern = _SHORT.get(money.currency or "", (0, ""))
    if unit and money.amount % unit == 0 and money.amount < 1000 * unit and rng.random() < 0.5:
        return pattern.format(int(money.amount) // unit)
    return written(money)

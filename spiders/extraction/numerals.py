"""Numbers with the separators of many countries."""

from __future__ import annotations

import re
from decimal import Decimal

from spiders.extraction.currencies import THREE_DECIMALS

# "1 234 567,50" and "1'234.50", else digits with points and commas, else ".99".
NUMBER = re.compile(r"\d{1,3}(?:[ '’]\d{3})+(?:[.,]\d{1,3})?(?!\d)|\d{1,18}(?:[.,]\d{1,18}){0,8}|(?<!\d)\.\d{2}(?!\d)")


def read_number(text: str, currency: str | None = None, *, decimal: bool = False) -> Decimal | None:
    """The value of a number matched by ``NUMBER``; None where its separators make no sense ("1.2.3", "15.07.2026").

    ``currency`` matters for dinars with three decimals. ``decimal`` says that a lone separator is the decimal sign,
    as before "million" ("1.250 triệu").
    """
    if text.isdecimal():
        return Decimal(text)
    text = re.sub(r"[ '’]", "", text)
    points, commas = text.count("."), text.count(",")
    if points and commas:
        sign = "." if text.rfind(".") > text.rfind(",") else ","
        other = "," if sign == "." else "."
        if text.count(sign) > 1 or not _grouped(text.split(sign)[0], other):
            return None
        return Decimal(text.replace(other, "").replace(sign, "."))
    sign = "." if points else ","
    if points + commas == 0:
        return Decimal(text)
    if points + commas > 1:
        return Decimal(text.replace(sign, "")) if _grouped(text, sign) else None
    whole, fraction = text.split(sign)
    three = sign in THREE_DECIMALS.get(currency or "", "")
    if len(fraction) == 3 and whole.strip("0") and len(whole) <= 3 and not three and not decimal:
        return Decimal(whole + fraction)
    return Decimal(f"{whole or 0}.{fraction}")


def _grouped(text: str, sign: str) -> bool:
    """Groups of three (1,234,567), of two as in India (12,34,567), or of four as in China."""
    first, *groups = text.split(sign)
    if not groups:
        return True
    last, inner = len(groups[-1]), {len(group) for group in groups[:-1]}
    if last == 3:
        return 1 <= len(first) <= 3 and (inner <= {3} or inner == {2})
    return last == 4 and 1 <= len(first) <= 4 and inner <= {4} and sign == ","

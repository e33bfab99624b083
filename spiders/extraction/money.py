"""Prices as people write them: ``"1.234,56 €"``, ``"1tr2"``, ``"KSh 1,500"``, ``"5 juta"``, ``"1万5千円"``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from spiders.extraction.currencies import ISO_CODES, currency_of, resolve
from spiders.extraction.multipliers import CURRENCY_OF_WORD, LITERAL_TAIL, MULTIPLIER, TIMES
from spiders.extraction.numerals import NUMBER, read_number
from spiders.extraction.signs import Sign, sign_after, sign_before
from spiders.extraction.text import latin_digits
from wildtrade.records import Money

MAX_TEXT = 20_000
_LARGEST = Decimal(10) ** 15
_HALF = re.compile(r" ?(?:rưỡi|setengah|and a half|y medio|y media|e meio|с половиной|半)")
_WINDOW = 18
# Words that turn the amount after (or before) them into something other than the price.
_OTHER_AMOUNTS = (
    "was|were|old price|list price|rrp|msrp|r.r.p|uvp|statt|vorher|antes|precio anterior|avant|au lieu de|"
    "prix barré|"
    "invece di|prima|заместо|вместо|старая цена|giá gốc|giá cũ|harga asli|ราคาเดิม|原价|原價|定価|"
    "save|saving|savings|you save|ersparnis|ahorra|ahorras|économisez|скидка|выгода|giảm|hemat|ประหยัด|discount|"
    "descuento|remise|rabatt|"
    "shipping|delivery|postage|versand|versandkosten|envío|livraison|доставка|phí ship|ongkir|ค่าส่ง|运费|送料|"
    "cuotas de|meses de|meses sin intereses de|x de|mensualités de"
)
_NOT_BEFORE = tuple(_OTHER_AMOUNTS.split("|"))
_NOT_AFTER = re.compile(
    r" ?(?:/ ?(?:mo|month|monat|mes|mois|мес|เดือน|tháng|bulan)|per month|a month|al mes|par mois|monatlich|pro monat|"
    r"off\b|rabatt|de descuento|de réduction|versand|shipping|delivery)",
    re.IGNORECASE,
)
_PHONE = re.compile(r"\+\d|^0\d{8,}$")
_CONTACT = re.compile(
    r"call|phone|tel\b|whats ?app|contact|liên hệ|zalo|telp|hubungi|โทร|ติดต่อ|电话|電話|微信|llamar|contactar|wa\b",
    re.IGNORECASE,
)
_PRICE_WORDS = (
    "price|asking|selling for|selling at|preis|precio|valor|preço|prix|prezzo|cena|цена|ціна|ár|hinta|pris|fiyat|"
    "giá|harga|"
    "ราคา|价格|價格|售价|値段|価格|가격|السعر|سعر|قیمت|bei|कीमत"
)
_LABELS = tuple(_PRICE_WORDS.split("|"))
_AFTER_LABEL = ("is only", "is", "only", "chỉ", "jual", "de venta", "fijo")


class Amount(NamedTuple):
    """One amount found in a text: where it stands, what it is worth, and what speaks for it being a price."""

    start: int
    end: int
    money: Money
    signed: bool
    labelled: bool
    excluded: bool


def parse_money(text: str | None, *, currency: str | None = None, country: str | None = None) -> Money | None:
    """The price that a short text states ("Price: 1 500 kr", "119 ₽ 99 ₽ -17%"), or None where it states none.

    ``currency`` (ISO 4217) and ``country`` (ISO 3166) settle signs that several currencies share; where the text
    shows no sign the currency stays None. Zero, "free" and "ask" are no price. Of two prices beside a discount
    the lower one counts, of a range the first.
    """
    if not text:
        return None
    found = list(find_amounts(text[:400], currency=currency, country=country))
    usable = [amount for amount in found if not amount.excluded]
    signed = [amount for amount in usable if amount.signed]
    if not signed:
        # Without any sign only a text that is nothing but a number, or a labelled one, is a price.
        return next((a.money for a in usable if a.labelled or _bare(text, a)), None)
    if len(signed) == 2 and _is_discount(text, signed) and signed[0].money.currency == signed[1].money.currency:
        return min((amount.money for amount in signed), key=lambda money: money.amount)
    return signed[0].money


def find_money(text: str | None, *, currency: str | None = None, country: str | None = None) -> Money | None:
    """The price within a longer text (a post, a description), or None: an amount after a price word counts first,
    else the first one with a currency sign. Numbers with neither are never prices."""
    if not text:
        return None
    found = [a for a in find_amounts(text, currency=currency, country=country) if not a.excluded]
    labelled = next((a.money for a in found if a.labelled), None)
    return labelled or next((a.money for a in found if a.signed), None)


def find_amounts(text: str, *, currency: str | None = None, country: str | None = None) -> Iterator[Amount]:
    """Every amount above zero in the text, in order; at most the first 20,000 characters are read."""
    text = latin_digits(text[:MAX_TEXT])
    position = 0
    while match := NUMBER.search(text, position):
        amount = _read(text, match, currency, country)
        position = max(match.end(), amount.end if amount else 0)
        if amount is not None:
            yield amount


def _read(text: str, match: re.Match[str], hint: str | None, country: str | None) -> Amount | None:
    start, end = match.span()
    left = text[max(0, start - _WINDOW) : start]
    before = sign_before(text, start)
    if before is None and left[-1:].isalpha() and left[-1:].isascii():
        return None  # part of a name such as "A12"
    code = _code(before, hint, country)
    tail = end
    value, end, word = _multiplied(text, match, code, signed=before is not None)
    after = sign_after(text, end)
    if after is not None:
        # "$ 1,500 MXN": the sign that leaves no doubt decides.
        code, end = _clearer(before, after, hint, country), after.end
        if word is None:
            value = read_number(text[match.start() : tail], code)
    elif code is None and word is not None:
        code = _implied(word, hint, country)
    if value is None or not 0 < value < _LARGEST or text[end : end + 2].lstrip().startswith("%"):
        return None
    signed = before is not None or after is not None or (word is not None and code is not None)
    if not signed and (_PHONE.search(text[max(0, start - 1) : tail]) or _CONTACT.search(left)):
        return None
    stop = before.start if before else start
    wide = text[max(0, start - 40) : stop].lower()
    return Amount(
        start=stop,
        end=end,
        money=Money(amount=value, currency=code),
        signed=signed,
        labelled=_ends_in_label(wide),
        # "+ € 90" comes on top of the price.
        excluded=wide.rstrip().endswith("+")
        or wide.rstrip(" :.(").endswith(_NOT_BEFORE)
        or _NOT_AFTER.match(text, end) is not None,
    )


def _ends_in_label(text: str) -> bool:
    """Whether a text (in lower case) ends in a price word: "Asking price is only: "."""
    text = _without_signs(text)
    if text.endswith(_LABELS):
        return True
    if not text.endswith(_AFTER_LABEL):
        return False
    rest = text.removesuffix(next(word for word in _AFTER_LABEL if text.endswith(word)))
    return rest != (before := _without_signs(rest)) and before.endswith(_LABELS)


def _without_signs(text: str) -> str:
    """The text without up to three characters at its end that belong to no word."""
    for _ in range(3):
        if text and not (text[-1].isalnum() or text[-1] == "_"):
            text = text[:-1]
    return text


def _code(sign: Sign | None, hint: str | None, country: str | None) -> str | None:
    return resolve(sign.form, currency=hint, country=country) if sign else None


def _clearer(before: Sign | None, after: Sign, hint: str | None, country: str | None) -> str | None:
    right = _code(after, hint, country)
    if before is None or after.form.upper() in ISO_CODES:
        return right or _code(before, hint, country)
    return _code(before, hint, country) or right


def _multiplied(
    text: str, match: re.Match[str], code: str | None, *, signed: bool
) -> tuple[Decimal | None, int, str | None]:
    """Value, end and first multiplier word of "1tr2", "5 juta 500 ribu", "1万5千", "2 triệu rưỡi"."""
    factor = MULTIPLIER.match(text, match.end())
    end = match.end()
    # "5 m" is a length and "2 b" a rank, unless a currency says otherwise.
    doubtful = factor is not None and factor.group(1) in {"m", "M", "b", "B"}
    if factor is None or (doubtful and not signed and not sign_after(text, factor.end())):
        return read_number(match.group(), code), end, None
    total, word, times = Decimal(0), factor.group(1).casefold(), Decimal(10) ** 18
    number: re.Match[str] | None = match
    while number is not None and factor is not None and TIMES[factor.group(1).casefold()] < times:
        times = TIMES[factor.group(1).casefold()]
        total += (read_number(number.group(), None, decimal=True) or Decimal(0)) * times
        end = factor.end()
        number = NUMBER.match(text, end + (text[end : end + 1] == " "))
        factor = MULTIPLIER.match(text, number.end()) if number else None
    if half := _HALF.match(text, end):
        return total + times / 2, half.end(), word
    if number is not None and factor is None and number.group().isdigit() and _AFTER_TAIL.match(text, number.end()):
        total, end = _with_tail(text, total, times, number, end, word)
    return total, end, word


_AFTER_TAIL = re.compile(r"(?![\d.,:/%-])")


def _with_tail(
    text: str, total: Decimal, times: Decimal, number: re.Match[str], end: int, word: str
) -> tuple[Decimal, int]:
    """ "1tr2" is 1.2 million and "1tr250" 1.25; after 万 and 千 the digits are units."""
    digits = number.group()
    if word in LITERAL_TAIL:
        return (total + int(digits), number.end()) if int(digits) < times else (total, end)
    if len(digits) <= 3 and (number.start() == end or word in {"triệu", "tỷ", "tỉ"}):
        return total + int(digits) * times / 10 ** len(digits), number.end()
    return total, end


def _implied(word: str, hint: str | None, country: str | None) -> str | None:
    possible = CURRENCY_OF_WORD.get(word)
    if not possible:
        return None
    return next((c for c in (hint, currency_of(country)) if c in possible), possible[0])


def _bare(text: str, amount: Amount) -> bool:
    text = latin_digits(text[:400])
    rest = (text[: amount.start] + text[amount.end :]).strip(" .,:;-–—*+()\n\t/")
    return not any(c.isalnum() for c in rest)


def _is_discount(text: str, pair: list[Amount]) -> bool:
    return "%" in text or pair[1].start <= pair[0].end


def price_of(value: object, *, currency: str | None = None, country: str | None = None) -> Money | None:
    """A price out of structured data: a number, or a string that should hold one ("1199.0000", "$79.99", "1.234,50").

    In structured data a lone point is the decimal sign, as schema.org demands.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    text = latin_digits(str(value)).strip()[:100]
    if re.fullmatch(r"\d{1,15}(?:\.\d{1,12})?", text):
        amount = Decimal(text)
        return Money(amount=amount, currency=currency) if 0 < amount < _LARGEST else None
    money = parse_money(text, currency=currency, country=country)
    return Money(amount=money.amount, currency=money.currency or currency) if money else None

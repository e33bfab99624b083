"""The price of the offer: structured statements first, then what stands on the page near the title."""

from __future__ import annotations

from collections.abc import Iterator

from spiders.extraction import price_page
from spiders.extraction.currencies import ISO_CODES, resolve
from spiders.extraction.evidence import Evidence
from spiders.extraction.money import find_money, parse_money, price_of
from spiders.extraction.state_item import first_of
from spiders.extraction.structured import as_list, offers, string
from spiders.extraction.text import entries
from wildtrade.records import Money

_AMOUNT_METAS = ("product:price:amount", "product:sale_price:amount", "og:price:amount", "price", "twitter:data1")
_CURRENCY_METAS = ("product:price:currency", "og:price:currency", "pricecurrency", "currency")
_STATE_PRICES = entries(
    "price saleprice currentprice finalprice listingprice askingprice sellingprice priceinfo priceobj prices amount "
    "pricevalue priceamount value"
)
_STATE_CURRENCIES = entries("currency currencycode currencyid pricecurrency currencyiso")
_PRICES = ("price", "lowPrice", "minPrice")
_PRICE_KEYS = (*_PRICES, "highPrice", "maxPrice", "priceSpecification")


def read_price(evidence: Evidence) -> Money | None:
    """The first price found in the order selector, JSON-LD, microdata, meta, page, state; its currency completed
    from the page where the amount stands without one. What a script will fill shows no price of its own."""
    shown = () if evidence.is_shell else (_on_page,)
    for candidates in (_selected, _structured, _meta, *shown, _state):
        for money in candidates(evidence):
            return money if money.currency else Money(amount=money.amount, currency=_currency(evidence))
    return None


def _on_page(evidence: Evidence) -> Iterator[Money]:
    return price_page.candidates(evidence, unpriced=_is_unpriced(evidence))


def _is_unpriced(evidence: Evidence) -> bool:
    """Whether the page's own data makes an offer and names no price for it."""
    made = [offer for thing in evidence.objects for offer in offers(thing)]
    return bool(made) and not any(key in offer for offer in made for key in _PRICE_KEYS)


def _parse(evidence: Evidence, text: str) -> Money | None:
    return parse_money(text, currency=evidence.currency_hint, country=evidence.country)


def _selected(evidence: Evidence) -> Iterator[Money]:
    for text in evidence.selected("price"):
        if money := _parse(evidence, text) or find_money(
            text, currency=evidence.currency_hint, country=evidence.country
        ):
            yield money


def _structured(evidence: Evidence) -> Iterator[Money]:
    for thing in evidence.objects:
        for offer in offers(thing):
            if money := _offer_price(evidence, offer):
                yield money


def _offer_price(evidence: Evidence, offer: dict[str, object]) -> Money | None:
    specifications = [s for s in as_list(offer.get("priceSpecification")) if isinstance(s, dict)]
    for holder in (offer, *specifications):
        code = _code(evidence, string(holder.get("priceCurrency")) or string(offer.get("priceCurrency")))
        for key in _PRICES:
            for value in as_list(holder.get(key)):
                if money := price_of(value, currency=code, country=evidence.country):
                    return money
    return None


def _code(evidence: Evidence, written: str | None) -> str | None:
    """An ISO code, also where a page wrote a sign into the field for it."""
    if not written:
        return None
    if written.strip().upper() in ISO_CODES:
        return written.strip().upper()
    return resolve(written.strip(), currency=evidence.currency_hint, country=evidence.country)


def _meta(evidence: Evidence) -> Iterator[Money]:
    document = evidence.document
    code = _code(evidence, document.meta(*_CURRENCY_METAS))
    for name in _AMOUNT_METAS:
        for value in document.metas.get(name, ())[:3]:
            # twitter:data1 holds whatever twitter:label1 says.
            if not name.startswith("twitter") or "price" in (document.meta("twitter:label1") or "").lower():
                money = price_of(value, currency=code, country=evidence.country)
                if money:
                    yield money


def _state(evidence: Evidence) -> Iterator[Money]:
    item = evidence.state
    if item is None:
        return
    value = first_of(item, *_STATE_PRICES)
    holder = value if isinstance(value, dict) else item
    if isinstance(value, dict):
        value = first_of(value, "amount", "value", "price", "regularprice", "current", "displayvalue", "formatted")
        if isinstance(value, dict):
            holder, value = value, first_of(value, "amount", "value", "displayvalue")
    code = first_of(holder, *_STATE_CURRENCIES) or first_of(item, *_STATE_CURRENCIES)
    money = price_of(value, currency=_code(evidence, code if isinstance(code, str) else None), country=evidence.country)
    if money:
        yield money


def _currency(evidence: Evidence) -> str | None:
    """The currency that the page states elsewhere: in its meta data, or the only one on all its prices."""
    declared = _code(evidence, evidence.document.meta(*_CURRENCY_METAS))
    for thing in evidence.objects:
        for offer in offers(thing):
            declared = declared or _code(evidence, string(offer.get("priceCurrency")))
    return declared or price_page.only_currency(evidence)

"""Prices as a reader sees them: nodes whose class or id speaks of a price, then lines below the title."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice

from selectolax.lexbor import LexborNode

from spiders.extraction.blocks import is_flat
from spiders.extraction.currencies import meaning
from spiders.extraction.evidence import Evidence
from spiders.extraction.marks import above, speaks_of
from spiders.extraction.money import find_amounts, parse_money
from spiders.extraction.outline import Marked
from spiders.extraction.text import entries, latin_digits, one_line
from spiders.extraction.unpriced import says_no_price
from wildtrade.records import Money

MAX_NODES = 100
MAX_RANKED = 15
MANY = 4
MAX_TEXT = 120
_OTHER = speaks_of(
    r"(?<![a-z])(?:old|was|list|rrp|msrp|strike|struck|crossed|original|regular|previous|before|compare|shipping|delivery|saving|save|discount|"
    r"unit|per|installment|instalment|finance|financing|month|mini|total|filter|range|slider|min|max|facet|tax|vat|deposit|history|label|currency|"
    r"anterior|antes|tachado|barre|ancien|statt|alt|uvp|alter|vecchio|stara|staraya|goc|coret|lama|shop-?total|subtotal|coupon|from-?price|alert|drop)"
    r"(?![a-z])"
)
_OWN = speaks_of(
    r"(?<![a-z])(?:current|final|sale|sales|special|now|main|primary|our|actual|product|item|detail|details|ad|buy|offer|fixed|value|display)(?![a-z])"
)
_ELSEWHERE = speaks_of(
    r"related|similar|recommend|carousel|slider|swiper|also|upsell|cross-?sell|footer|header|nav\b|navbar|menu|cart|basket|panier|warenkorb|carrito|wishlist|compari|"
    r"recent|history|suggest|promo|sponsored|banner|popular|bestsell|accessor|variant|option|shipping|delivery|payment|financ|installment|cuotas|widget|"
    r"listing-?item|product-?item|product-?card|productbox|grid|teaser|tile|thumb|compare|search"
)
_PRICE_LIKE = re.compile(r"\d[.,]?\d\d\b|\d\s?[^\w\s.,:;/()+-]|[^\w\s.,:;/()+-]\s?\d")
MAX_STRUCK = 50
MAX_LINES = 600
MAX_LOOKS = 16
_CENTS = "sup,[class*=cent i],[class*=fraction i],[class*=decimal i],[class*=superscript i]"
_OTHERS = speaks_of(r"related|similar|recommend|up-?sell|cross-?sell|compari|sponsored|recently|best-?sell|accessor")
_OLD = ",".join(
    ["del", "s", "strike", "[class~=old]", "[class~=was]", "[class*=strike i]", "[class*=crossed i]"]
    + [
        f"[class*={word} i]"
        for word in entries("old-price old_price oldprice price-old price_old priceold price-was was-price")
    ]
)
_STRUCK = frozenset({"del", "s", "strike"})
_OUTSIDE = frozenset({"header", "footer", "nav", "select"})


def candidates(evidence: Evidence, *, unpriced: bool = False) -> Iterator[Money]:
    """Prices in the order in which they deserve belief. On a page that makes an ``unpriced`` offer, a number counts
    only where the page calls it a price."""
    ranked = _ranked(evidence)
    best = max((found for found in ranked if found[1]), key=lambda found: found[0], default=None)
    if best is not None and best[1] is not None:
        yield best[1]
    elif any(money is None for _, money in ranked):
        return
    yield from _by_line(evidence, bare=not unpriced)


def _ranked(evidence: Evidence) -> list[tuple[float, Money | None]]:
    """What the elements called a price hold, with how much it deserves belief; None where it says that there is no
    price."""
    ranked: list[tuple[float, Money | None]] = []
    times = Counter(marked.marks for marked in evidence.marked["price"])
    seen: set[str] = set()
    best = 0.0
    for order, marked in enumerate(evidence.marked["price"][:MAX_NODES]):
        # The same name many times over: a grid of other offers, unless it is the first of them.
        repeated = times[marked.marks] >= MANY and marked.marks in seen
        seen.add(marked.marks)
        promise = _promise(marked, order) - 4 * repeated
        if promise + 1 <= best:  # not even with a currency
            continue
        score = promise - _doubts(marked.node)
        if score <= 0 or not _is_own(evidence, marked):
            continue
        if money := _money(evidence, marked.node):
            score += money.currency is not None
            best = max(best, score)
            ranked.append((score, money))
        elif marked.below and says_no_price(one_line(marked.node.text(separator=" ")[:200]), as_price=True):
            ranked.append((score, None))
        if len(ranked) >= MAX_RANKED:
            break
    return ranked


def _is_own(evidence: Evidence, marked: Marked) -> bool:
    """Whether the element stands above the title, or its text is among the listing's own lines (or not shown)."""
    if not marked.below:
        return True
    first = next((line for part in marked.node.text(separator="\n")[:500].split("\n") if (line := one_line(part))), "")
    return not first or first in evidence.own_lines


def _promise(marked: Marked, order: int) -> float:
    """How much an element's own name and place say for its being the price."""
    own = marked.marks
    score = 10.0 - min(order, 20) * 0.2 + 3 * marked.below
    return score - 8 * _OTHER(own) + 2 * _OWN(own) + 3 * ("itemprop=price" in own)


def _doubts(node: LexborNode) -> float:
    """How much of that what is around the element takes away."""
    score = 12.0 * (node.tag in _STRUCK)
    for distance, (tag, text) in enumerate(above(node, 9)):
        if tag in _STRUCK or (distance < 3 and _OTHER(text)):
            score += 8
        if tag in _OUTSIDE or _OTHERS(text):
            score += 20
        elif _ELSEWHERE(text):
            score += 7 if distance < 6 else 4
    return score


def _without_struck(node: LexborNode) -> str:
    """The node's text, tokens of split prices joined, without what is struck through."""
    text = node.text(separator=" ")
    if is_flat(node):
        return one_line(text)
    for struck in node.css(_OLD)[:5]:
        text = text.replace(struck.text(separator=" "), " ", 1)
    for piece in node.css(_CENTS)[:2]:
        if (cents := piece.text(strip=True)).isdecimal() and len(cents) == 2:
            text = re.sub(rf"(?<=\d)\s*[.,]?\s+{cents}(?!\d)", f".{cents}", text, count=1)
    return one_line(text)


def _money(evidence: Evidence, node: LexborNode) -> Money | None:
    attribute = node.attributes.get("content")
    if not attribute and len(node.text(strip=True)) > MAX_TEXT:
        return None
    text = attribute or _without_struck(node)
    if (
        text.isdigit()
        and not attribute
        and node.parent is not None
        and len(whole := _without_struck(node.parent)) <= 20
    ):
        text = whole  # the whole part of a split price
    if not text or len(text) > MAX_TEXT or not any(c.isdigit() for c in text):
        return None
    return parse_money(join_split(text), currency=evidence.currency_hint, country=evidence.country)


_SPLIT = re.compile(r"(?<=\d)(?: ?([.,]) ?| )(\d\d)(?=$|\s*[^\d\s.,%])(?!\s*%)")
_SIGNS = r"[$€£¥₴₽₹₺₪฿₫₦]|US\$|EUR|USD|GBP"


_LEADING_SPLIT = re.compile(rf"^((?:{_SIGNS}) ?\d{{1,4}}) (\d\d)(?=$| (?:{_SIGNS}))")


def join_split(text: str) -> str:
    """A price whose cents are a piece of their own, in one piece: "$ 21 11" -> "$ 21.11", "69. 99 €" -> "69.99 €"."""
    text = latin_digits(text)
    text = _LEADING_SPLIT.sub(r"\1.\2", text)
    if re.fullmatch(rf"(?:{_SIGNS})? ?\d{{1,4}}(?: ?[.,] ?| )\d\d ?(?:{_SIGNS})?\*?", text):
        return _SPLIT.sub(lambda match: f"{match.group(1) or '.'}{match.group(2)}", text)
    return text


def _by_line(evidence: Evidence, *, bare: bool) -> Iterator[Money]:
    """Lines that follow a price label, then, where ``bare``, lines that are a price and nothing else; the first 60
    below the title, and none where one of them says that there is no price."""
    for label in evidence.labelled("price"):
        for text in evidence.after(label, 2):
            if money := parse_money(text[:MAX_TEXT], currency=evidence.currency_hint, country=evidence.country):
                yield money
                break
            if says_no_price(text, as_price=True):
                return
    if bare:
        yield from _bare_lines(evidence)


def _bare_lines(evidence: Evidence) -> Iterator[Money]:
    lines = evidence.document.lines
    struck = {one_line(node.text(separator=" ")) for node in evidence.document.tree.css(_OLD)[:MAX_STRUCK]}
    end = min(evidence.end, evidence.start + 60, len(lines))
    for number in range(evidence.start + bool(evidence.heading), end):
        line = lines[number]
        if len(line) > 40 or number in evidence.foreign:
            continue
        if not any(c.isdigit() for c in line):
            if says_no_price(line):
                return
        elif line not in struck and (money := _line_price(evidence, number)):
            yield money


def _line_price(evidence: Evidence, number: int) -> Money | None:
    lines = evidence.document.lines
    text, after = lines[number], lines[number + 1 : number + 3]
    before = lines[number - 1] if number else ""
    if _is_sign(before) and latin_digits(text).replace(",", "").replace(".", "").isdigit():
        text = before + " " + text + (f" {after[0]}" if after and re.fullmatch(r"\d\d", after[0]) else "")
    elif after and _is_sign(after[0]):
        text = f"{text} {after[0]}"
    text = join_split(text)
    amounts = list(find_amounts(text, currency=evidence.currency_hint, country=evidence.country))
    if len(amounts) != 1 or not amounts[0].signed or amounts[0].excluded:
        return None
    rest = text[: amounts[0].start] + text[amounts[0].end :]
    return amounts[0].money if sum(c.isalnum() for c in rest) <= 8 else None


def _is_sign(text: str) -> bool:
    return (len(text) <= 12 and meaning(text.strip(" .:").strip()) is not None) or (
        len(text) <= 12 and meaning(text.strip()) is not None
    )


def only_currency(evidence: Evidence) -> str | None:
    """The currency of all prices on the page where there is but one, else None."""
    found: set[str] = set()
    lines = evidence.document.lines
    likely = (n for n, line in enumerate(lines[:MAX_LINES]) if len(line) <= 40 and _PRICE_LIKE.search(line))
    for number in islice(likely, MAX_LOOKS):
        beside = lines[number + 1] if number + 1 < len(lines) and _is_sign(lines[number + 1]) else ""
        amounts = find_amounts(f"{lines[number]} {beside}", currency=evidence.currency_hint, country=evidence.country)
        found.update(a.money.currency for a in amounts if a.money.currency)
        if len(found) > 1:
            return None
    return found.pop() if found else None

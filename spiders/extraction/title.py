"""The listing's title, and the status that sites write into it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from spiders.extraction.evidence import Evidence
from spiders.extraction.headings import without_site
from spiders.extraction.state_item import TITLE_KEYS, first_of
from spiders.extraction.structured import text_of
from spiders.extraction.text import one_line, plain, words
from wildtrade.records import ListingStatus

MAX_TITLE = 500

_STATUS_WORDS: dict[ListingStatus, str] = {
    ListingStatus.SOLD: (
        "sold|sold out|verkauft|vendido|vendida|vendu|vendue|venduto|venduta|verkocht|sprzedane|продано|продан|"
        "продана|prodáno|predané|prodano|"
        "eladva|vândut|pārdots|parduota|müüdud|myyty|såld|solgt|satıldı|đã bán|terjual|sudah terjual|laku|ขายแล้ว|"
        "已售|已售出|已卖出|已賣出|売り切れ|"
        "売却済み|sold ✓|판매완료|거래완료|مباع|تم البيع|فروخته شد|imeuzwa"
    ),
    ListingStatus.RESERVED: (
        "reserved|on hold|pending|reserviert|reservado|reservada|réservé|réservée|riservato|gereserveerd|"
        "zarezerwowane|забронировано|"
        "зарезервировано|бронь|rezervováno|rezervované|rezervirano|foglalt|rezervat|rezervēts|rezervuota|broneeritud|varattu|reserverad|reserveret|reservert|"
        "rezerve|đã đặt cọc|đã cọc|dipesan|ติดจอง|จองแล้ว|已预订|已預訂|已预定|예약중|محجوز"
    ),
    ListingStatus.REMOVED: "deleted|gelöscht|removed|expired|eliminado|supprimé|удалено|đã gỡ|dihapus|已下架",
}
_AROUND = " !.·•:*[]()"
_BY_WORD = {word: status for status, text in _STATUS_WORDS.items() for word in text.split("|")}
_ANY = "|".join(sorted(map(re.escape, _BY_WORD), key=len, reverse=True))
# A status stands apart from the name: in brackets, or before a dot, colon, dash; "Sold per pair" is no status.
_PREFIX = re.compile(
    rf"^(?:[\[(【《*]\s*({_ANY})\s*[\])】》*]+[\s:·•|–—-]*|({_ANY})\s*[!]*\s*[:·•|–—]\s*|({_ANY})\s+-+\s+)",
    re.IGNORECASE,
)
_SUFFIX = re.compile(
    rf"\s*(?:[\[(【*]+\s*({_ANY})\s*[\])】*]+|[·•|–—]\s*({_ANY})|\s-+\s+({_ANY}))\s*!*$", re.IGNORECASE
)


def split_status(title: str) -> tuple[str, ListingStatus | None]:
    """A title without the status written into it, and that status ("Sold · Blue parrot" -> "Blue parrot", SOLD)."""
    status: ListingStatus | None = None
    for pattern in (_PREFIX, _PREFIX, _SUFFIX):
        match = pattern.search(title)
        rest = (title[: match.start()] + title[match.end() :]).strip() if match else ""
        if match and rest:
            status = status or _BY_WORD[next(filter(None, match.groups())).lower()]
            title = rest
    return title, status


def read_title(evidence: Evidence) -> tuple[str | None, ListingStatus | None]:
    """Title and the status found in it. Order: source's selector, visible heading, structured name, page title."""
    for text in _candidates(evidence):
        title, status = split_status(one_line(text)[:MAX_TITLE])
        if title:
            return title, status
    return None, None


def _candidates(evidence: Evidence) -> list[str]:
    document = evidence.document
    name = next((text for o in evidence.objects if (text := text_of(o, "name", "title", "headline"))), "")
    declared = plain(document.meta("og:title", "twitter:title") or "")
    if evidence.is_shell:
        name = _stated(evidence)
    shown = [without_site(declared, document), without_site(document.page_title, document)]
    named = [evidence.heading, name]
    if _is_stranger(evidence.heading, [name, declared, document.page_title]):
        named.reverse()
    selected = [one_line(text) for text in evidence.selected("title")]
    return [text for text in (*selected, *named, *shown) if text]


def _stated(evidence: Evidence) -> str:
    value = first_of(evidence.state or {}, *TITLE_KEYS)
    return one_line(plain(value)) if isinstance(value, str) else ""


def _is_stranger(heading: str, others: list[str]) -> bool:
    """A heading that shares no word with anything the page calls itself is a slogan."""
    own = words(heading)
    known = [words(other) for other in others if other]
    return bool(known) and all(len(own & other) < 0.15 * min(len(own), len(other)) for other in known)


def status_word(text: str) -> ListingStatus | None:
    """The status that a text consisting of nothing else states ("SOLD!"), or None."""
    return _BY_WORD.get(text.strip(_AROUND).lower())


def any_status_word(folded: Iterable[str]) -> bool:
    """Whether one of the texts (in lower case) states a status."""
    return not _BY_WORD.keys().isdisjoint({text.strip(_AROUND) for text in folded})

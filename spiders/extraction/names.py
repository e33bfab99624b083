"""Which short texts can be the name of a person, a shop or a place."""

from __future__ import annotations

import re

from spiders.extraction.text import one_line
from spiders.extraction.vocabulary import LABELS

# What stands around a seller's name: buttons, links, ratings, dates of membership. Words begin so, or are so.
_CHROME = re.compile(
    r"\b(?:seller|vendor|contact|folgen|mehr erfahren|learn more|más información|en savoir plus|подробнее|pe site|"
    r"на сайте|abonnieren|seguir|suivre|segui\b|obserwuj|подписаться|theo dõi|ikuti|"
    r"profile|member|joined|since|rating|review|feedback|follow|message|chat\b|call\b|phone|show\b|view\b|see\b|"
    r"visit\b|all ads|other ads|more ads|"
    r"verified|offline|last seen|reply|respon[sd]|report\b|share\b|save\b|log ?in|sign in|register|e-?mail|"
    r"whatsapp|positive|items sold|"
    r"verkäufer|anbieter|nutzer|nachricht|kontakt\b|anzeigen|bewertung|zufriedenheit|antwort|privat|gewerblich|"
    r"mitglied|impressum|freundlich|"
    r"vendedor|contactar|perfil|miembro|mensaje|ver más|ver todos|anuncios|opiniones|calificac|ventas|"
    r"anunciante|mensagem|vendas|"
    r"vendeur|contacter|profil\b|membre|annonces|avis\b|particulier|professionnel|venditore|contatta|annunci|"
    r"приватн|persoană fizică|particular|magánszemély|fyzick|perorangan|продавец|написать|"
    r"позвонить|показать|объявлени|отзыв|пользовател|частное лицо|был\b|была\b|рейтинг|"
    r"sprzedawc|sprzedając|ogłosze|osoba prywatna|napisz|zadzwoń|użytkownik|hirdető|eladó|"
    r"người bán|liên hệ|xem\b|chat với|gọi\b|đánh giá|phản hồi|tham gia|hoạt động|cá nhân|trang cá nhân|"
    r"penjual|hubungi|lihat\b|anggota|bergabung|"
    r"sold by|ships from|fulfilled|cookie|privacy|terms\b|advert|sponsored|person\b)|"
    r"ติดตาม|关注|關注|フォロー|บุคคล|个人|ผู้ขาย|ติดต่อ|^ดู|โทร\b|แชท|สมาชิก|"
    r"卖家|賣家|联系|聯絡|查看|进店|評価|出品者|プロフィール|本人確認|質問|판매자|البائع|اتصل|عرض|تواصل",
    re.IGNORECASE,
)
# Words that many names have in them, but that are no names alone.
_ALONE = re.compile(
    r"(?:the |my |this |our )?(?:shop|store|online|active|aktiv|business|private|dealer|individual|company|firma|help|"
    r"about|boutique|tienda|loja|toko|магазин|онлайн|店铺|店鋪|ร้านค้า)(?: (?:now|user|owner|account|us|info|\d.*))?",
    re.IGNORECASE,
)
_NO_NAME = re.compile(r"[$€£¥₽%]|https?:|www\.|@|\d{1,2}:\d{2}|\d{5,}|^\W+$|^[\d\s.,()+/*-]+$|\.{3}|[!?]$")
_ALL_LABELS = frozenset(
    label for field in ("seller", "location", "description", "posted", "price", "condition") for label in LABELS[field]
)
_SALUTATION = re.compile(
    r"^(?:herr|frau|mr\.?|mrs\.?|ms\.?|sr\.?|sra\.?|m\.|mme|by|von|de|par|da|oleh|โดย|bởi)\s+(?=\S)", re.IGNORECASE
)
MAX_NAME = 80


def is_label(text: str) -> bool:
    """Whether a line is itself a label."""
    return text.lower().strip(" :：*") in _ALL_LABELS


def clean_name(text: str) -> str | None:
    """A seller's name out of a line, or None where the line is something else."""
    name = _SALUTATION.sub("", re.sub(r"\s*[(（]\s*[\d.,]+\s*[%)）].*$", "", text).strip(" :：·•|,-–()")).strip()
    if not 2 <= len(name) <= MAX_NAME or len(name.split()) > 9:
        return None
    if _NO_NAME.search(name) or is_label(name) or _ALONE.fullmatch(name):
        return None
    if _CHROME.search(name) and not _is_firm(name):
        return None
    return name if any(c.isalpha() for c in name) else None


def stated_name(text: str | None) -> str | None:
    """A seller's name out of a field that holds nothing else, or None where it is empty, an address or a label."""
    name = one_line(text).strip(" :：·•|,")
    if not 2 <= len(name) <= MAX_NAME or name.startswith(("http:", "https:", "/")) or is_label(name):
        return None
    return name if any(c.isalnum() for c in name) else None


_FIRM = re.compile(
    r"\b(?:gmbh|ltd|llc|inc|s\.?a\.?s?|s\.?r\.?l|sia|oü|uab|kft|s\.?r\.?o|sp\. z o\.o|ооо|ип|pt|cv|co\.|corp|ag|kg|"
    r"bv|immobilien)\b",
    re.IGNORECASE,
)


def _is_firm(name: str) -> bool:
    return bool(_FIRM.search(name))


_NO_PLACE = re.compile(
    r"[$€£¥₽@]|https?:|\b(?:approximate|change|select|choose|search|map\b|show\b|view\b|enter\b|your\b|karte\b|mapa\b|"
    r"auswählen|elige|seleccion|cambiar|выбрать|sold by|ships from|xem\b|chọn\b|pilih\b|shipping|delivery|versand|"
    r"envío|pickup|all |alle |todo\b)|เลือก|^ดู|选择|查看|\?$|!$",
    re.IGNORECASE,
)


# "Estado" stands before a state as well as before a condition.
_CONDITION = re.compile(
    r"(?:muy |como |semi-?|brand |like |as |seperti |gần như )?"
    r"(?:new|used|nuevo|nueva|novo|nova|usado|usada|seminovo|neuf|neuve|occasion|mới|cũ|baru|bekas|nuut|gebruik|mpya|"
    r"全新|二手|มือสอง|ใหม่|جديد|مستعمل|bueno|bom|excelente|reacondicionado|activo|ativo)\b.{0,20}",
    re.IGNORECASE,
)


def clean_place(text: str) -> str | None:
    """A place out of a line, or None where the line is something else."""
    place = text.strip(" :：·•|,-–()>»/")
    if not 2 <= len(place) <= 120 or len(place.split()) > 14 or not any(c.isalpha() for c in place):
        return None
    return None if _NO_PLACE.search(place) or _CONDITION.fullmatch(place) or is_label(place) else place

"""Phrases that stand where a price would and say that none is named."""

from __future__ import annotations

_WHOLE = (
    # What can hardly mean anything else.
    "ask seller|ask the seller|ask for price|ask price|contact for price|contact seller for price|call for price|"
    "price on request|price on application|price upon request|p.o.a|poa|free to collect|free to good home|"
    "free to a good home|preis auf anfrage|zu verschenken|consultar precio|precio a convenir|precio a consultar|"
    "sin precio|a convenir|preço sob consulta|preço a combinar|sob consulta|a combinar|prix sur demande|"
    "prezzo su richiesta|prijs op aanvraag|n.o.t.k|zie omschrijving|zapytaj o cenę|cena do uzgodnienia|"
    "za darmo|договорная|цена договорная|цена по запросу|цена не указана|отдам даром|договірна|dohodou|"
    "cena dohodou|megegyezés szerint|preț la cerere|fiyat sorunuz|giá liên hệ|thỏa thuận|thoả thuận|giá thỏa thuận|"
    "giá thoả thuận|liên hệ để biết giá|hubungi penjual|harga hubungi penjual|tanya harga|harga nego|"
    "สอบถามราคา|ไม่ระบุราคา|ติดต่อสอบถาม|โทรสอบถาม|ราคาสอบถาม|面议|面議|价格面议|價格面議|价格待议|電議|询价|詢價|"
    "要相談|応相談|価格応談|가격 문의|가격제안|السعر عند الاتصال|بدون سعر|على السوم|توافقی|تماس بگیرید|"
    "bei ya maelewano|maelewano|uliza bei|vra verkoper|kontak verkoper|prys op aanvraag|prys op navraag"
)
_AS_PRICE = (
    # What elsewhere may be a button or a word on shipping.
    "ask|free|for free|contact|contact us|contact seller|call|call us|on request|enquire|inquire|make an offer|"
    "make offer|offers|swap|trade|see description|not specified|no price|n/a|auf anfrage|kostenlos|gratis|tausch|"
    "consultar|preguntar|a tratar|grátis|gratuito|doação|consulte|gratuit|sur demande|nous consulter|don|échange|"
    "su richiesta|op aanvraag|bieden|ruilen|бесплатно|даром|по запросу|не указана|уточняйте|обмен|безкоштовно|zdarma|"
    "v texte|v textu|ingyen|ingyenes|la cerere|ücretsiz|liên hệ|miễn phí|cho tặng|hubungi|percuma|nego|ฟรี|สอบถาม|"
    "ติดต่อ|ติดต่อผู้ขาย|แจกฟรี|免费|免費|免費贈送|赠送|洽詢|請洽|聯絡賣家|联系卖家|無料|お問い合わせ|나눔|무료나눔|문의|"
    "مجانا|مجاناً|اتصل|اتصل بنا|رایگان|bure|wasiliana|piga simu|मुफ़्त"
)
_CLEAR = frozenset(_WHOLE.split("|"))
_ALL = _CLEAR | frozenset(_AS_PRICE.split("|"))
MAX_PHRASE = 40


def says_no_price(text: str, *, as_price: bool = False) -> bool:
    """Whether a text is nothing but such a phrase; ``as_price`` where it stands in the place of a price for sure."""
    if len(text) > MAX_PHRASE:
        return False
    return text.strip(" !.:：*-–—()").lower() in (_ALL if as_price else _CLEAR)

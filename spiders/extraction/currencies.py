"""How currencies are written: signs, codes and words, and which of several a sign means in a country."""

from __future__ import annotations

from functools import lru_cache

from spiders.extraction.text import entries

_DOLLARS = "USD CAD AUD NZD SGD HKD TWD NAD BND JMD TTD BBD BSD BZD FJD GYD LRD SRD XCD ZWG"
_PESOS = "MXN COP CLP ARS UYU DOP PHP CUP"

# Written form -> the currencies it may mean; the first is the reading where nothing else is known,
# a leading "?" says that there is none.
_WRITTEN: dict[str, str] = {
    # signs
    "€": "EUR", "£": "GBP EGP LBP SYP SDG", "$": f"USD {_DOLLARS} {_PESOS} NIO BRL", "¥": "JPY CNY", "￥": "JPY CNY",
    "₫": "VND", "₦": "NGN", "₹": "INR", "₨": "INR PKR LKR NPR MUR SCR", "₽": "RUB", "₴": "UAH", "₺": "TRY", "₪": "ILS",
    "₩": "KRW", "₱": "PHP", "₲": "PYG", "₡": "CRC", "₸": "KZT", "₾": "GEL", "₵": "GHS", "₭": "LAK", "៛": "KHR",
    "৳": "BDT", "฿": "THB", "₮": "MNT", "֏": "AMD", "₼": "AZN", "元": "CNY TWD HKD", "円": "JPY", "圓": "TWD HKD",
    # letters and signs
    "US$": "USD", "U$S": "USD", "U$D": "USD", "USD$": "USD", "u$s": "USD", "R$": "BRL", "A$": "AUD", "AU$": "AUD",
    "C$": "CAD NIO", "CA$": "CAD", "CAD$": "CAD", "NZ$": "NZD", "HK$": "HKD", "NT$": "TWD", "S$": "SGD", "N$": "NAD",
    "MX$": "MXN", "Mex$": "MXN", "MEX$": "MXN", "COL$": "COP", "COP$": "COP", "AR$": "ARS", "CLP$": "CLP", "RD$": "DOP",
    "J$": "JMD", "TT$": "TTD", "B$": "BND BSD", "S/.": "PEN", "S/": "PEN", "B/.": "PAB", "Bs.": "BOB VES",
    "Bs": "BOB VES",
    "Bs.S": "VES", "GH₵": "GHS", "GH¢": "GHS", "CN¥": "CNY", "JP¥": "JPY", "E£": "EGP", "L.E.": "EGP", "LE": "EGP",
    "R": "ZAR BRL", "RM": "MYR", "Rp": "IDR", "Rp.": "IDR", "Rs": "INR PKR LKR NPR MUR SCR",
    "Rs.": "INR PKR LKR NPR MUR SCR",
    "INR.": "INR", "KSh": "KES", "KSh.": "KES", "Ksh": "KES", "Ksh.": "KES", "KSH": "KES", "Kshs": "KES",
    "Kshs.": "KES",
    "USh": "UGX", "USh.": "UGX", "Ush": "UGX", "USH": "UGX", "Ugx": "UGX", "Shs": "?KES UGX TZS",
    "Shs.": "?KES UGX TZS",
    "Sh": "?KES UGX TZS SOS", "Sh.": "?KES UGX TZS SOS", "/=": "?KES UGX TZS", "TSh": "TZS", "TSh.": "TZS",
    "Tsh": "TZS",
    "TSH": "TZS", "Gs": "PYG", "Gs.": "PYG", "Q": "?GTQ", "L": "?HNL", "D": "?GMD", "K": "?ZMW PGK MMK", "Ks": "MMK",
    "Kz": "AOA", "MT": "?MZN", "MTn": "MZN", "Ar": "?MGA", "Fr": "?CHF", "Fr.": "CHF", "SFr": "CHF", "FC": "?CDF",
    "F": "?XOF XAF CDF",
    "FCFA": "XAF XOF", "F CFA": "XAF XOF", "CFA": "XAF XOF", "Fcfa": "XAF XOF", "FrCFA": "XAF XOF", "Ft": "HUF",
    "kr": "?SEK NOK DKK ISK",
    "kr.": "DKK SEK NOK ISK", "Kr": "?SEK NOK DKK ISK", "Kč": "CZK", "zł": "PLN", "zl": "PLN", "lei": "RON MDL",
    "Lei": "RON MDL",
    "lv": "BGN", "лв": "BGN", "лв.": "BGN", "TL": "TRY", "₤": "GBP TRY", "DT": "TND", "Dt": "TND", "DH": "MAD AED",
    "Dh": "MAD AED",
    "Dhs": "AED MAD", "dhs": "AED MAD", "DHS": "AED MAD", "DA": "DZD", "KD": "KWD", "BD": "BHD", "JD": "JOD",
    "JOD": "JOD", "SR": "SAR", "QR": "QAR",
    "đ": "VND", "Đ": "VND", "vnđ": "VND", "VNĐ": "VND", "NT": "?TWD", "RMB": "CNY", "Php": "PHP", "P": "?PHP BWP",
    "din": "RSD", "den": "?MKD",
    "KM": "?BAM", "Br": "?ETB BYN", "Nu.": "?BTN", "Tk": "BDT", "Tk.": "BDT", "DM": "?", "GHC": "GHS",
    "GHc": "GHS", "N": "?NGN",
    # words
    "euro": "EUR", "euros": "EUR", "евро": "EUR", "ευρώ": "EUR", "يورو": "EUR", "ยูโร": "EUR", "欧元": "EUR",
    "ユーロ": "EUR",
    "dollar": f"USD {_DOLLARS}", "dollars": f"USD {_DOLLARS}", "dólar": "USD", "dólares": "USD", "dolar": "USD",
    "dolares": "USD",
    "доллар": "USD", "доллара": "USD", "долларов": "USD", "долл": "USD", "dollari": "USD", "دولار": "USD",
    "دلار": "USD", "美元": "USD",
    "美金": "USD", "ดอลลาร์": "USD", "bucks": f"USD {_DOLLARS}", "pound": "GBP EGP", "pounds": "GBP EGP",
    "quid": "GBP", "جنيه": "EGP SDG",
    "руб": "RUB", "руб.": "RUB", "рублей": "RUB", "рубля": "RUB", "рубль": "RUB", "р.": "RUB", "грн": "UAH",
    "грн.": "UAH", "гривен": "UAH",
    "гривень": "UAH", "тенге": "KZT", "тг": "KZT", "тг.": "KZT", "сум": "UZS", "сўм": "UZS", "so'm": "UZS",
    "so‘m": "UZS", "сом": "KGS",
    "сомони": "TJS", "лей": "MDL RON", "ден": "MKD", "дин": "RSD", "złotych": "PLN", "złote": "PLN",
    "korun": "CZK", "kronor": "SEK",
    "kroner": "NOK DKK", "forint": "HUF", "lira": "TRY", "manat": "AZN TMT", "baht": "THB", "bath": "THB",
    "บาท": "THB", "บ.": "THB", "บ": "?THB",
    "đồng": "VND", "đ.": "VND", "dong": "VND", "rupiah": "IDR", "ringgit": "MYR", "peso": f"?{_PESOS}",
    "pesos": f"?{_PESOS}", "piso": "PHP",
    "rand": "ZAR", "rands": "ZAR", "shilling": "?KES UGX TZS SOS", "shillings": "?KES UGX TZS SOS",
    "shilingi": "?TZS KES", "bob": "KES",
    "naira": "NGN", "cedi": "GHS", "cedis": "GHS", "kwacha": "ZMW MWK", "pula": "BWP", "birr": "ETB",
    "dalasi": "GMD", "kwanza": "AOA",
    "kwanzas": "AOA", "metical": "MZN", "meticais": "MZN", "ariary": "MGA", "francs": "?XAF XOF CDF CHF",
    "franc": "?XAF XOF CDF CHF",
    "francs CFA": "XAF XOF", "franc CFA": "XAF XOF", "francs congolais": "CDF", "leones": "SLE",
    "rupee": "INR PKR LKR NPR",
    "rupees": "INR PKR LKR NPR", "रुपये": "INR NPR", "रुपए": "INR", "रु": "INR NPR", "taka": "BDT", "টাকা": "BDT",
    "kyat": "MMK", "kyats": "MMK",
    "ကျပ်": "MMK", "kip": "LAK", "ກີບ": "LAK", "riel": "KHR", "រៀល": "KHR", "yuan": "CNY", "人民币": "CNY",
    "人民幣": "CNY", "块": "CNY", "块钱": "CNY",
    "塊": "TWD", "港币": "HKD", "港幣": "HKD", "台币": "TWD", "台幣": "TWD", "yen": "JPY", "日元": "JPY",
    "won": "KRW", "원": "KRW", "soles": "PEN",
    "sol": "?PEN", "bolivianos": "BOB", "bolívares": "VES", "bolivares": "VES", "guaraníes": "PYG",
    "guaranies": "PYG", "quetzales": "GTQ",
    "lempiras": "HNL", "colones": "CRC", "córdobas": "NIO", "balboas": "PAB", "reais": "BRL", "real": "?BRL",
    "dinar": "?TND KWD BHD JOD LYD IQD DZD RSD",
    "dinars": "?TND KWD BHD JOD LYD IQD DZD RSD", "dirham": "?MAD AED", "dirhams": "?MAD AED",
    "riyal": "?SAR QAR YER OMR", "riyals": "?SAR QAR YER OMR",
    "دينار": "?KWD BHD JOD LYD IQD TND DZD", "د.ك": "KWD", "د.ك.": "KWD", "د.ب": "BHD", "د.أ": "JOD", "د.ا": "JOD",
    "د.ل": "LYD", "د.ع": "IQD", "د.ت": "TND",
    "د.ج": "DZD", "دج": "DZD", "ر.س": "SAR", "ر.س.": "SAR", "ر.ع": "OMR", "ر.ع.": "OMR", "ر.ق": "QAR",
    "ر.ي": "YER", "د.إ": "AED", "د.م": "MAD", "د.م.": "MAD",
    "درهم": "AED MAD", "ريال": "?SAR QAR YER OMR", "ریال": "IRR", "ج.م": "EGP", "ل.س": "SYP", "ل.ل": "LBP",
    "ليرة": "?SYP LBP TRY",
    "تومان": "?", "toman": "?", "تومن": "?", "ש״ח": "ILS", 'ש"ח': "ILS", "שקל": "ILS", "shekel": "ILS", "nis": "ILS",
}  # fmt: skip

_CODES = entries(
    "AED AFN ALL AMD AOA ARS AUD AZN BAM BBD BDT BGN BHD BIF BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY "
    "COP CRC CUP CZK "
    "DJF DKK DOP DZD EGP ETB EUR FJD GBP GEL GHS GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD "
    "JPY KES KGS "
    "KHR KMF KRW KWD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN "
    "NIO NOK NPR NZD OMR "
    "PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SCR SDG SEK SGD SLE SOS SRD SSP SYP SZL THB TJS TMT TND "
    "TRY TTD TWD TZS "
    "UAH UGX USD UYU UZS VES VND VUV XAF XCD XOF XPF YER ZAR ZMW ZWG"
)

WRITTEN: dict[str, tuple[str | None, frozenset[str]]] = {
    form: (None if names.startswith("?") else names.split()[0], frozenset(names.lstrip("?").split()))
    for form, names in (_WRITTEN | {code: code for code in _CODES}).items()
}
_FOLDED = {form.casefold(): meaning for form, meaning in WRITTEN.items()}

ISO_CODES = frozenset(_CODES)

# Written with three decimals: "1.500 KWD" is one and a half. The Iraqi dinar has no coins left, so that
# "25,000 IQD" is twenty-five thousand. In French-writing Tunisia the comma is the decimal sign too.
THREE_DECIMALS = {"KWD": ".", "BHD": ".", "OMR": ".", "JOD": ".", "LYD": ".,", "TND": ".,"}


def meaning(form: str) -> tuple[str | None, frozenset[str]] | None:
    """(usual currency or None, possible currencies) of a form such as ``"R$"`` or ``"baht"``; None if unknown."""
    return WRITTEN.get(form) or _FOLDED.get(form.casefold())


@lru_cache(maxsize=300)
def currency_of(country: str | None) -> str | None:
    """The currency used in a country (ISO 3166 alpha-2) today, e.g. ``"CO"`` -> ``"COP"``; None where unknown."""
    if not country or len(country) != 2:
        return None
    from babel.numbers import get_territory_currencies

    found = get_territory_currencies(country.upper())
    return str(found[0]) if found else None


def resolve(form: str, *, currency: str | None = None, country: str | None = None) -> str | None:
    """The ISO 4217 code that ``form`` stands for, or None where it stays open.

    ``currency`` (the source's own) and ``country`` decide only where the form itself is ambiguous.
    """
    found = meaning(form)
    if found is None:
        return None
    usual, possible = found
    if len(possible) == 1 and usual:
        return usual
    for preferred in (currency, currency_of(country)):
        if preferred in possible:
            return preferred
    return usual

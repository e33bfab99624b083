"""Words and letters that multiply the number before them."""

from __future__ import annotations

import re
from decimal import Decimal

from spiders.extraction.text import entries

_WORDS = {
    1_000: "k K rb ribu nghìn ngàn mil thousand tsd tausend тыс тыс. тысяч тис тис. พัน 千 천 هزار ألف الف آلاف "
    "elfu bin हजार हज़ार ພັນ",
    10_000: "หมื่น 万 萬 만 ໝື່ນ",
    100_000: "lakh lakhs lac lacs laki แสน लाख লাখ ແສນ",
    1_000_000: "tr triệu jt juta million millions millón millon millones mill mill. mio mio. mln mln. млн млн. "
    "миллион миллиона миллионов milhão milhões "
    "milioni milione m M ล้าน مليون میلیون ملايين milyon ລ້ານ",
    10_000_000: "crore crores करोड़",
    100_000_000: "億 亿 억",
    1_000_000_000: "tỷ tỉ miliar milyar billion bn b B млрд млрд. میلیارد مليار",
}

TIMES: dict[str, Decimal] = {w.casefold(): Decimal(n) for n, text in _WORDS.items() for w in text.split()}

# Words of one country's market say the currency too; the first is meant where neither source nor country decides.
CURRENCY_OF_WORD: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("tr", "triệu", "nghìn", "ngàn", "tỷ", "tỉ"), ("VND",)),
    **dict.fromkeys(("jt", "juta", "rb", "ribu", "miliar"), ("IDR", "MYR", "BND", "SGD")),
    **dict.fromkeys(("พัน", "หมื่น", "แสน", "ล้าน"), ("THB",)),
    **dict.fromkeys(("lakh", "lakhs", "lac", "lacs", "crore", "crores"), ("INR", "PKR", "BDT", "NPR", "LKR")),
}
# After these, digits that follow are units: 1万5000 is 15,000.
LITERAL_TAIL = frozenset(entries("千 천 万 萬 만 億 亿 억"))

_FORMS = "|".join(map(re.escape, sorted({w for text in _WORDS.values() for w in text.split()}, key=len, reverse=True)))
# No letter may follow, except đ for đồng and where the script writes no spaces.
MULTIPLIER = re.compile(rf" ?((?i:{_FORMS}))(?![^\W\d_\u0e00-\u0eff\u3040-\u9fff\uac00-\ud7afđĐ])")

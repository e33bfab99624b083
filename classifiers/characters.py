"""What each character folds to: the tables behind ``folding``, filled in lazily, one character at a time."""

from __future__ import annotations

import unicodedata

# Letters that no Unicode normalisation takes apart, as our languages and our evaders use them.
_PLAIN = dict(
    zip("ıȷđøłħŧðɓɗƙƴŋɛɔəɑɡɩɪᴀʙᴄᴅᴇꜰɢʜᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "ijdolhtdbdkyneoeagiiabcdefghjklmnoprstuvwyz", strict=True)
)
# Greek capitals that look like other Latin letters than their small forms do.
_PLAIN |= {"Η": "h", "Ν": "n", "Υ": "y"}
_PLAIN |= {"æ": "ae", "œ": "oe", "þ": "th", "ǃ": "i", "ｰ": " "}
# Negative circled and squared capitals (NFKC leaves them alone).
for _base in (0x1F150, 0x1F170):
    _PLAIN |= {chr(_base + i): chr(97 + i) for i in range(26)}

# Arabic spellings that writers mix freely: alef, hamza, ya and ta marbuta forms; Persian and Urdu letters.
_ARABIC = dict(zip("أإآٱىئیېےؤةۃکڪگہھ", "ااااييييهوههكككهه", strict=True)) | {"ے": "ي", "ئ": "ي"}
_ARABIC |= {"ؤ": "و", "ة": "ه", "ۃ": "ه", "ء": "", "ـ": ""}

# Traditional to simplified, for the characters of animals, plants, materials and trade.
_TRADITIONAL = dict(
    zip(
        "龜鱉鷹鸚鵡貓膽貝鱗龍馬獸獅蘭黃紅雞鳥魚鯊鰻鱘蠍豬樹賣買價齒頭標貨產種條對個貴藥張飾項鏈鐲杯筆製雕純"
        "舊藏顆隻雙針葉檀鵰鴿鸛鶴鵝鴨鷺鸞鳳鰭鯨鱷鰐鱸鯉鮑鮫蟲蠶蝦螞蟻蠅蜆蠔貍驢羚獐麝麗緬蘇門東聯繫電話號碼郵"
        "寄發運費議優惠實體場轉讓預訂採購進證書養殖後無純圖檔盤點單專業級優選見聞報導護區綠藍銀銅鐵鋼錢幣紙書畫",
        "龟鳖鹰鹦鹉猫胆贝鳞龙马兽狮兰黄红鸡鸟鱼鲨鳗鲟蝎猪树卖买价齿头标货产种条对个贵药张饰项链镯杯笔制雕纯"
        "旧藏颗只双针叶檀雕鸽鹳鹤鹅鸭鹭鸾凤鳍鲸鳄鳄鲈鲤鲍鲛虫蚕虾蚂蚁蝇蚬蚝狸驴羚獐麝丽缅苏门东联系电话号码邮"
        "寄发运费议优惠实体场转让预订采购进证书养殖后无纯图档盘点单专业级优选见闻报导护区绿蓝银铜铁钢钱币纸书画",
        strict=True,
    )
)

# Look-alikes of other scripts; used only on words that mix scripts or consist of look-alikes alone.
CONFUSABLE = str.maketrans(
    "аеорсухіјѕһԁԛԝвкмнтгпьӏүԍѵ" + "αβεηικνορτυχωγσςϲϳ" + "օսոհցզյ" + "ꭰꭱꭲꮃꮇꮋꮍꮓ",
    "aeopcyxijshdqwbkmhtrnblygv" + "abenikvoptuxwysscj" + "ounhgqj" + "deiwmhyz",
)

_DELETED = {0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0}
_FIRST_PICTURE = 0x2300  # symbols from here on are pictures (emoji); below they are ©, °, № ...


class FoldTable(dict[int, str]):
    """``str.translate`` table: code point -> folded text; an entry is worked out when first met.

    Letters come out lower-case without Latin accents, digits as ASCII, pictures as words of their own,
    invisible characters and joining marks as nothing, everything else as a space.
    """

    def __init__(self) -> None:
        super().__init__()
        self.uneven: set[str] = set()  # characters met so far that do not fold to exactly one

    def __missing__(self, code: int) -> str:
        folded = _fold_character(chr(code))
        self[code] = folded
        if len(folded) != 1:
            self.uneven.add(chr(code))
        return folded


def _fold_character(character: str) -> str:
    if _is_invisible(character):
        return ""
    special = _PLAIN.get(character) or _ARABIC.get(character) or _TRADITIONAL.get(character)
    if special is not None or character in _ARABIC:
        return special or ""
    pieces = unicodedata.normalize("NFKD", character).casefold()
    if pieces == character:
        return _keep(character)
    return "".join(_PLAIN.get(c) or _ARABIC.get(c) or _keep(c) for c in unicodedata.normalize("NFKD", pieces))


def _keep(character: str) -> str:
    category = unicodedata.category(character)
    if category in ("Nd", "No", "Nl"):
        digit = unicodedata.digit(character, None)
        return character if digit is None else str(digit)
    if category[0] == "L":
        return character
    if _is_invisible(character):
        return ""
    if category[0] == "M":
        return character  # vowel and tone signs of Thai, Khmer, Devanagari ... are letters to their readers
    return f" {character} " if category == "So" and ord(character) >= _FIRST_PICTURE else " "


def _is_invisible(character: str) -> bool:
    code = ord(character)
    if code < 0xAD:
        return False
    category = unicodedata.category(character)
    if category == "Cf" or code in _DELETED or 0xFE00 <= code <= 0xFE0F or 0x1F3FB <= code <= 0x1F3FF:
        return True
    return category in ("Mn", "Me") and (_latin_mark(code) or _arabic_mark(code))


def _latin_mark(code: int) -> bool:
    return 0x300 <= code <= 0x36F or 0x1AB0 <= code <= 0x1AFF or 0x1DC0 <= code <= 0x1DFF or 0x20D0 <= code <= 0x20FF


def _arabic_mark(code: int) -> bool:
    return 0x610 <= code <= 0x61A or 0x64B <= code <= 0x65F or code == 0x670 or 0x6D6 <= code <= 0x6ED


def is_unspaced(character: str) -> bool:
    """Whether the character belongs to a script written without spaces (Thai, Lao, Khmer, Burmese, Han, kana)."""
    code = ord(character)
    return (
        0x0E00 <= code <= 0x0EFF
        or 0x1000 <= code <= 0x109F
        or 0x1780 <= code <= 0x17FF
        or 0x2E80 <= code <= 0x2FDF
        or 0x3005 <= code <= 0x30FF
        or 0x3400 <= code <= 0x9FFF
        or 0x20000 <= code <= 0x3FFFF
    )


FOLD = FoldTable()
UNSPACED = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u30ff\u3400-\u9fff\U00020000-\U0003ffff"

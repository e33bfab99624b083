"""Which charset a page's bytes are in. Labels are hints from strangers: none of them may raise or lose the page."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterable, Sequence

from spiders.extraction.text import entries

# What browsers read a label as: the superset that real pages use. Only these codecs are ever run on a page.
_SUPERSETS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "big5": "big5hkscs",
    "utf-16": "utf-16-le",
}
_ALIASES = {
    "windows-874": "cp874",
    "utf8": "utf-8",
    "x-sjis": "cp932",
    "x-gbk": "gb18030",
    "x-mac-cyrillic": "mac_cyrillic",
}
_ALLOWED = frozenset(
    entries(
        "utf-8 utf-16-le utf-16-be utf-32-le utf-32-be gb18030 big5hkscs cp932 euc_jp iso2022_jp cp949 cp874 cp866 "
        "cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258 iso8859-2 iso8859-3 iso8859-4 iso8859-5 "
        "iso8859-6 iso8859-7 iso8859-8 iso8859-10 iso8859-13 iso8859-14 iso8859-15 iso8859-16 koi8-r koi8-u "
        "mac-roman mac-cyrillic"
    )
)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARED = re.compile(
    rb"""<(?:meta\b[^>]{0,300}?charset|\?xml\b[^>]{0,200}?encoding)\s*=\s*["']?\s*([\w.:-]{2,40})""", re.I
)
_PARAMETER = re.compile(r"""charset\s*=\s*["']?([\w.:-]{2,40})""", re.I)
_MULTIBYTE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_SAMPLE = 200_000


def known(label: str | None) -> str | None:
    """The codec for a charset label, or None for labels that are no charset of the web (idna, hex, utf-7, ...)."""
    if not label:
        return None
    label = label.strip().lower()
    try:
        name = codecs.lookup(_ALIASES.get(label, label)).name
    except (LookupError, ValueError):
        return None
    name = _SUPERSETS.get(name, name)
    return name if name in _ALLOWED else None


def header_charset(content_type: str) -> str | None:
    """The charset label in a Content-Type value."""
    found = _PARAMETER.search(content_type)
    return found.group(1) if found else None


def declared_charset(body: bytes) -> str | None:
    """The charset label a document's first 8 kB declare in ``<meta>`` or ``<?xml?>``."""
    found = _DECLARED.search(body[:8192])
    return found.group(1).decode("ascii", "replace") if found else None


def read(body: bytes, labels: Sequence[str | None]) -> tuple[str, str]:
    """The text of these bytes, and the codec that reads them best; ``labels`` in order of trust."""
    claims = [codec for codec in map(known, labels) if codec]
    if (not claims or "utf-8" in claims) and b"\x00" not in body:  # nearly every page, read once
        try:
            return body.decode(), "utf-8"
        except UnicodeDecodeError:
            pass
    codec = choose(body, labels)
    return body.decode(codec, "replace"), codec


def choose(body: bytes, labels: Iterable[str | None]) -> str:
    """The codec that reads these bytes best; ``labels`` in order of trust."""
    for mark, codec in _BOMS:
        if body.startswith(mark):
            return codec
    sample = body[:_SAMPLE]
    wide = _wide(sample)
    if wide:
        return wide
    claims = [codec for codec in map(known, labels) if codec]
    if _is_utf8(sample, sure="utf-8" in claims or not claims):
        return "utf-8"
    for codec in claims:
        if _reads(sample, codec):
            return codec
    return _sniff(sample) or next((codec for codec in claims if codec != "utf-8"), "cp1252")


def _wide(sample: bytes) -> str | None:
    """UTF-16 without a byte order mark: every second byte of its markup, digits and spaces is NUL."""
    even, odd = sample[0:20_000:2].count(0), sample[1:20_000:2].count(0)
    if (
        max(even, odd) < 4
        or max(even, odd) < 0.1 * min(len(sample), 20_000) / 2
        or min(even, odd) > 0.1 * max(even, odd)
    ):
        return None
    return "utf-16-be" if even > odd else "utf-16-le"


def _is_utf8(sample: bytes, *, sure: bool) -> bool:
    """Whether this is UTF-8; a page that claims otherwise must show it several times to be believed over its label."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError:
        return sure and _mostly_utf8(sample)
    return sure or sample.isascii() or len(_MULTIBYTE.findall(sample)) >= 8


def _mostly_utf8(sample: bytes) -> bool:
    good = len(_MULTIBYTE.findall(sample))
    bad = sum(byte >= 0x80 for byte in _MULTIBYTE.sub(b"", sample))
    return good > 20 * bad


def _reads(sample: bytes, codec: str) -> bool:
    """Whether at most one character in a thousand is wrong in this codec."""
    text = sample.decode(codec, "replace")
    return text.count("�") <= max(2, len(text) // 1000)


_PAIR = re.compile(rb"[\x81-\xfe][\x40-\xfe]")
# In Latin scripts a foreign byte stands alone between ASCII letters.
_ALONE = re.compile(rb"(?<![\x80-\xff])[\x80-\xff]{1,2}(?![\x80-\xff])")
_RUN = re.compile(rb"[\x80-\xff]+")
_THAI_ORDER = re.compile(
    "[\u0e01-\u0e2e][\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]{0,2}|[\u0e40-\u0e44](?=[\u0e01-\u0e2e])|[\u0e2f\u0e30\u0e32\u0e33\u0e45\u0e46\u0e3f\u0e50-\u0e59]"
)


def _sniff(sample: bytes) -> str | None:
    """The codec under which the foreign part reads as everyday text of one script; None where it looks Latin or
    no reading convinces."""
    runs = _RUN.findall(sample)
    if not runs or len(_ALONE.findall(sample)) > 0.6 * len(runs):
        return None
    scores = {codec: score(sample, codec) for codec, score in _SCORES.items()}
    best = max(scores, key=lambda codec: scores[codec])
    return best if scores[best] > 0.55 else None


def _foreign(sample: bytes, codec: str) -> str:
    """The non-ASCII characters, up to 5,000; empty where this codec cannot read the sample."""
    text = sample.decode(codec, "replace")
    if text.count("\ufffd") > max(1, len(text) // 1000):
        return ""
    return "".join(character for character in text if ord(character) > 0xA0)[:5000]


def _share(text: str, first: int, last: int) -> float:
    return sum(first <= ord(character) <= last for character in text) / len(text) if text else 0.0


def _cyrillic(sample: bytes, codec: str) -> float:
    """Russian is mostly small letters; the wrong Cyrillic codec turns them into capitals."""
    return _share(_foreign(sample, codec), 0x430, 0x45F)


def _thai(sample: bytes, codec: str) -> float:
    """A third of Thai is vowels and tone marks, and these follow strict places; random bytes do not."""
    text = _foreign(sample, codec)
    if not text:
        return 0.0
    marks = _share(text, 0xE30, 0xE3A) + _share(text, 0xE40, 0xE4E)
    return sum(map(len, _THAI_ORDER.findall(text))) / len(text) * _share(text, 0xE01, 0xE5B) * min(1.0, 5 * marks)


def _kana(sample: bytes, codec: str) -> float:
    """Japanese prose is a third hiragana or more."""
    return min(1.0, 2.5 * _share(_foreign(sample, codec), 0x3041, 0x30FA))


def _hangul(sample: bytes, codec: str) -> float:
    return _share(_foreign(sample, "euc_kr"), 0xAC00, 0xD7A3)


def _arabic(sample: bytes, codec: str) -> float:
    return _share(_foreign(sample, codec), 0x621, 0x652)


def _common(first: int, last: int) -> Callable[[bytes, str], float]:
    """Chinese: everyday characters have lead bytes in this range. Less sure than a script of its own."""

    def score(sample: bytes, codec: str) -> float:
        pairs: list[bytes] = _PAIR.findall(sample)
        if not pairs or not _foreign(sample, codec):
            return 0.0
        return 0.9 * sum(first <= pair[0] <= last for pair in pairs) / len(pairs)

    return score


_SCORES: dict[str, Callable[[bytes, str], float]] = {
    "cp1251": _cyrillic,
    "koi8-r": _cyrillic,
    "cp874": _thai,
    "cp932": _kana,
    "euc_jp": _kana,
    "cp949": _hangul,
    "gb18030": _common(0xB0, 0xD7),
    "big5hkscs": _common(0xA4, 0xC6),
    "cp1256": _arabic,
}

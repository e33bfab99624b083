"""Plain text helpers: one spelling for spaces and digits."""

from __future__ import annotations

import html
import re
import unicodedata

_SPACES = re.compile(r"\s+")
_LONGEST_LINE = 100_000
_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_TAG = re.compile(r"</?([a-z][a-z0-9-]{0,40})(?:[\s/][^<>]{0,2000})?>", re.IGNORECASE)


def _digit_table() -> dict[int, str]:
    """Every decimal digit of Unicode's basic plane to ASCII, and the Arabic separators to Latin ones."""
    table = {code: str(unicodedata.digit(chr(code))) for code in range(0x660, 0xFFFF) if chr(code).isdecimal()}
    table.update({0x66B: ".", 0x66C: ",", 0xFF0C: ",", 0xFF0E: ".", 0xFF04: "$", 0xFFE5: "¥", 0xFFE1: "£"})
    table.update(dict.fromkeys((0xA0, 0x2007, 0x2009, 0x202F, 0x3000), " "))
    return table


_DIGITS = _digit_table()


def entries(text: str) -> list[str]:
    """The words of a table written as one string."""
    return text.split()


# Elements that stand within a line.
INLINE = frozenset(
    entries(
        "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd mark q s samp small span strike strong "
        "sub sup time tt u var wbr"
    )
)


def one_line(text: str | None) -> str:
    """The text with every run of white space as one space, and without invisible marks; of what is longer than any
    line its first 100,000 characters.

    The joiners of Persian and of emoji (U+200C, U+200D) are content and stay.
    """
    return " ".join(without_invisible(text[:_LONGEST_LINE]).split()) if text else ""


def without_invisible(text: str) -> str:
    """The text without marks that nobody sees: soft hyphens, zero-width spaces, marks of direction."""
    return text if text.isascii() else _INVISIBLE.sub("", text)


def latin_digits(text: str) -> str:
    """The text with Arabic-Indic, Persian, Thai, Devanagari, full-width ... digits as 0-9 and odd spaces as spaces."""
    return text if text.isascii() else without_invisible(text).translate(_DIGITS)


def plain(value: str) -> str:
    """A string out of JSON or an attribute as text: entities resolved, tags removed, with line breaks for those of
    blocks."""
    if "<" in value:
        value = _TAG.sub(lambda tag: "" if tag.group(1).lower() in INLINE else "\n", value)
    if "&" in value:
        value = html.unescape(value)
    return paragraphs(value)


def paragraphs(value: str) -> str:
    """The text with tidy lines: inner white space single, empty lines at most one in a row."""
    lines = [one_line(line) for line in value.splitlines()]
    kept = [line for n, line in enumerate(lines) if line or (n and lines[n - 1])]
    return "\n".join(kept).strip()


def words(text: str) -> set[str]:
    """The words of a text, case folded; for comparing two spellings of one thing."""
    return {found.group() for found in re.finditer(r"\w+", text.casefold())}

"""Ways to reach somebody in a text: phone numbers, mail addresses, handles, links. To be hidden, or to be compared."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

# A sign without which there is none of that kind, and what it looks like. Most texts hold none of the signs.
_KINDS = (
    ("mail", re.compile("@"), re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")),
    ("handle", re.compile("@"), re.compile(r"(?<![\w@])@[\w.]{3,40}")),
    (
        "link",
        re.compile(r"://|www\.|\.me/"),
        re.compile(r"""\b(?:(?:https?://|www\.)[^\s<>"']{3,300}|(?:wa|t|m)\.me/[^\s<>"']{2,100})"""),
    ),
    (
        "phone",
        re.compile(r"\d[\d\s().\u2010-\u2015/-]{3}"),
        re.compile(r"(?<![\w.,])\+?\(?\d(?:[\s().\u2010-\u2015/-]{0,2}\d){7,14}(?!\w)"),
    ),
)
_ACCOUNT_SIGN = re.compile("[:：=信]")
_ACCOUNT = re.compile(
    r"\b(?:line|wechat|weixin|telegram|zalo|viber|skype|instagram|whatsapp)\s*(?:id)?\s*[:：=]\s*(?P<name>[\w.-]{3,40})"
    r"|(?:微信|薇信|v信)(?:号)?\s*[:：]?\s*(?P<han>[A-Za-z][\w-]{4,30})",
    re.IGNORECASE,
)
_GROUPED = re.compile(r"\d{1,3}(?:[., \u00a0]\d{3})+")  # 12.500.000 is a price
_SAME_DIGITS = 9  # a number with and without its country code ends alike


@dataclass(frozen=True, slots=True, order=True)
class Contact:
    """A stretch of a text, and ``value`` by which the same contact is found elsewhere."""

    start: int
    end: int
    kind: str
    value: str


def contacts(text: str | None) -> list[Contact]:
    """The contacts in a text in order, none overlapping."""
    found: list[Contact] = []
    for one in sorted(_candidates(text or ""), key=lambda one: (one.start, -one.end)):
        if not found or one.start >= found[-1].end:
            found.append(one)
    return found


def _candidates(text: str) -> Iterator[Contact]:
    for kind, sign, pattern in _KINDS:
        for match in pattern.finditer(text) if sign.search(text) else ():
            value = _number(match[0]) if kind == "phone" else match[0].strip(".@").casefold()
            if value:
                yield Contact(match.start(), match.end(), kind, value)
    for match in _ACCOUNT.finditer(text) if _ACCOUNT_SIGN.search(text) else ():
        name = "name" if match["name"] else "han"
        yield Contact(match.start(name), match.end(name), "handle", match[name].casefold())


def _number(text: str) -> str:
    """The last digits of a phone number; empty where it looks like an amount or a year span."""
    digits = "".join(str(unicodedata.digit(character)) for character in text if character.isdigit())
    if text[0] not in "+(" and digits[0] != "0" and (len(digits) < 9 or _GROUPED.fullmatch(text)):
        return ""
    return digits[-_SAME_DIGITS:]


def without_contacts(text: str, found: list[Contact]) -> str:
    """The text with a line break in place of each contact found in it."""
    parts, done = [], 0
    for one in found:
        parts.append(text[done : one.start])
        done = one.end
    return "\n".join([*parts, text[done:]])


def masked(text: str | None, names: tuple[str, ...] = ()) -> str:
    """The text with contacts, and these names, replaced by what they are: ``⟨phone⟩``."""
    text = text or ""
    parts, done = [], 0
    for one in contacts(text):
        parts += [text[done : one.start], f"⟨{one.kind}⟩"]
        done = one.end
    hidden = "".join([*parts, text[done:]])
    for name in names:
        hidden = name_pattern(name).sub("⟨seller⟩", hidden)
    return hidden


def name_pattern(name: str) -> re.Pattern[str]:
    """Where a name stands in a text; nowhere for a short one, which is part of other words."""
    name = name.strip()
    return re.compile(re.escape(name) if len(name) > 3 else r"(?!)", re.IGNORECASE)

"""Bytes to text. No exception loses a page: an unknown label falls back, a wrong one is outvoted by the bytes."""

from __future__ import annotations

import re
from dataclasses import dataclass

from spiders import charsets
from spiders.envelopes import unwrap
from wildtrade.records import Page

# "< div" and "</ div >": what careless copying makes of a saved page; a browser takes it for text.
_TORN = re.compile(r"<(/?)\s+(/?(?:a|b|br|div|i|img|li|meta|link|p|script|span|time|ul|video|td|tr)\b)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Decoded:
    """A page as text.

    ``url`` is the page's address, from its wrapper where the page itself came without one. ``status`` is the HTTP
    status. ``media_type`` is lower case without parameters. ``charset`` is the Python codec that was used.
    """

    text: str
    url: str
    status: int
    media_type: str
    charset: str
    warnings: tuple[str, ...] = ()


def decode(page: Page) -> Decoded:
    """Read a page's bytes as text: byte order mark, header, ``<meta>``, then the bytes themselves tell the charset."""
    inner = unwrap(page.body, page.content_type)
    header = charsets.header_charset(inner.content_type)
    text, codec = charsets.read(inner.body, (header, charsets.declared_charset(inner.body)))
    warnings = []
    if header and charsets.known(header) is None:
        warnings.append(f"unknown charset {header!r}: read as {codec}")
    if b"\x00" in inner.body and "\x00" in text:
        text = text.replace("\x00", "")
        warnings.append("NUL characters removed")
    text = text.removeprefix("\ufeff")
    if len(_TORN.findall(text[:200_000])) >= 5:
        text = _TORN.sub(r"<\1\2", text)
        warnings.append("tags torn apart by blanks were mended")
    return Decoded(
        text=text,
        url=inner.url if inner.url and _is_bare(page.url) else page.url,
        status=inner.status or page.status,
        media_type=inner.content_type.partition(";")[0].strip().lower(),
        charset=codec,
        warnings=tuple(warnings),
    )


def _is_bare(url: str) -> bool:
    """Whether an address names a site only, no page of it."""
    return url.partition("://")[2].partition("/")[2].strip("/") == ""

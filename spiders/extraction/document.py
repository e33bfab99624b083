"""A page, parsed once: tree, scripts, meta data, JSON-LD, microdata, embedded state and visible lines."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from spiders.extraction import jsonld, microdata
from spiders.extraction.bounding import bounded
from spiders.extraction.state import Script
from spiders.extraction.text import one_line, without_invisible

MAX_CHARACTERS = 4_000_000  # that are looked at for lines
MAX_LINES = 4000
MAX_LINE = 2000
_COUNTRY_TLD = re.compile(r"\.([a-z]{2})$")
# Two-letter endings sold as words all over the world.
_GENERIC_TLDS = frozenset(
    {"io", "co", "tv", "me", "ai", "cc", "eu", "to", "ly", "gg", "fm", "am", "ws", "la", "su", "sh"}
)


class Document:
    """One HTML page.

    ``text`` is the decoded source, ``url`` the address it came from ("" where unknown). The tree has no scripts and
    styles in it: they are kept in ``scripts``. Everything else is worked out when first asked for and then kept.
    """

    def __init__(self, text: str, url: str = "") -> None:
        self.text = text
        self.url = url
        self.tree = LexborHTMLParser(bounded(text))
        self.scripts = [
            Script((a.get("type") or "").lower(), a.get("id") or "", content)
            for node in self.tree.css("script")
            if (content := node.text()) and (a := node.attributes) is not None
        ]
        self.tree.strip_tags(["script", "style", "template"])

    @cached_property
    def base_url(self) -> str:
        """What relative links are relative to."""
        base = self.tree.css_first("base[href]")
        return self._join(self.url, base.attributes.get("href") or "") if base else self.url

    def absolute(self, link: str | None) -> str | None:
        """An absolute http(s) URL, or None where the link is none (data:, javascript:, empty, malformed)."""
        link = (link or "").strip()
        if (
            not link
            or len(link) > 4000
            or link.startswith(("data:", "javascript:", "blob:", "about:", "mailto:", "tel:", "#"))
        ):
            return None
        if link.startswith(("https://", "http://")):
            return link
        if link.startswith("/") and (origin := self._origin):
            return f"{origin.partition('//')[0]}{link}" if link.startswith("//") else origin + link
        joined = self._join(self.base_url, link)
        return joined if joined.startswith(("https://", "http://")) else None

    @cached_property
    def _origin(self) -> str:
        """Scheme and host of the base URL; most links need no more, and urljoin is slow."""
        found = re.match(r"https?://[^/?#\s]+", self.base_url)
        return found.group() if found else ""

    @staticmethod
    def _join(base: str, link: str) -> str:
        try:
            return urljoin(base, link)
        except ValueError:  # e.g. "http://[broken"
            return ""

    @cached_property
    def host(self) -> str:
        """The host name without "www."."""
        try:
            return (urlsplit(self.url).hostname or "").removeprefix("www.")
        except ValueError:
            return ""

    @cached_property
    def metas(self) -> dict[str, list[str]]:
        """Content of ``<meta>`` by its property, name or itemprop (lower case), in page order."""
        found: dict[str, list[str]] = {}
        for node in self.tree.css("meta[content]")[:500]:
            attributes = node.attributes
            content = (attributes["content"] or "").strip()
            for kind in ("property", "name", "itemprop"):
                if content and (key := attributes.get(kind)):
                    found.setdefault(key.strip().lower(), []).append(content)
        return found

    def meta(self, *names: str) -> str | None:
        """The first content of the first of these names that the page has."""
        return next((self.metas[name][0] for name in names if name in self.metas), None)

    @cached_property
    def json_ld(self) -> list[dict[str, Any]]:
        """Every JSON-LD object of the page, graphs and lists flattened."""
        return jsonld.objects(s.text for s in self.scripts if "ld+json" in s.type)

    @cached_property
    def microdata(self) -> list[dict[str, Any]]:
        """Top-level microdata items in the shape of JSON-LD."""
        return microdata.items(self.tree) if 0 < self.text.count("itemprop") <= microdata.MAX_MARKS else []

    @cached_property
    def page_title(self) -> str:
        """The text of ``<title>``."""
        node = self.tree.css_first("title")
        return one_line(node.text()) if node else ""

    @cached_property
    def lines(self) -> list[str]:
        """The text nodes of the body as a reader's lines: white space tidied, empty ones left out."""
        body = self.tree.body
        if body is None:
            return []
        return tidy_lines(body.text(separator="\n", strip=True, skip_empty=True))

    @cached_property
    def folded_lines(self) -> list[str]:
        """``lines`` in lower case."""
        return "\n".join(self.lines).lower().split("\n")

    @cached_property
    def headings(self) -> list[LexborNode]:
        """The H1 nodes, at most ten."""
        return self.tree.css("h1")[:10]

    @cached_property
    def language(self) -> str | None:
        """The page's language as it declares it (``"pt-br"``), or None."""
        node = self.tree.css_first("html[lang]")
        declared = (node.attributes.get("lang") if node else None) or self.meta("og:locale", "content-language")
        code = (declared or "").strip().replace("_", "-").lower()
        return code if re.fullmatch(r"[a-z]{2,3}(-[a-z0-9]{2,8})*", code) else None

    @cached_property
    def country(self) -> str | None:
        """The country (ISO 3166 alpha-2) told by the host name, else by the declared language, or None."""
        tld = _COUNTRY_TLD.search(self.host)
        if tld and tld.group(1) not in _GENERIC_TLDS:
            return "GB" if tld.group(1) == "uk" else tld.group(1).upper()
        region = re.search(r"-([a-z]{2})$", self.language or "")
        return region.group(1).upper() if region else None


def tidy_lines(text: str) -> list[str]:
    """The lines of a text without those that are empty, white space single; at most 4,000 of 2,000 characters."""
    rough = without_invisible(text[:MAX_CHARACTERS]).split("\n", MAX_LINES * 4)[: MAX_LINES * 4]
    tidy = (
        part if part.isascii() and "  " not in part and len(part) < MAX_LINE else " ".join(part[:MAX_LINE].split())
        for part in rough
    )
    return [line for line in tidy if line][:MAX_LINES]

"""Whether a page is a wall, a challenge, an error or an empty shell instead of what was asked for, and why.

One string proves nothing: shops carry captcha scripts, every page has a login link, posts quote error messages. So a
page that bears content is never called blocked, and one that bears none needs several cues that agree.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from spiders import grid, items
from spiders.blocked_cues import (
    HOME_TITLE,
    LOADING,
    LOGIN_URL,
    MARKS,
    NO_RESULTS,
    PHRASES,
    WIDGETS,
    Cause,
    Phrases,
)
from spiders.extraction import structured
from spiders.extraction.money import find_amounts
from spiders.extraction.state import states
from spiders.links import page_links
from spiders.view import View
from wildtrade.records import PageKind

_THIN, _EMPTY, _LARGE = 1600, 60, 6000
_ENOUGH, _CERTAIN = 3, 6
_FULL = 5
_REFUSALS = {
    401: Cause.LOGIN,
    403: Cause.DENIED,
    407: Cause.DENIED,
    429: Cause.LIMIT,
    451: Cause.DENIED,
    503: Cause.ERROR,
}
_SAMPLE = 150_000


def blocked_reason(view: View) -> str | None:
    """Why this page is not what was asked for, in plain words; None for an ordinary page."""
    if view.data is not None:
        return _refused_api(view.data, view.decoded.status)
    return _Evidence(view).reason()


def is_gone(reason: str | None) -> bool:
    """Whether a reason says that the page was taken down, which is no refusal of us."""
    return bool(reason and reason.startswith(Cause.GONE.value))


def _refused_api(data: Any, status: int) -> str | None:
    """An API's error object instead of an answer."""
    if not isinstance(data, dict) or len(data) > 12 or items.find_items(data):
        return None
    told = " ".join(
        str(data.get(key, ""))
        for key in ("error", "message", "error_description", "errors", "ret", "reason", "detail", "msg")
    )[:2000]
    if not told.strip():
        return None
    stated = data.get("status") or data.get("statusCode") or data.get("code")
    cause = _REFUSALS.get(status) or (_REFUSALS.get(stated) if isinstance(stated, int) else None)
    cause = cause or next((cause for cause, pattern in PHRASES.items() if pattern.search(told)), None)
    if any(mark.occurs(told.lower()) for mark in MARKS):
        cause = Cause.CHALLENGE
    return _say(cause, told) if cause else None


def _say(cause: Cause, words: str) -> str:
    words = " ".join(words.split())[:100]
    return f"{cause.value}: {words}" if words else cause.value


class _Evidence:
    """The cues of one HTML page."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.document = view.document
        self.source = view.text[:_SAMPLE]

    @cached_property
    def lowered(self) -> str:
        return self.source.lower()

    def reason(self) -> str | None:
        if self._is_home():
            return _say(Cause.HOME, self.title)
        if self._is_large() or self.bears_content():
            return None
        scores = dict(self._causes())
        cause = max(scores, key=lambda cause: scores[cause], default=None)
        if cause is not None and scores[cause] + self._general() >= (_CERTAIN if self._names_price() else _ENOUGH):
            return _say(cause, self.vendor or self._quote(cause))
        if self._is_shell():
            return (
                _say(Cause.CHALLENGE, "a script sets a cookie and reloads") if self._reloads() else Cause.SCRIPT.value
            )
        return None

    def _is_large(self) -> bool:
        """Whether the page shows more than any wall does; no wall of text is put together to tell."""
        lines, title = self.document.lines, self.title
        return sum(map(len, lines)) + len(lines) - lines.count(title) * (len(title) + 1) > _LARGE

    @cached_property
    def title(self) -> str:
        return self.document.page_title

    @cached_property
    def headings(self) -> str:
        nodes = self.document.tree.css("h1, h2")[:6]
        return " \n ".join(node.text(separator=" ", strip=True)[:200] for node in nodes)

    @cached_property
    def visible(self) -> str:
        return "\n".join(line for line in self.document.lines if line != self.title)

    @cached_property
    def vendor(self) -> str:
        return next((mark.name for mark in MARKS if mark.occurs(self.lowered)), "")

    def bears_content(self) -> bool:
        """Whether the page holds an offer, results, posts or prose."""
        document = self.document
        if document.meta("product:price:amount", "og:price:amount") or structured.main_objects(document, ""):
            return True
        if self._names_price(near=True) or self._holds_prose():
            return True
        group = grid.best_group(document, page_links(document))
        if group is not None and len(group.urls) >= 4 and (grid.is_grid(group) or group.score > 3):
            return True
        found = items.find_items(states(document.scripts, ["price", "title", "url"])[:4])
        return len(found) >= 2 or any(items.likeness(item) >= _FULL for item in found)

    def _holds_prose(self) -> bool:
        return sum(len(line) for line in self.document.lines if len(line) > 160) > 700 and not self.vendor

    def _names_price(self, *, near: bool = False) -> bool:
        """Whether an amount with a currency stands on the page; ``near``: within a few lines of the main heading, or
        anywhere on a page without one."""
        lines = self.document.lines
        heading = self.document.headings[0].text(separator=" ", strip=True)[:20] if self.document.headings else ""
        if near and heading:
            start = next((n for n, line in enumerate(lines) if line.startswith(heading)), 0)
            lines = lines[max(0, start - 3) : start + 8]
        return any(a.signed for a in find_amounts("\n".join(lines)[:_LARGE]))

    def _causes(self) -> Iterator[tuple[Cause, int]]:
        """How much speaks for each cause."""
        if self.vendor:
            yield Cause.CHALLENGE, 3
        for cause, pattern in PHRASES.items():
            points = 2 * bool(pattern.search(self.title)) + 2 * bool(pattern.search(self.headings))
            if cause is Cause.LOGIN:  # every page has a login link
                points += self._login()
            elif len(self.visible) < _THIN:
                points += self._says(pattern)
            if points:
                yield cause, points + (3 if cause is Cause.CHALLENGE and self.vendor else 0)
        refusal = _REFUSALS.get(self.view.decoded.status)
        if refusal:
            yield refusal, 2

    def _says(self, pattern: Phrases) -> int:
        """A message stands on a short line of its own; in longer text the same words may be anything."""
        lines = [line for line in self.visible.split("\n") if pattern.search(line)]
        if any(len(line) < 100 for line in lines):
            return 2
        return int(bool(lines) and len(self.visible) < _THIN // 2)

    def _login(self) -> int:
        canonical = self.document.tree.css_first("link[rel=canonical]")
        addresses = [
            self.view.url,
            (canonical.attributes.get("href") or "") if canonical else "",
            self.document.meta("og:url") or "",
        ]
        asked = self.document.tree.css_first("input[type=password]") is not None
        return 2 * any(LOGIN_URL.search(urlsplit(a).path or "") for a in addresses) + asked

    def _general(self) -> int:
        """What walls of all kinds share: little text, few links, a widget, an error status."""
        links = len(self.document.tree.css("a[href]"))
        loading = any(LOADING.match(line) for line in self.document.lines)
        points = (len(self.visible) < 700) + (links < 8) + WIDGETS.occurs(self.lowered) + loading
        points += self.view.decoded.status in _REFUSALS
        return points - (3 if NO_RESULTS.search(self.visible) and not self.vendor else 0)

    def _is_shell(self) -> bool:
        """Whether the body is empty of text and pictures, or holds a word or two and the place a script would fill."""
        text = self.visible.strip()
        if len(text) >= _EMPTY or self.document.headings:
            return False
        if (
            text
            and not self.document.scripts
            and not self.document.tree.css_first("script[src], #app, #root, #__next, noscript")
        ):
            return False
        pictures = self.document.tree.css("body img[src]")
        return len(pictures) < 2 and not self.document.tree.css_first("article, main p")

    def _reloads(self) -> bool:
        return bool(
            re.search(r"document\.cookie", self.source)
            and re.search(r"location\.(?:href|reload|replace)|http-equiv=.refresh", self.source)
        )

    def _is_home(self) -> bool:
        """Whether the page is the site's home page though a page of its own was asked for."""
        own = self.document.tree.css_first("head title")
        if own is None and HOME_TITLE.match(self.title):  # a fragment: the only title is the one of its home link
            return True
        asked = urlsplit(self.view.url).path.strip("/") or urlsplit(self.view.url).query
        if not asked or self.view.page.kind_hint not in (PageKind.LISTING, PageKind.SEARCH):
            return False
        canonical = self.document.tree.css_first("link[rel=canonical]")
        address = self.document.absolute(canonical.attributes.get("href")) if canonical else None
        at_root = address is not None and not urlsplit(address).path.strip("/") and not urlsplit(address).query
        return at_root and bool(HOME_TITLE.match(self.title)) and not self.bears_content()

    def _quote(self, cause: Cause) -> str:
        """The words of the page that say so."""
        pattern = PHRASES[cause]
        for text in (self.title, self.headings, self.visible):
            found = pattern.search(text)
            if found:
                start = text.rfind("\n", 0, found.start()) + 1
                return text[start:].split("\n", 1)[0].strip()
        return self.title

"""One page in, all that it says out: decode, tell walls from content, tell the kind, hand over to the platform."""

from __future__ import annotations

from dataclasses import replace

from spiders import tokenizer
from spiders.blocked import blocked_reason, is_gone
from spiders.blocked_cues import Cause
from spiders.extraction.text import words
from spiders.fallback import MAX_DESCRIPTION, WARNING, read_fallback
from spiders.platforms import platform_for, recognise
from spiders.platforms.api import JsonApi
from spiders.platforms.base import Platform
from spiders.platforms.feed import Feed, is_feed
from spiders.platforms.marketplace import Marketplace
from spiders.view import View
from wildtrade.records import Page, PageKind, PageReading
from wildtrade.sources import Source

_NO_JSON, _CUT_SHORT = "not readable as JSON", "the page was cut short"
HALF_READ = (WARNING, _NO_JSON, _CUT_SHORT)  # how the warnings end that mean: there may have been more
_LARGE = 1_000_000
_POSTS = (PageKind.SOCIAL, PageKind.API)


def read_page(page: Page, source: Source | None = None) -> PageReading:
    """Read a page of a source, or, without one, of unknown origin.

    ``page.kind_hint`` says what was expected; a wall is recognised whatever was expected. Never raises for what a page
    holds: a page that cannot be parsed is read by the tokenizer, with a warning.
    """
    view = View(page, source)
    if view.data is None and (reason := tokenizer.pathological(view.text)):
        return read_fallback(page, source, reason, view.decoded)
    if view.data is None and (view.text.lstrip()[:1] in ("{", "[") or "json" in view.decoded.media_type):
        return _with_warnings(PageReading(kind=page.kind_hint or PageKind.API, warnings=(_NO_JSON,)), view)
    platform = platform_for(source) if source else _platform_of(view)
    if isinstance(platform, Marketplace) or view.data is not None:
        reason = blocked_reason(view)
        reading = _blocked(reason, view) if reason else platform.read(view)
    else:
        reading = platform.read(view)
        if not _says_something(reading) and (reason := blocked_reason(view)):
            reading = _blocked(reason, view)
    return _with_warnings(_as_hinted(reading, page), view)


def _platform_of(view: View) -> Platform:
    """The reader of a page of unknown origin."""
    hint = view.page.kind_hint
    if view.data is not None:
        return recognise(view) or JsonApi()
    if hint in (PageKind.LISTING, PageKind.SEARCH):
        return Marketplace()
    known = recognise(view)
    if known is not None:
        return known
    return Feed() if hint in _POSTS or _is_posting(view) or is_feed(view) else Marketplace()


def _is_posting(view: View) -> bool:
    """Whether a page of no known engine calls itself a discussion, a video or a profile."""
    from spiders.extraction.structured import kind

    if (view.document.meta("og:type") or "").lower().split(".")[0] in ("video", "profile", "discussion"):
        return True
    kinds = {kind(entry) for entry in view.document.json_ld}
    return bool(kinds & {"discussionforumposting", "socialmediaposting", "qapage", "profilepage"})


def _says_something(reading: PageReading) -> bool:
    return bool(reading.listing_urls) or any(post.description or post.title or post.images for post in reading.listings)


def _blocked(reason: str, view: View) -> PageReading:
    """A page that was taken down is, in a crawl, a listing page without a listing: the listing is gone, we are not
    refused. Of a page that was cut short the content is missing because of that."""
    if not view.page.complete and reason == Cause.SCRIPT:
        return PageReading(kind=view.page.kind_hint or PageKind.LISTING)
    if view.source is not None and view.page.kind_hint is not PageKind.SEARCH and is_gone(reason):
        return PageReading(kind=PageKind.LISTING, warnings=(reason,))
    return PageReading(kind=PageKind.BLOCKED, blocked_reason=reason)


def _as_hinted(reading: PageReading, page: Page) -> PageReading:
    """Posts are posts, whether somebody calls them social or an API's."""
    hint = page.kind_hint
    return replace(reading, kind=hint) if hint and hint in _POSTS and reading.kind in _POSTS else reading


def _with_warnings(reading: PageReading, view: View) -> PageReading:
    warnings = [*reading.warnings, *view.decoded.warnings]
    if not view.page.complete:
        warnings.append(_CUT_SHORT)
    if view.data is None and reading.kind is PageKind.LISTING and reading.listings:
        reading = _covered(reading, view, warnings)
    return replace(reading, warnings=tuple(dict.fromkeys(warnings)))


def _covered(reading: PageReading, view: View, warnings: list[str]) -> PageReading:
    """Text is not lost: where nothing was recognised, or the tree of a large page holds fewer words than it shows, the
    description is what the tokenizer finds."""
    listing = reading.listings[0]
    silent = listing.title is None and listing.description is None
    if not silent and len(view.text) <= _LARGE:
        return reading
    shown = tokenizer.recover(view.text).text
    kept = "" if silent or view.document.tree.body is None else view.document.tree.body.text(separator=" ")
    if not shown or len(words(kept) & words(shown)) >= 0.9 * len(words(shown)):
        return reading
    warnings.append(
        f"the parser {'recognised nothing' if silent else 'lost text'}: description taken from the tokenizer"
    )
    return replace(reading, listings=(replace(listing, description=shown[:MAX_DESCRIPTION]), *reading.listings[1:]))

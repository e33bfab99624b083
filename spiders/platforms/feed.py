"""Posts on pages of no known engine: what the source's selectors say, else structured data, else blocks that repeat."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from selectolax.lexbor import LexborNode

from spiders import grid, items, payload
from spiders.extraction.document import Document
from spiders.extraction.state import states
from spiders.extraction.structured import kind
from spiders.extraction.text import entries
from spiders.paging import next_page
from spiders.platforms.posts import MAX_POSTS, PostPlatform, distinct
from spiders.view import View
from wildtrade.records import Listing, PageKind, PageReading
from wildtrade.sources import Source

_POSTING = frozenset(
    entries(
        "discussionforumposting socialmediaposting comment blogposting article newsarticle review question answer "
        "videoobject"
    )
)
_POST_NAME = re.compile(
    r"(?:^|[\s_-])(?:post|message|msg|comment|reply|entry|status|tweet|toot|topic|thread|feed-?item|update|story|item|card|note)(?:$|[\s_-]|box|item|list-item|container|wrapper|body|\d)",
    re.I,
)
_AUTHOR = (
    "[itemprop=author] [itemprop=name], [itemprop=author], [rel=author], .p-author, .h-card, "
    "[class*=author], [class*=user-name], [class*=username], [class*=nickname], [class*=nick], "
    "[class*=poster], [class*=display-name], [class*=byline] a, [class*=user] a, a[href*='/u/'], "
    "a[href*='/user'], a[href*='/profile'], a[href*='/member'], a[href*='/@'], [class*=name]"
)
_TIME = (
    "time[datetime], time, [itemprop=datePublished], [itemprop=dateCreated], abbr[title], [data-utime], "
    "[data-timestamp], [data-time], [class*=timestamp], [class*=date], [class*=time], [class*=posted], "
    "[class*=when], [class*=ago]"
)
_TEXT = (
    "[itemprop=articleBody], [itemprop=text], [itemprop=description], .e-content, .entry-content, "
    "[class*=message-body], [class*=post-body], [class*=post-content], [class*=post-text], "
    "[class*=comment-body], [class*=comment-text], [class*=comment-content], [class*=content], "
    "[class*=body], [class*=text], [class*=message], [class*=story], [class*=caption], blockquote, p"
)
_TITLE = (
    "[itemprop=headline], .p-name, [class*=post-title], [class*=thread-title], [class*=topic-title], "
    "[class*=entry-title], h1, h2, h3, h4, [class*=title] a, [class*=subject]"
)
_LINK = (
    "a.u-url, [rel=bookmark], a[class*=permalink], a:has(time), [class*=date] a, [class*=time] a, "
    "a[href*='/post'], a[href*='/p/'], a[href*='/status'], a[href*='/topic'], a[href*='/thread'], h1 a, "
    "h2 a, h3 a"
)


class Feed(PostPlatform):
    """Any page of posts. A source's selectors (``item``, ``description``, ``seller``, ...) win over all guessing."""

    engine = "feed"
    text, author, time, title, link = _TEXT, _AUTHOR, _TIME, _TITLE, _LINK

    def __init__(self, source: Source | None = None) -> None:
        super().__init__(source)
        chosen = source.selectors if source else {}
        names = {
            "item": "item",
            "description": "text",
            "seller": "author",
            "posted_at": "time",
            "title": "title",
            "listing_link": "link",
            "images": "image",
            "location": "place",
            "next_page": "more",
        }
        for field, attribute in names.items():
            if field in chosen:
                setattr(self, attribute, chosen[field])
        if "item" in chosen and "title" not in chosen:
            self.title = ""  # type: ignore[misc]

    def read(self, view: View) -> PageReading:
        """Every post of the page; the page itself as one post where it has no more than that."""
        if self.item:
            return super().read(view)
        posts = list({post.key: post for node in self.nodes(view) if (post := self.post(node, view))}.values())
        signed = sum(bool(post.seller) for post in posts)
        about_one = (view.document.meta("og:type") or "").startswith("video")
        found = (
            posts if len(posts) > 1 and signed >= 0.6 * len(posts) and not about_one else [*single(view), *posts][:1]
        )
        return PageReading(kind=PageKind.SOCIAL, listings=tuple(found), next_page=next_page(view.document))

    def nodes(self, view: View) -> list[LexborNode]:
        """The blocks that are posts."""
        if self.item:
            return super().nodes(view)
        marked = distinct(
            view.document.tree.css(
                "[itemtype*=Comment], [itemtype*=Posting], [itemtype$=Answer], [itemtype$=Question], .h-entry, .hentry"
            )
        )
        return (marked if len(marked) > 1 else repeated(view.document))[:MAX_POSTS]

    def text_of(self, node: LexborNode) -> str | None:
        """The longest of the candidates of the surest kind; the block itself where none is marked."""
        return super().text_of(node) or (None if self.item else node.text(separator=" ", strip=True)[:5000] or None)

    def images_of(self, node: LexborNode, view: View) -> Iterator[str]:
        """Pictures anywhere in the block."""
        text, self.text = self.text, ""  # type: ignore[misc]
        try:
            yield from super().images_of(node, view)
        finally:
            self.text = text  # type: ignore[misc]


def repeated(document: Document) -> list[LexborNode]:
    """Blocks of one make, under one parent or many, that each hold text and look like posts by name or by parts."""
    groups: dict[str, list[LexborNode]] = defaultdict(list)
    for node in distinct(document.tree.css("article, li[class], div[class], section[class], tr[class]"))[:8000]:
        name = f"{node.attributes.get('class') or ''} {node.attributes.get('id') or ''}"
        if node.tag == "article" or _POST_NAME.search(name):
            groups[f"{node.tag}.{re.sub(r'[0-9]+', '', (node.attributes.get('class') or '').split(' ')[0])}"].append(
                node
            )
    best = max(groups.values(), key=_weight, default=[])
    return best if _weight(best) > 0 else []


def is_feed(view: View) -> bool:
    """Whether most of what a page says stands in posts that have an author and a time, and none asks a price as a card
    of a shop does."""
    posts = repeated(view.document)
    if len(posts) < 3:
        return False
    said = sum(len(node.text(separator=" ", strip=True)) for node in posts)
    return said > 0.5 * sum(map(len, view.document.lines)) and not grid.results(view.document)


def _weight(nodes: list[LexborNode]) -> float:
    """How much these blocks look like posts: several, each with an author and a time, most with text."""
    if len(nodes) < 2:
        return 0.0
    sample = nodes[:: max(1, len(nodes) // 12)][:12]
    lengths = [len(node.text(separator=" ", strip=True)) for node in sample]
    authors = sum(
        node.css_first(
            "[class*=author], [class*=user], [class*=nick], [class*=poster], [rel=author], "
            "[itemprop=author], a[href*='/u']"
        )
        is not None
        for node in sample
    )
    times = sum(
        node.css_first("time, abbr[title], [class*=date], [class*=time], [data-utime], [data-timestamp]") is not None
        for node in sample
    )
    if authors + times < len(sample) or sum(length > 15 for length in lengths) < 0.6 * len(sample):
        return 0.0
    return math.sqrt(len(nodes)) * (authors + times) / len(sample) * min(200.0, sum(lengths) / len(sample))


def single(view: View) -> Iterator[Listing]:
    """The page as one post, from its structured data, its state, its meta data."""
    document = view.document
    title, text = (
        document.meta("og:title", "twitter:title"),
        document.meta("og:description", "twitter:description", "description"),
    )
    posting = next((o for o in [*document.json_ld, *document.microdata] if kind(o) in _POSTING), None)
    item: dict[str, Any] = dict(posting or {})
    if not posting and text:
        known = [value for value in states(document.scripts, [text[:60]])[:4] if value]
        item = next((candidate for candidate in _holding(known, text)), {})
    post = items.read_item(item, view) if item else None
    url = document.absolute(document.meta("og:url")) or view.url
    picture = document.absolute(document.meta("og:image", "twitter:image"))
    if not (title or text or post):
        return
    body = (post.description or post.title if post else None) or text
    yield Listing(
        source=view.source_id,
        key=url,
        url=url,
        title=None if body and title and title in body else title,
        description=body,
        price=view.price_in(body),
        seller=(post.seller if post else None) or channel_name(document),
        images=(post.images if post else ()) or ((picture,) if picture else ()),
        posted_at=post.posted_at
        if post
        else view.date(document.meta("article:published_time", "datepublished", "uploaddate")),
    )


def _holding(values: list[Any], text: str) -> Iterator[dict[str, Any]]:
    """Objects in a page's state that say what the page's description says."""
    start = text[:40]
    for value in payload.walk(values):
        if (
            isinstance(value, dict)
            and any(isinstance(v, str) and v.startswith(start) for v in value.values())
            and "date" in items.meanings(value)
        ):
            yield value


def channel_name(document: Document) -> str | None:
    """Who published a page of one post, where a link says so."""
    node = document.tree.css_first(
        "[itemprop=author] [itemprop=name], [rel=author], .yt-user-info a, a.yt-user-name, [class*=channel-name] a"
    )
    if node is None:
        return document.meta("author", "article:author", "twitter:creator")
    return node.attributes.get("content") or node.text(strip=True) or None

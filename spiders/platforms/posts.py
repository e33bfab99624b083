"""Pages of posts: feeds, threads and lists of threads. An engine is told by CSS selectors; each post is a listing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import ClassVar
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from selectolax.lexbor import LexborNode

from spiders.extraction.blocks import block_text
from spiders.extraction.text import one_line
from spiders.items import moment
from spiders.paging import next_page
from spiders.platforms.base import Platform
from spiders.view import View
from wildtrade.records import Listing, PageKind, PageReading

MAX_POSTS = 500
_SESSION = re.compile(r"^(?:sid|s|phpsessid|sessionid)$", re.I)
_POST_NUMBER = re.compile(r"#([\w-]*\d)$|(?:^|[/?&])((?:post|pid|p|comment|msg|reply)?[-=_]?\d+)/?$", re.I)
_STYLE_URL = re.compile(r"""url\(\s*['"]?([^'")]+)""")
_NO_PICTURE = re.compile(r"avatar|emoji|smil|icon|spacer|rank|badge|pixel|logo|blank\.|data:", re.I)
_TIME_ATTRIBUTES = (
    "datetime",
    "data-time",
    "data-utime",
    "data-timestamp",
    "data-created",
    "title",
    "data-content",
    "content",
    "ts",
)


class PostPlatform(Platform):
    """Reads every element that ``item`` finds as one post.

    The class attributes are CSS selectors within the post, tried in the order written; "" means that the engine has no
    such thing. ``mark`` is a selector that only pages of this engine have; ``more`` finds the link to the next page.
    """

    mark: ClassVar[str] = ""
    item: ClassVar[str] = ""
    title: ClassVar[str] = ""
    text: ClassVar[str] = ""
    author: ClassVar[str] = ""
    time: ClassVar[str] = "time[datetime], time"
    link: ClassVar[str] = ""
    image: ClassVar[str] = "img"
    place: ClassVar[str] = ""
    heading: ClassVar[str] = "h1"
    more: ClassVar[str] = ""

    @classmethod
    def recognises(cls, view: View) -> bool:
        return bool(cls.mark) and view.document.tree.css_first(cls.mark) is not None

    def read(self, view: View) -> PageReading:
        """Every post on the page, in page order."""
        posts: dict[str, Listing] = {}
        for node in self.nodes(view):
            post = self.post(node, view)
            if post is None:
                continue
            # Posts of one thread are several, though they share its address; an element within another is the same.
            other = posts.get(post.key)
            if other and (other.seller, other.description) != (post.seller, post.description):
                post = replace(post, key=f"{post.key}#{anchor_of(node) or hash_of(node)}")
            posts[post.key] = post
        return PageReading(kind=PageKind.SOCIAL, listings=tuple(posts.values()), next_page=self.next_page(view))

    def nodes(self, view: View) -> list[LexborNode]:
        """The posts' elements."""
        return distinct(view.document.tree.css(self.item))[:MAX_POSTS]

    def post(self, node: LexborNode, view: View) -> Listing | None:
        """One post, or None where it holds neither text nor picture."""
        title, text, images = self.title_of(node), self.text_of(node), tuple(self.images_of(node, view))
        if not title and not text and not images:
            return None
        url = self.url_of(node, view)
        seller, profile = self.author_of(node, view)
        return Listing(
            source=view.source_id,
            key=self.key_of(node, url, view),
            url=url,
            title=title,
            description=text,
            price=view.price_in("\n".join(filter(None, (title, text)))),
            seller=seller,
            seller_url=profile,
            location=_line(first(node, self.place)),
            images=images,
            posted_at=self.date_of(node, view),
        )

    def title_of(self, node: LexborNode) -> str | None:
        """The post's own title, where posts have one."""
        return _line(first(node, self.title))

    def text_of(self, node: LexborNode) -> str | None:
        """What the post says."""
        found = first(node, self.text)
        return (block_text(found) or None) if found else None

    def author_of(self, node: LexborNode, view: View) -> tuple[str | None, str | None]:
        """Name and profile URL of who wrote it."""
        found = first(node, self.author)
        if found is None:
            return None, None
        profile = found if found.tag == "a" else found.css_first("a[href]")
        url = view.document.absolute(profile.attributes.get("href")) if profile else None
        # A link around a mere portrait: the name is in the address.
        return _line(found) or (
            unquote(urlsplit(url).path.rstrip("/").rpartition("/")[2]) or None if url else None
        ), url

    def date_of(self, node: LexborNode, view: View) -> date | None:
        """When it was posted."""
        return read_time(first(node, self.time), view)

    def url_of(self, node: LexborNode, view: View) -> str:
        """The post's own address; the page's with the post's anchor where it has none."""
        found = first(node, self.link)
        url = view.document.absolute(found.attributes.get("href")) if found else None
        if url:
            return without_session(url)
        name = anchor_of(node)
        return f"{without_session(view.url.partition('#')[0])}#{name}" if name else view.url

    def key_of(self, node: LexborNode, url: str, view: View) -> str:
        """What names this post within its source."""
        pattern = self.source.listing_pattern if self.source else None
        found = pattern.search(url) if pattern is not None else None
        if found is not None:
            # Behind a thread's own address may stand which of its posts is meant.
            number = _POST_NUMBER.search(url[found.end() :])
            return f"{self.key_for(url)}#{number[1] or number[2]}" if number else self.key_for(url)
        return url if url != view.url else f"{url}#{anchor_of(node) or hash_of(node)}"

    def images_of(self, node: LexborNode, view: View) -> Iterator[str]:
        """Absolute URLs of the post's pictures, each once."""
        scope = first(node, self.text) if self.image == "img" and self.text else node
        seen: set[str] = set()
        for picture in scope.css(self.image)[:30] if scope and self.image else []:
            url = picture_url(picture, view)
            if url and url not in seen:
                seen.add(url)
                yield url

    def next_page(self, view: View) -> str | None:
        """The address of the next page of the feed or thread."""
        if not self.more:
            return next_page(view.document)
        node = view.document.tree.css_first(self.more)
        return view.document.absolute(node.attributes.get("href")) if node else None


def distinct(nodes: list[LexborNode]) -> list[LexborNode]:
    """Each node once: a node that answers to two selectors of a list is found twice."""
    return list({node.mem_id: node for node in nodes}.values())


def first(node: LexborNode, css: str) -> LexborNode | None:
    """The first match of the first of these comma-separated selectors that matches; ":self" is the node itself."""
    for selector in filter(None, map(str.strip, css.split(","))):
        found = node if selector == ":self" else node.css_first(selector)
        if found is not None:
            return found
    return None


def _line(node: LexborNode | None) -> str | None:
    if node is None:
        return None
    content = node.attributes.get("content") if node.tag == "meta" else None
    return one_line(content or node.text(separator=" ")).removeprefix("@") or None


def read_time(node: LexborNode | None, view: View) -> date | None:
    """A date from an element: its machine-readable attribute, else its text."""
    if node is None:
        return None
    attributes = node.attributes
    for name in _TIME_ATTRIBUTES:
        value = attributes.get(name)
        if value and (found := moment(value, view) or view.date(value)):
            return found
    return view.date(node.text(separator=" "))


def picture_url(node: LexborNode, view: View) -> str | None:
    """The address of a picture, lazy or drawn as a background; None for avatars, icons and smileys."""
    attributes = node.attributes
    style = _STYLE_URL.search(attributes.get("style") or "")
    names = ("data-src", "data-original", "data-lazy-src", "data-url", "src", "href" if node.tag == "a" else "")
    raw = style.group(1) if style else next((attributes[name] for name in names if name and attributes.get(name)), None)
    marks = f"{raw} {attributes.get('class') or ''} {attributes.get('alt') or ''}"
    return None if raw is None or _NO_PICTURE.search(marks) else view.document.absolute(raw)


def anchor_of(node: LexborNode) -> str:
    """The name by which a fragment points at this post."""
    attributes = node.attributes
    name = attributes.get("id") or attributes.get("data-id") or attributes.get("data-post-id") or ""
    inner = None if name else node.css_first("a[name], [id]")
    return name or ((inner.attributes.get("name") or inner.attributes.get("id") or "") if inner else "")


def hash_of(node: LexborNode) -> str:
    """A name made of the post's text, where the page gives it none."""
    import hashlib

    return hashlib.sha256(node.text(separator=" ").encode()).hexdigest()[:16]


def without_session(url: str) -> str:
    """A forum's address without the visitor's session id."""
    parts = urlsplit(url)
    if not parts.query or not re.search(r"(?:^|&)(?:sid|s|phpsessid|sessionid)=", parts.query, re.I):
        return url
    kept = [(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if not _SESSION.match(k)]
    return urlunsplit(parts._replace(query=urlencode(kept)))

"""Public social sites, from their HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from selectolax.lexbor import LexborNode

from spiders.extraction.blocks import block_text
from spiders.items import moment
from spiders.platforms.feed import single
from spiders.platforms.posts import PostPlatform, picture_url, read_time
from spiders.view import View
from wildtrade.records import Listing, PageKind, PageReading


class Telegram(PostPlatform):
    """Telegram's public preview (``t.me/s/channel``) and its post widget."""

    engine = "telegram"
    mark = ".tgme_widget_message, meta[property='al:android:package'][content='org.telegram.messenger']"
    item = ".tgme_widget_message"
    author = ".tgme_widget_message_owner_name, .tgme_widget_message_author_name"
    time = ".tgme_widget_message_date time, time[datetime]"
    link = "a.tgme_widget_message_date"
    image = (
        "a.tgme_widget_message_photo_wrap, i.tgme_widget_message_video_thumb, .tgme_widget_message_photo, "
        "i.link_preview_image, i.link_preview_right_image"
    )
    place = ".tgme_widget_message_location_title"
    more = "link[rel=prev], a.tme_messages_more[data-before]"

    def read(self, view: View) -> PageReading:
        """The messages; on a post's own page, which shows none, the post as its meta data tell it."""
        reading = super().read(view)
        if reading.listings or not re.search(
            r"t\.me/\w+/\d+|[?&]post=\d+", view.url + (view.document.meta("al:ios:url") or "")
        ):
            return reading
        return replace(reading, listings=tuple(self._from_meta(post, view) for post in single(view)))

    def _from_meta(self, post: Listing, view: View) -> Listing:
        target = re.search(r"domain=(\w+)&(?:amp;)?post=(\d+)", view.document.meta("al:ios:url") or "")
        url = f"https://t.me/{target[1]}/{target[2]}" if target else post.url
        return replace(post, title=None, seller=post.seller or post.title, url=url, key=self.key_for(url))

    def text_of(self, node: LexborNode) -> str | None:
        """The message's own text; a quoted message it answers also has one, inside the reply's box."""
        for found in node.css(".tgme_widget_message_text"):
            above = found.parent
            while above is not None and above.tag != "a" and above.mem_id != node.mem_id:
                above = above.parent
            if above is None or above.tag != "a":
                return block_text(found) or None
        return None

    def url_of(self, node: LexborNode, view: View) -> str:
        """``data-post`` is "channel/number"."""
        post = node.attributes.get("data-post")
        return f"https://t.me/{post}" if post else super().url_of(node, view).partition("?")[0]


class Mastodon(PostPlatform):
    """Mastodon's public pages."""

    engine = "mastodon"
    mark = "#mastodon, .detailed-status, .status__content, meta[content*='Mastodon'][property='og:site_name']"
    item = ".detailed-status, .status, .entry.h-entry"
    text = ".status__content__text, .status__content, .e-content"
    author = ".display-name__account, .p-author .display-name__account, .p-author"
    time = "time[datetime], .dt-published[value], .dt-published"
    link = "a.u-url.u-uid, a.detailed-status__datetime, a.status__relative-time, a.u-url"
    image = ".media-gallery__item img, a.media-gallery__item-thumbnail, .u-photo"
    more = "a.load-more, a[rel=next]"


class Lemmy(PostPlatform):
    """Lemmy's community pages."""

    engine = "lemmy"
    mark = ".post-listing, #app .lemmy-site"
    item = ".post-listing"
    title = ".post-title a, .post-title, h5 a, h1"
    text = ".md-div, #postContent"
    author = ".person-listing"
    time = ".moment-time, [data-tippy-content], time"
    link = "a.post-title-link, .post-title a[href*='/post/'], a[href*='/post/']"
    image = ".thumbnail img, .img-expanded"


class Reddit(PostPlatform):
    """Reddit: old pages, the 2018 design and today's custom elements."""

    engine = "reddit"
    mark = (
        "shreddit-post, shreddit-app, .thing[data-fullname], [data-test-id=post-content], "
        "[data-testid=post-container], .Post[id^=t3_], #SHORTCUT_FOCUSABLE_DIV"
    )
    item = (
        "shreddit-post, shreddit-comment, .thing.link[data-fullname], .thing.comment[data-fullname], "
        "[data-test-id=post-content], .Comment[class*=t1_], [id^=t1_].Comment"
    )
    title = "[slot=title], a.title, p.title a, h1, h2, h3"
    text = (
        "[slot=text-body], [slot=comment], [id$=-post-rtjson-content], .usertext-body .md, "
        "[data-testid=comment], [data-click-id=text], .RichTextJSON-root, .md"
    )
    author = "a.author, a[href*='/user/'], .author"
    time = (
        "time[datetime], faceplate-timeago[ts], [data-testid=comment_timestamp], "
        "[data-testid=post_timestamp], [data-click-id=timestamp]"
    )
    link = (
        "a.comments, a[data-click-id=timestamp], a[data-testid=comment_timestamp], a[data-click-id=body], "
        "a[slot=full-post-link], a.bylink"
    )
    image = (
        "img.media-element, a.thumbnail img, [slot=post-media-container] img, img[src*='redd.it'], .media-preview img"
    )
    more = ".next-button a, a[rel~=next], faceplate-partial[src*=after]"

    def nodes(self, view: View) -> list[LexborNode]:
        """Posts and comments; in the feeds of the 2018 design the posts have another mark."""
        return super().nodes(view) or view.document.tree.css(".Post[id^=t3_], [data-testid=post-container]")

    def title_of(self, node: LexborNode) -> str | None:
        """Comments have no title."""
        if node.tag == "shreddit-comment" or "omment" in (node.attributes.get("class") or ""):
            return None
        return node.attributes.get("post-title") or super().title_of(node)

    def author_of(self, node: LexborNode, view: View) -> tuple[str | None, str | None]:
        """An attribute where there is one; without the "u/" in front."""
        name, profile = super().author_of(node, view)
        name = node.attributes.get("author") or node.attributes.get("data-author") or name
        return (name.removeprefix("u/") if name else None), profile

    def date_of(self, node: LexborNode, view: View) -> date | None:
        """An attribute where there is one."""
        stamp = node.attributes.get("created-timestamp") or node.attributes.get("data-timestamp")
        return (moment(stamp, view) if stamp else None) or super().date_of(node, view)

    def url_of(self, node: LexborNode, view: View) -> str:
        """The permalink."""
        own = view.document.absolute(node.attributes.get("permalink") or node.attributes.get("data-permalink"))
        return own or super().url_of(node, view).partition("?")[0]


class Facebook(PostPlatform):
    """Public Facebook pages as they were served without login."""

    engine = "facebook"
    mark = ".userContentWrapper, ._5pbx.userContent, .fbUserContent"
    item = ".userContentWrapper, .fbUserContent, div[role=article]"
    text = ".userContent, [data-testid=post_message], [data-ad-preview=message]"
    author = "h5 .profileLink, .fwb a, h5 a, h6 a, .profileLink, h2 a, h3 a, h4 a"
    time = "abbr[data-utime]"
    link = "a:has(abbr[data-utime]), a[href*='/posts/'], a[href*='/permalink/']"
    image = "img.scaledImageFitWidth, img.scaledImageFitHeight, a[rel=theater] img"

    def nodes(self, view: View) -> list[LexborNode]:
        """Outermost wrappers only: a shared post sits inside another."""
        return [node for node in super().nodes(view) if node.css_first(self.text) or node.css_first(self.time)]


class VK(PostPlatform):
    """VK walls."""

    engine = "vk"
    mark = ".wall_post_text, .wall_item .pi_text, #page_wall_posts"
    item = ".post[data-post-id], .wall_item"
    text = ".wall_post_text, .pi_text"
    author = ".PostHeaderTitle__authorName, a.author, .pi_author"
    time = "time[datetime], .rel_date[time], .rel_date, .wi_date, .PostHeaderSubtitle__item"
    link = "a.post_link, a.PostHeaderSubtitle__link, a.wi_date"
    image = ".page_post_sized_thumbs a[style], .MediaGrid__imageElement, .thumb_map_img"

    def images_of(self, node: LexborNode, view: View) -> Iterator[str]:
        """Pictures drawn as backgrounds."""
        for picture in node.css(self.image)[:20]:
            url = picture_url(picture, view)
            if url:
                yield url

    def date_of(self, node: LexborNode, view: View) -> date | None:
        """The ``time`` attribute holds seconds."""
        stamp = node.css_first(".rel_date[time]")
        if stamp is not None:
            return moment(stamp.attributes.get("time"), view)
        return read_time(node.css_first(".rel_date, .wi_date, time, .PostHeaderSubtitle__item"), view)


class TikTok(PostPlatform):
    """TikTok's video pages: the post is in the page's state."""

    engine = "tiktok"

    @classmethod
    def recognises(cls, view: View) -> bool:
        return any(script.id == "__UNIVERSAL_DATA_FOR_REHYDRATION__" for script in view.document.scripts)

    def read(self, view: View) -> PageReading:
        """The video as one post."""
        return PageReading(kind=PageKind.SOCIAL, listings=tuple(single(view)))


SOCIAL: tuple[type[PostPlatform], ...] = (Telegram, Reddit, Mastodon, Lemmy, VK, Facebook, TikTok)

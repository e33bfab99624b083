"""The public JSON of social networks and forums. One class, one engine."""

from __future__ import annotations

import re
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from spiders import payload
from spiders.platforms.api import JsonApi, search
from spiders.view import View
from wildtrade.records import Listing


class SocialApi(JsonApi):
    """A JSON API whose items are posts. ``sign`` is a JMESPath that only this engine's answers satisfy."""

    sign: ClassVar[str] = ""

    @classmethod
    def recognises(cls, view: View) -> bool:
        return bool(search(cls.sign, view.data))

    def with_parameter(self, view: View, name: str, value: object) -> str:
        """This page's URL with one query parameter replaced."""
        parts = urlsplit(view.url)
        query = {**dict(parse_qsl(parts.query, keep_blank_values=True)), name: str(value)}
        return urlunsplit(parts._replace(query=urlencode(query)))


class MastodonApi(SocialApi):
    """Mastodon: timelines and search results."""

    engine = "mastodon_api"
    sign = "(statuses || @)[?type(@) == 'object' && account.acct && content != null] | [0]"
    items = "statuses || @"
    fields: ClassVar[dict[str, str]] = {
        "key": "uri || id",
        "url": "url || uri",
        "description": "content || reblog.content",
        "seller": "reblog.account.acct || account.acct",
        "posted_at": "created_at",
        "images": "media_attachments[?type == 'image' || type == 'video'].url || media_attachments[].url",
    }

    def next_page(self, view: View) -> str | None:
        """``max_id`` counts down from the oldest post seen."""
        last = search("(statuses || @)[-1].id", view.data)
        return self.with_parameter(view, "max_id", last) if last and "/timelines/" in view.url else None


class LemmyApi(SocialApi):
    """Lemmy: posts and comments."""

    engine = "lemmy_api"
    sign = "(posts || comments)[?(post.ap_id || comment.ap_id) && creator.name] | [0]"
    items = "[posts, comments][] | [?creator]"
    fields: ClassVar[dict[str, str]] = {
        "key": "comment.ap_id || post.ap_id",
        "url": "comment.ap_id || post.ap_id",
        "title": "comment && `null` || post.name",
        "description": "comment.content || post.body",
        "seller": "creator.name",
        "posted_at": "comment.published || post.published",
        "images": "[post.thumbnail_url, post.url][?@ && (contains(@, '.jp') || contains(@, '.png') || "
        "contains(@, '.webp') || contains(@, 'pictrs'))]",
    }


class BlueskyApi(SocialApi):
    """Bluesky: search results, author feeds, threads."""

    engine = "bluesky"
    sign = "[posts, feed[].post, thread.post][] | [?author.handle && record] | [0]"
    items = "[posts, feed[].post, thread.post, thread.replies[].post][] | [?record]"
    fields: ClassVar[dict[str, str]] = {
        "key": "uri",
        "description": "record.text",
        "seller": "author.handle",
        "posted_at": "record.createdAt || indexedAt",
        "images": "embed.images[].fullsize || embed.media.images[].fullsize || embed.external.thumb",
    }

    def listing(self, row: dict[str, Any], fields: Any, view: View) -> Listing | None:
        """The web address is made of the author and the last part of the ``at://`` URI."""
        handle = search("author.handle", row) or search("author.did", row)
        number = str(row.get("uri", "")).rpartition("/")[2]
        return super().listing(
            {**row, "web": f"https://bsky.app/profile/{handle}/post/{number}"}, {**fields, "url": "web"}, view
        )

    def next_page(self, view: View) -> str | None:
        """The cursor as a parameter."""
        cursor = search("cursor", view.data)
        return self.with_parameter(view, "cursor", cursor) if cursor else None


class RedditApi(SocialApi):
    """Reddit listings, and threads with nested comments; also inside recorded exchanges."""

    engine = "reddit_api"
    fields: ClassVar[dict[str, str]] = {
        "key": "name || id",
        "url": "permalink",
        "title": "title",
        "description": "selftext || body",
        "seller": "author",
        "posted_at": "created_utc",
        "images": "preview.images[].source.url || [url_overridden_by_dest, url]"
        "[?@ && (contains(@, '.jp') || contains(@, '.png'))] | [:1]",
    }

    @classmethod
    def recognises(cls, view: View) -> bool:
        return isinstance(view.data, dict | list) and bool(cls.things(view.data))

    @staticmethod
    def things(data: Any) -> list[dict[str, Any]]:
        """Posts (t3) and comments (t1) at any depth, in order of depth."""
        found = (value for value in payload.walk(data) if isinstance(value, dict) and value.get("kind") in ("t1", "t3"))
        return [thing["data"] for thing in found if isinstance(thing.get("data"), dict)]

    def read(self, view: View) -> Any:
        """The posts and comments, with addresses on the site."""
        from dataclasses import replace

        rows = [
            {**row, "permalink": urljoin("https://www.reddit.com/", str(row.get("permalink", "")))}
            for row in self.things(view.data)
        ]
        listings = {item.key: item for row in rows if (item := self.listing(row, self.fields, view))}
        reading = replace(super().read(view), listings=tuple(listings.values()))
        after = next(
            (v["after"] for v in payload.walk(view.data) if isinstance(v, dict) and v.get("after") and "children" in v),
            None,
        )
        return replace(
            reading,
            next_page=self.with_parameter(view, "after", after) if after and len(urlsplit(view.url).path) > 1 else None,
        )


class DiscourseApi(SocialApi):
    """Discourse: a topic's posts, a list of topics, search results."""

    engine = "discourse_api"
    sign = "post_stream.posts || topic_list.topics || (posts && grouped_search_result)"
    items = "post_stream.posts || posts || topic_list.topics"
    fields: ClassVar[dict[str, str]] = {
        "key": "join('', [(cooked || blurb) && 'p' || 't', to_string(id)])",
        "title": "title || fancy_title || name && `null`",
        "description": "cooked || blurb || excerpt",
        "seller": "username || last_poster_username",
        "posted_at": "created_at",
        "images": "[image_url][?@]",
    }

    def listing(self, row: dict[str, Any], fields: Any, view: View) -> Listing | None:
        """Addresses are made of ids; the first post carries the topic's title."""
        topic, number = row.get("topic_id") or row.get("id"), row.get("post_number")
        path = f"/t/{row.get('topic_slug') or row.get('slug') or '-'}/{topic}" + (
            f"/{number}" if number and number != 1 else ""
        )
        if number == 1:
            row = {**row, "title": search("title", view.data)}
        return super().listing({**row, "web": path}, {**fields, "url": "web"}, view)

    def next_page(self, view: View) -> str | None:
        """``more_topics_url`` names the HTML page: the JSON lies beside it."""
        more = search("topic_list.more_topics_url", view.data)
        return (
            urljoin(view.url, re.sub(r"^([^?]*?)(?:\.json)?(\?|$)", r"\1.json\2", more))
            if isinstance(more, str)
            else None
        )


class VkApi(SocialApi):
    """VK's ``wall.get`` and ``newsfeed.search``."""

    engine = "vk_api"
    sign = "response.items[?owner_id && text != null] | [0]"
    items = "response.items"
    fields: ClassVar[dict[str, str]] = {
        "key": "join('_', [to_string(owner_id), to_string(id)])",
        "url": "join('', ['https://vk.com/wall', to_string(owner_id), '_', to_string(id)])",
        "description": "text",
        "seller": "to_string(from_id || owner_id)",
        "posted_at": "date",
        "images": "attachments[].photo.sizes[-1].url",
    }


class YouTubeApi(SocialApi):
    """YouTube's data API."""

    engine = "youtube_api"
    sign = "items[?snippet.channelTitle] | [0]"
    items = "items[?snippet]"
    next = "none"
    fields: ClassVar[dict[str, str]] = {
        "key": "id.videoId || id",
        "url": "join('', ['https://www.youtube.com/watch?v=', to_string(id.videoId || id)])",
        "title": "snippet.title",
        "description": "snippet.description",
        "seller": "snippet.channelTitle",
        "posted_at": "snippet.publishedAt",
        "images": "[snippet.thumbnails.high.url || snippet.thumbnails.default.url][?@]",
    }


APIS: tuple[type[SocialApi], ...] = (MastodonApi, LemmyApi, BlueskyApi, DiscourseApi, VkApi, YouTubeApi, RedditApi)

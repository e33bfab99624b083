"""JSON: engines by name, sources by expression, and everything else by what its keys mean."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from spiders import payload
from spiders.reading import read_page
from tests.spiders.pages import API, page, source
from wildtrade.records import ListingStatus, Money, PageReading


def read(data: Any, url: str = "https://api.example/v1/x", **values: Any) -> PageReading:
    text = data if isinstance(data, str) else json.dumps(data)
    return read_page(page(text, url, content_type="application/json"), values.get("source"))


SHAPES: dict[str, Any] = {
    "plain": {
        "results": [
            {
                "id": 7,
                "title": "Lamp",
                "price": 1500.5,
                "currency_id": "COP",
                "permalink": "https://b.example/7",
                "thumbnail": "https://b.example/7.jpg",
                "seller": {"id": 1, "nickname": "ada"},
                "address": {"city_name": "Cali"},
                "date_created": "2026-11-02T08:00:00Z",
            }
        ]
    },
    "nodes": {
        "data": {
            "search": {
                "edges": [
                    {
                        "node": {
                            "id": "7",
                            "name": "Lamp",
                            "price": {"amount": "1500.50", "currency": "COP"},
                            "url": "/7",
                            "images": [{"url": "//b.example/7.jpg"}],
                            "user": {"username": "ada"},
                            "location": {"city": "Cali"},
                            "createdAt": 1793606400,
                        }
                    }
                ]
            }
        }
    },
    "wrapped": {
        "items": [
            {
                "item_basic": {
                    "itemid": 7,
                    "name": "Lamp",
                    "price": "1,500.50",
                    "currency": "COP",
                    "url": "/7",
                    "image": "https://b.example/7.jpg",
                    "shop_name": "ada",
                    "region_name": "Cali",
                    "ctime": 1,
                    "created": 1793606400000,
                }
            }
        ]
    },
    "bare list": [
        {
            "ad_id": 7,
            "subject": "Lamp",
            "price_obj": {"value": 1500.5, "currency": "COP"},
            "url": "/7",
            "photos": ["/7.jpg"],
            "account_name": "ada",
            "region": "Cali",
            "list_time": 1793606400000,
        }
    ],
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    "wrap", ["{}", "export const data = {};\n", "module.exports = {}\n", "callback({});", ")]}}'\n{}"]
)
def test_items_are_found_whatever_they_are_called(shape: str, wrap: str) -> None:
    reading = read(wrap.replace("}}", "}").replace("{}", json.dumps(SHAPES[shape])))
    assert reading.kind is API
    (item,) = reading.listings
    assert item.title == "Lamp"
    assert item.price == Money(amount=Decimal("1500.5"), currency="COP")
    assert (item.seller, item.location) == ("ada", "Cali")
    assert item.images[0].endswith("/7.jpg")
    assert item.posted_at == date(2026, 11, 2)
    assert "7" in item.key


def test_a_source_names_the_fields() -> None:
    known = source(
        kind="api",
        api={
            "items": "a.b",
            "fields": {
                "key": "n",
                "title": "t",
                "price": "p.v",
                "currency": "p.c",
                "url": "u",
                "status": "s",
                "images": "i",
            },
            "next_page": "more",
            "next_url": "https://api.example/v1/x?after={cursor}",
        },
    )
    data = {
        "a": {
            "b": [
                {
                    "n": 1,
                    "t": "Lamp <b>new</b>",
                    "p": {"v": 5, "c": "PEN"},
                    "u": "/l/1",
                    "s": "sold",
                    "i": ["/1.jpg"] * 2,
                },
                {"n": 2},
            ]
        },
        "more": "k/2",
    }
    reading = read(data, source=known)
    (item,) = reading.listings
    assert (item.key, item.price, item.url) == (
        "1",
        Money(amount=Decimal(5), currency="PEN"),
        "https://api.example/l/1",
    )
    assert (item.status, item.images) == (ListingStatus.SOLD, ("https://api.example/1.jpg",))
    assert reading.next_page == "https://api.example/v1/x?after=k%2F2"


ENGINES: dict[str, tuple[str, Any, str]] = {
    "mastodon": (
        "https://m.example/api/v1/timelines/tag/lamp",
        [
            {
                "id": "9",
                "uri": "https://m.example/@ada/9",
                "url": "https://m.example/@ada/9",
                "content": "<p>Carved lamp</p>",
                "account": {"acct": "ada"},
                "created_at": "2026-11-02T08:00:00Z",
                "media_attachments": [{"type": "image", "url": "https://m.example/9.jpg"}],
            }
        ],
        "https://m.example/@ada/9",
    ),
    "lemmy": (
        "https://l.example/api/v3/search?q=lamp",
        {
            "posts": [
                {
                    "post": {
                        "name": "Lamp",
                        "body": "Carved lamp",
                        "ap_id": "https://l.example/post/9",
                        "published": "2026-11-02T08:00:00Z",
                        "thumbnail_url": "https://l.example/9.jpg",
                    },
                    "creator": {"name": "ada"},
                    "community": {"name": "x"},
                }
            ],
            "comments": [],
        },
        "https://l.example/post/9",
    ),
    "bluesky": (
        "https://api.bsky.app/xrpc/app.bsky.feed.searchPosts?q=lamp",
        {
            "posts": [
                {
                    "uri": "at://did:plc:x/app.bsky.feed.post/9z",
                    "author": {"handle": "ada"},
                    "record": {"text": "Carved lamp", "createdAt": "2026-11-02T08:00:00Z"},
                    "embed": {"images": [{"fullsize": "https://cdn.example/9.jpg"}]},
                }
            ],
            "cursor": "25",
        },
        "https://bsky.app/profile/ada/post/9z",
    ),
    "reddit": (
        "https://oauth.reddit.com/search?q=lamp",
        {
            "kind": "Listing",
            "data": {
                "after": "t3_8",
                "children": [
                    {
                        "kind": "t3",
                        "data": {
                            "name": "t3_9",
                            "title": "Lamp",
                            "selftext": "Carved lamp",
                            "author": "ada",
                            "permalink": "/r/x/comments/9/lamp/",
                            "created_utc": 1793606400.0,
                            "url": "https://i.redd.it/9.jpg",
                        },
                    }
                ],
            },
        },
        "https://www.reddit.com/r/x/comments/9/lamp/",
    ),
    "discourse": (
        "https://f.example/t/7.json",
        {
            "title": "Lamp",
            "post_stream": {
                "posts": [
                    {
                        "id": 9,
                        "topic_id": 7,
                        "topic_slug": "lamp",
                        "post_number": 1,
                        "cooked": "<p>Carved lamp</p>",
                        "username": "ada",
                        "created_at": "2026-11-02T08:00:00Z",
                        "image_url": "https://f.example/9.jpg",
                    }
                ]
            },
        },
        "https://f.example/t/lamp/7",
    ),
    "vk": (
        "https://api.vk.com/method/wall.get",
        {
            "response": {
                "count": 1,
                "items": [
                    {
                        "id": 9,
                        "owner_id": -3,
                        "from_id": "ada",
                        "text": "Carved lamp",
                        "date": 1793606400,
                        "attachments": [{"type": "photo", "photo": {"sizes": [{"url": "https://vk.example/9.jpg"}]}}],
                    }
                ],
            }
        },
        "https://vk.com/wall-3_9",
    ),
}


@pytest.mark.parametrize("engine", ENGINES)
def test_social_apis(engine: str) -> None:
    url, data, address = ENGINES[engine]
    (post,) = read(data, url).listings
    assert (post.description, post.seller, post.posted_at) == ("Carved lamp", "ada", date(2026, 11, 2))
    assert post.url == address
    assert post.images[0].endswith("9.jpg")


def test_cursors_become_addresses() -> None:
    assert (
        read(ENGINES["bluesky"][1], ENGINES["bluesky"][0]).next_page
        == "https://api.bsky.app/xrpc/app.bsky.feed.searchPosts?q=lamp&cursor=25"
    )
    assert (
        read(ENGINES["reddit"][1], ENGINES["reddit"][0]).next_page
        == "https://oauth.reddit.com/search?q=lamp&after=t3_8"
    )
    assert "max_id=9" in (read(ENGINES["mastodon"][1], ENGINES["mastodon"][0]).next_page or "")


def test_comments_nested_and_recorded_exchanges() -> None:
    reply = {
        "kind": "t1",
        "data": {"name": "t1_2", "body": "Nice", "author": "bob", "permalink": "/r/x/c/2", "created_utc": 1793606400},
    }
    thing = {
        "kind": "t1",
        "data": {
            "name": "t1_1",
            "body": "Look",
            "author": "ada",
            "permalink": "/r/x/c/1",
            "replies": {"data": {"children": [reply]}},
        },
    }
    recorded = {
        "interactions": [
            {"response": {"body": {"string": json.dumps({"kind": "Listing", "data": {"children": [thing]}})}}}
        ]
    }
    assert [post.seller for post in read(recorded, "https://reddit.com/").listings] == ["ada", "bob"]


@pytest.mark.parametrize(
    "text",
    [
        '{"a":' * 100_000 + "1" + "}" * 100_000,
        "[" * 200_000,
        '{"a": ' + "9" * 100_000 + "}",
        '{"a": NaN}',
        "{'a': undefined}",
        "{",
        "",
        "export default",
    ],
)
def test_broken_json_never_raises(text: str) -> None:
    payload.loads(text)
    assert read(text).listings == ()

"""Posts of social sites and forums: author, text, day, address, pictures, from each engine's own markup."""

from __future__ import annotations

from datetime import date

import pytest

from spiders.platforms import platform_for
from spiders.reading import read_page
from tests.spiders.pages import SOCIAL, page, source

PAGES = {
    "telegram": (
        "https://t.me/s/lamps",
        '<div class="tgme_widget_message" data-post="lamps/{n}"><a class="tgme_widget_message_owner_name" '
        'href="https://t.me/lamps"><span>{who}</span></a>'
        '<a class="tgme_widget_message_reply" href="https://t.me/lamps/1"><div class="tgme_widget_message_t'
        'ext">Quoted</div></a>'
        '<a class="tgme_widget_message_photo_wrap" style="width:9px;background-image:url(\'https://cdn.exam'
        'ple/{n}.jpg\')"></a><div class="tgme_widget_message_text">{text}</div>'
        '<a class="tgme_widget_message_date" href="https://t.me/lamps/{n}"><time datetime="2026-11-0{n}'
        'T08:00:00+00:00">08:00</time></a></div>',
        "https://t.me/lamps/{n}",
    ),
    "mastodon": (
        "https://social.example/@ada",
        '<div class="entry h-entry"><div class="status"><a class="p-author"><span class="display-name__acco'
        'unt">@{who}</span></a><div class="status__content e-content"><p>{text}</p></div>'
        '<a class="status__relative-time u-url u-uid" href="https://social.example/@ada/{n}">'
        '<time datetime="2026-11-0{n}T08:00:00Z">Nov</time></a></div></div>',
        "https://social.example/@ada/{n}",
    ),
    "reddit": (
        "https://www.reddit.com/r/lamps/",
        '<shreddit-post permalink="/r/lamps/comments/abc{n}/t/" author="{who}" created-timestamp="2026-11-0'
        '{n}T08:00:00+0000" post-title="T"><div slot="text-body"><p>{text}</p></div></shreddit-post>',
        "https://www.reddit.com/r/lamps/comments/abc{n}/t/",
    ),
    "discourse": (
        "https://forum.example/t/lamps/7",
        '<div class="topic-body crawler-post"><span class="creator" itemprop="author"><a itemprop="url" '
        'href="/u/x"><span itemprop="name">{who}</span></a></span>'
        '<meta itemprop="datePublished" content="2026-11-0{n}T08:00:00Z"><div class="post" itemprop="articl'
        'eBody"><p>{text}</p></div></div>',
        None,
    ),
    "phpbb": (
        "https://forum.example/viewtopic.php?t=7&sid=abc",
        '<div id="p{n}" class="post"><div class="postbody"><h3><a href="./viewtopic.php?p={n}'
        '&amp;sid=abc#p{n}">Re</a></h3><p class="author">by <a class="username" href="./u">{who}'
        "</a> "
        '<time datetime="2026-11-0{n}T08:00:00+00:00">x</time></p><div class="content">{text}</div></div></div>',
        "https://forum.example/viewtopic.php?p={n}#p{n}",
    ),
    "xenforo": (
        "https://forum.example/threads/lamps.7/",
        '<article class="message message--post" data-author="{who}" id="js-post-{n}"><h4 class="message-nam'
        'e"><a class="username" href="/m/1">{who}</a></h4>'
        '<ul class="message-attribution-main"><a href="/threads/lamps.7/post-{n}"><time datetime="2026-11-0'
        '{n}T08:00:00+0000">x</time></a></ul><div class="message-body"><div class="bbWrapper">'
        "{text}</div></div></article>",
        "https://forum.example/threads/lamps.7/post-{n}",
    ),
    "vbulletin": (
        "https://forum.example/showthread.php?t=7",
        '<table id="post{n}"><tr><td class="thead">2026-11-0{n}, 01:00 PM <a id="postcount{n}'
        '" href="showthread.php?p={n}#post{n}">#{n}</a></td></tr><tr><td><a class="bigusername" '
        'href="m.php">{who}</a></td>'
        '<td><div id="post_message_{n}">{text}</div></td></tr></table>',
        "https://forum.example/showthread.php?p={n}#post{n}",
    ),
    "invision": (
        "https://forum.example/topic/7-lamps/",
        '<article class="ipsComment" id="elComment_{n}"><aside class="ipsComment_author"><h3 '
        'class="ipsType_break"><a href="/profile/1">{who}</a></h3></aside>'
        '<div class="ipsComment_meta"><a href="/topic/7-lamps/?do=findComment&amp;comment={n}'
        '"><time datetime="2026-11-0{n}T08:00:00Z">x</time></a></div><div data-role="commentContent">'
        "<p>{text}</p></div></article>",
        "https://forum.example/topic/7-lamps/?do=findComment&comment={n}",
    ),
    "smf": (
        "https://forum.example/index.php?topic=7.0",
        '<div class="post_wrapper"><div class="poster"><h4><a href="?action=profile">{who}</a>'
        '</h4></div><div class="postarea"><div class="keyinfo"><h5><a href="?topic=7.msg{n}#msg{n}'
        '">Re</a></h5>'
        '<div class="smalltext">« November 0{n}, 2026, 08:00:00 »</div></div><div class="post">'
        '<div class="inner" id="msg_{n}">{text}</div></div></div></div>',
        "https://forum.example/index.php?topic=7.msg{n}#msg{n}",
    ),
    "pantip": (
        "https://pantip.com/topic/7",
        '<div class="display-post-wrapper" id="comment-{n}"><div class="display-post-story">{text}'
        '</div><a class="display-post-name" href="/p/1">{who}</a><abbr data-utime="11/0{n}/2026 '
        '08:00:00">x</abbr></div>',
        "https://pantip.com/topic/7#comment-{n}",
    ),
    "hackernews": (
        "https://news.example/item?id=7",
        '<table><tr class="athing comtr" id="{n}"><td><a class="hnuser" href="user?id=x">{who}'
        '</a><span class="age" title="2026-11-0{n}T08:00:00"><a href="item?id={n}">ago</a></span>'
        '<span class="commtext">{text}</span></td></tr></table>',
        "https://news.example/item?id={n}",
    ),
    "feed": (
        "https://murmur.example/",
        '<article class="post" id="post-{n}"><header><a class="author" href="/u/x">{who}</a><a '
        'class="when" href="/post/{n}"><time datetime="2026-11-0{n}">x</time></a></header><p '
        'class="text">{text}</p></article>',
        "https://murmur.example/post/{n}",
    ),
}


@pytest.mark.parametrize("engine", PAGES)
def test_every_post_with_author_text_day_and_address(engine: str) -> None:
    url, post, address = PAGES[engine]
    body = "".join(post.format(n=n, who=f"ada{n}", text=f"Carved lamp {n},<br>price $ 4{n}") for n in range(2, 6))
    reading = read_page(page(f"<html><body><h1>Lamps</h1>{body}</body></html>", url))
    assert reading.kind is SOCIAL
    assert [post.seller for post in reading.listings] == [f"ada{n}" for n in range(2, 6)]
    assert [(post.description or "").replace("\n", " ") for post in reading.listings] == [
        f"Carved lamp {n}, price $ 4{n}" for n in range(2, 6)
    ]
    assert [post.posted_at for post in reading.listings] == [date(2026, 11, n) for n in range(2, 6)]
    assert len({post.key for post in reading.listings}) == 4
    if address:
        assert [post.url for post in reading.listings] == [address.format(n=n) for n in range(2, 6)]


def test_prices_of_posts_only_where_they_are_clear() -> None:
    texts = [
        "Lamp, price: $ 40",
        "Lamp for 40 $, was happy with it",
        "I paid $ 40, then $ 20, then $ 7",
        "Call 0812345678, 3 pieces",
    ]
    body = "".join(
        f'<div class="tgme_widget_message" data-post="a/{n}"><div class="tgme_widget_message_text">{text}</div></div>'
        for n, text in enumerate(texts)
    )
    prices = [post.price and post.price.amount for post in read_page(page(body, "https://t.me/s/a")).listings]
    assert prices == [40, 40, None, None]


def test_telegram_pictures_and_the_page_of_one_post() -> None:
    url, post, _ = PAGES["telegram"]
    assert read_page(page(post.format(n=3, who="a", text="x"), url)).listings[0].images == (
        "https://cdn.example/3.jpg",
    )
    single = (
        '<html><head><meta property="al:ios:url" content="tg://resolve?domain=lamps&amp;post=9">'
        '<meta property="og:title" content="Lamps">'
        '<meta property="al:android:package" content="org.telegram.messenger"><meta property="og:descriptio'
        'n" content="Brass lamp 40 €"></head><body><a>View</a></body></html>'
    )
    (found,) = read_page(page(single, "https://t.me/")).listings
    assert (found.seller, found.description, found.url) == ("Lamps", "Brass lamp 40 €", "https://t.me/lamps/9")


def test_a_list_of_threads_gives_threads_and_where_they_are() -> None:
    rows = "".join(
        f'<div class="structItem structItem--thread"><div class="structItem-title"><a href="/threads/lamp-{n}'
        f'.{n}/">Lamp {n}</a></div>'
        f'<div class="structItem-minor"><a class="username">ada{n}</a><div class="structItem-startDate">'
        f'<time datetime="2026-11-0{n}T08:00:00Z">x</time></div></div></div>'
        for n in range(1, 4)
    )
    text = (
        f'<html id="XF" data-app="public"><body>{rows}<a class="pageNav-jump pageNav-jump--next" '
        f'href="/forums/f.2/page-2">Next</a></body></html>'
    )
    reading = read_page(page(text, "https://forum.example/forums/f.2/"))
    assert [thread.title for thread in reading.listings] == ["Lamp 1", "Lamp 2", "Lamp 3"]
    assert reading.listing_urls[0] == "https://forum.example/threads/lamp-1.1/"
    assert reading.next_page == "https://forum.example/forums/f.2/page-2"


def test_posts_of_one_thread_stay_several() -> None:
    thread = source(kind="forum", engine="xenforo", listing_url=r"/threads/[^/]*\.(\d+)")
    own = '<div class="message-attribution-main"><a href="/threads/lamps.7/post-{n}">#</a></div>'
    for link, name in ((own, "post"), ("", "js-post")):
        body = "".join(
            f'<article class="message message--post" data-author="ada{n}" id="js-post-{n}"><div class="message-body">'
            f'<div class="bbWrapper">Lamp {n}</div></div>{link.format(n=n)}</article>'
            for n in (31, 32)
        )
        reading = read_page(page(body, "https://bazaar.example/threads/lamps.7/"), thread)
        assert [post.key for post in reading.listings] == [f"7#{name}-31", f"7#{name}-32"]


def test_a_list_of_threads_of_unknown_make_still_links_to_them() -> None:
    forum = source(kind="forum", engine="xenforo", listing_url=r"/threads/[^/]*\.(\d+)/?$")
    rows = '<li><a href="/threads/lamp.1/">A</a></li><li><a href="/threads/bell.2/">B</a></li>'
    text = f'<html id="XF"><body><ul>{rows}</ul></body></html>'
    reading = read_page(page(text, "https://bazaar.example/forums/f.2/"), forum)
    assert reading.listing_urls == ("https://bazaar.example/threads/lamp.1/", "https://bazaar.example/threads/bell.2/")


def test_nairaland_joins_two_rows() -> None:
    rows = "".join(
        f'<tr><td class="bold l pu"><a class="user" href="/ada{n}">ada{n}</a> <span class="s">'
        f"<b>08:00am</b> On <b>Nov 0{n}</b>, <b>2026</b></span></td></tr>"
        f'<tr><td id="pb{n}"><div class="narrow">Lamp {n}</div></td></tr>'
        for n in range(1, 3)
    )
    reading = read_page(page(f"<body><h2>Lamps</h2><table>{rows}</table></body>", "https://www.nairaland.com/7/lamps"))
    assert [(post.seller, post.description) for post in reading.listings] == [("ada1", "Lamp 1"), ("ada2", "Lamp 2")]


def test_a_source_names_the_parts_of_its_posts() -> None:
    known = source(
        kind="social",
        follow=False,
        listing_url=r"/p/(\w+)$",
        selectors={
            "item": ".x",
            "description": ".t",
            "seller": ".s",
            "posted_at": ".d",
            "listing_link": "a.l",
            "location": ".w",
            "images": ".i img",
        },
    )
    post = (
        '<div class="x"><b class="s">Ada</b><a class="l" href="/p/k1">·</a><i class="d">2 days '
        'ago</i><p class="t">Lamp</p><q class="w">Lima</q><div class="i"><img src="/1.jpg"></div>'
        "</div>"
    )
    (found,) = read_page(page(f"<body>{post}</body>"), known).listings
    assert (found.key, found.seller, found.description, found.location) == ("k1", "Ada", "Lamp", "Lima")
    assert (found.posted_at, found.images) == (date(2026, 11, 18), ("https://bazaar.example/1.jpg",))
    assert platform_for(known).engine == "feed"


def test_a_post_is_read_from_its_meta_data_where_the_page_is_built_by_script() -> None:
    head = (
        '<meta property="og:type" content="video.other"><meta property="og:title" content="Ada '
        'on Clips"><meta property="og:description" content="Carving a lamp"><meta property="og:image" '
        'content="/c.jpg">'
    )
    (found,) = read_page(
        page(
            f"<html><head>{head}</head><body><div>Log in</div></body></html>",
            "https://clips.example/v/7",
            kind_hint=SOCIAL,
        )
    ).listings
    assert (found.description, found.images) == (
        "Carving a lamp",
        ("https://bazaar.example/c.jpg".replace("bazaar", "clips"),),
    )

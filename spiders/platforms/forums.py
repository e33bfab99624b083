"""Forum engines. One class, one engine; selectors of several versions stand side by side."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import ClassVar

from selectolax.lexbor import LexborNode

from spiders.platforms.marketplace import listing_urls
from spiders.platforms.posts import PostPlatform, first
from spiders.view import View
from wildtrade.records import Listing, PageKind, PageReading


class Forum(PostPlatform):
    """A thread gives its posts; a list of threads gives the threads, and their addresses to be read.

    ``row`` finds one thread in a list; ``row_*`` are selectors within it. The first post of a thread carries the
    thread's title.
    """

    row: ClassVar[str] = ""
    row_title: ClassVar[str] = ""
    row_author: ClassVar[str] = ""
    row_time: ClassVar[str] = "time[datetime], time"

    def read(self, view: View) -> PageReading:
        """Posts of a thread, or the threads of a list."""
        reading = super().read(view)
        if reading.listings:
            return self._titled(reading, view)
        threads = [
            thread
            for node in (view.document.tree.css(self.row)[:500] if self.row else [])
            if (thread := self._thread(node, view))
        ]
        urls = tuple(dict.fromkeys(thread.url for thread in threads))
        return PageReading(
            kind=PageKind.SOCIAL,
            listings=tuple({thread.key: thread for thread in threads}.values()),
            # A list whose rows look like none we know still links to its threads.
            listing_urls=urls or listing_urls(view.document, self.source),
            next_page=reading.next_page,
        )

    def _titled(self, reading: PageReading, view: View) -> PageReading:
        heading = first(view.document.tree.root, self.heading) if view.document.tree.root else None
        title = " ".join(heading.text(separator=" ").split()) if heading else ""
        if not title or reading.listings[0].title:
            return reading
        return replace(reading, listings=(replace(reading.listings[0], title=title), *reading.listings[1:]))

    def _thread(self, node: LexborNode, view: View) -> Listing | None:
        return ThreadRow(self).post(node, view)


class ThreadRow(PostPlatform):
    """One line in a list of threads, read with a forum's ``row_*`` selectors."""

    def __init__(self, forum: Forum) -> None:
        super().__init__(forum.source)
        self.title = self.link = forum.row_title  # type: ignore[misc]
        self.author, self.time = forum.row_author, forum.row_time  # type: ignore[misc]
        self.text = self.image = ""  # type: ignore[misc]


class Discourse(Forum):
    """Discourse: the crawler's HTML in ``<noscript>`` and the rendered page."""

    engine = "discourse"
    mark = (
        "meta[name=generator][content^=Discourse], .crawler-post, #data-discourse-setup, "
        ".topic-post article[data-post-id]"
    )
    item = ".crawler-post, article[data-post-id]"
    text = "[itemprop=articleBody], [itemprop=text], .post, .cooked"
    author = "[itemprop=author] [itemprop=name], .creator [itemprop=name], .creator a, .names .username, .names a"
    time = "[itemprop=datePublished], time[datetime], .relative-date, .post-date"
    link = "[itemprop=mainEntityOfPage], a.post-date, .crawler-post-infos a"
    heading = ".crawler-topic-title, h1"
    row = ".topic-list-item, tr[itemprop=itemListElement]"
    row_title = "a.title, a[itemprop=url], .main-link a"
    row_author = ".posters a, .topic-poster a"
    row_time = ".relative-date, td.age, time"


class PhpBB(Forum):
    """phpBB 2 and 3."""

    engine = "phpbb"
    mark = "#phpbb, .postbody .content, td .postbody, .postauthor, a.topictitle[href*=viewtopic]"
    item = (
        "div.post[id^=p], article.post, article.thread_post, table.tablebg:has(.postbody), "
        "tr:has(> td > span.name):has(.postbody)"
    )
    text = ".content, .post_content, div.postbody, span.postbody, .postbody"
    author = (
        ".author .username, .author .username-coloured, .author strong a, .postauthor, a.postauthor, "
        ".postprofile .username, .postprofile a.username-coloured, span.name b, .name"
    )
    time = (
        ".author time[datetime], time[datetime], .dateline_timestamp, p.author, td.gensmall div:last-child, "
        ".postdetails, .gensmall"
    )
    link = "h3 a[href*='#p'], a.dateline_permalink, .author a[href*='#p'], a[href*='viewtopic'][href*='p=']"
    heading = "h2.topic-title, h1.thread_title, a.titles, .maintitle, h2, h1"
    more = ".pagination a[rel=next], a[rel=next], .pagination .next a, .arrow.next a"
    row = "li.row:has(a.topictitle), tr:has(a.topictitle)"
    row_title = "a.topictitle"
    row_author = ".topic-poster .username, .topic-poster a, .username, .topicauthor a, .topicauthor"
    row_time = ".topic-poster time, time, .topicdetails"


class XenForo(Forum):
    """XenForo 1 and 2."""

    engine = "xenforo"
    mark = (
        "html#XenForo, html[data-app=public].has-js, html[data-xf], .p-body .message--post, article.message"
        "--post[data-author], "
        "#messageList .message, .structItem--thread, li.message[data-author]"
    )
    item = "article.message[data-author], .message--post, li.message[data-author]"
    text = ".message-body .bbWrapper, .bbWrapper, .messageContent blockquote, .messageText, .messageContent article"
    author = ".message-name .username, .message-name, .userText .username, a.username"
    time = (
        ".message-attribution time[datetime], time[datetime], .message-date time, .datePermalink .DateTime, "
        ".DateTime, abbr.DateTime"
    )
    link = (
        ".message-attribution-main a[href*='post-'], .message-attribution-opposite a[href*='post-'], "
        "a.datePermalink, a.hashPermalink"
    )
    heading = "h1.p-title-value, .titleBar h1, .thread-detail-title h1, h1"
    more = "a.pageNav-jump--next, link[rel=next], a[rel=next], .PageNav a.text[rel=next]"
    row = ".structItem--thread, li.discussionListItem"
    row_title = ".structItem-title a[href*='threads/'], h3.title a.PreviewTooltip, .structItem-title a, h3.title a"
    row_author = ".structItem-minor .username, a.username, .posterDate a"
    row_time = ".structItem-startDate time, time[datetime], .DateTime"


class VBulletin(Forum):
    """vBulletin 3, 4 and 5."""

    engine = "vbulletin"
    mark = (
        "meta[name=generator][content^=vBulletin], [id^=post_message_], .postbitlegacy, .b-post, .threadbit, "
        "[id^=thread_title_], #vbulletin_html"
    )
    item = (
        "li.postbit, li.postbitlegacy, li.postcontainer, .b-post--main, li.b-post, "
        "section[id^=post]:has([id^=post_message_]), table[id^=post]:has([id^=post_message_]), "
        "div[id^=edit]:has([id^=post_message_])"
    )
    text = "[id^=post_message_], blockquote.postcontent, .js-post__content-text, .postcontent"
    author = (
        ".bigusername, .username strong, a.username, .author [itemprop=name], .b-userinfo__details .author, .username"
    )
    time = "[itemprop=dateCreated], time[datetime], .b-post__timestamp time, .postdate .date, .date, td.thead"
    link = "a[id^=postcount], a.postcounter, .post-count a, a.b-post__count, a[href*='#post']"
    heading = ".threadtitle, h1.main-title, .pagetitle h1, h1"
    more = "a[rel=next], .pagination .next a, a.js-pagenav-next-button"
    row = "li.threadbit, tr:has(a[id^=thread_title_]), tr.topic-item"
    row_title = "a.title[id^=thread_title_], a[id^=thread_title_], a.topic-title, h3.threadtitle a.title"
    row_author = ".threadmeta .author a, .author a.username, .smallfont span, .topic-info a"
    row_time = ".threadmeta .author .label, .author .label, .topic-info .date, td.alt2 .smallfont"


class Invision(Forum):
    """Invision Community (IP.Board) 3, 4 and 5."""

    engine = "invision"
    mark = ".ipsComment, .post_block, [data-role=commentContent], .ipsData__item, body.ipsApp, #ipboard_body"
    item = "article.ipsComment, article.ipsEntry, div.post_block"
    text = "[data-role=commentContent], [itemprop=commentText], .entry-content, .ipsRichText"
    author = (
        ".ipsComment_author .ipsType_break, .cAuthorPane_author a, .ipsEntry__username a, "
        ".author_info .author, li.author, .author"
    )
    time = "time[datetime], abbr.published, [itemprop=commentTime]"
    link = ".ipsComment_meta a[href*='comment'], a[rel=bookmark], a.ipsType_blendLinks"
    heading = "h1.ipsType_pageTitle, h1.ipsPageHeader__title, h1.ipsType_pagetitle, h1"
    more = ".ipsPagination_next a, .ipsPagination__next a, a[rel=next], link[rel=next]"
    row = "li.ipsDataItem, li.ipsData__item, tr.__topic, tr[itemtype*=Article]"
    row_title = ".ipsDataItem_title a, .ipsData__title a, h4 a, a.topic_title, a[itemprop=url]"
    row_author = ".ipsDataItem_meta a, .ipsData__meta a, .desc a, .author"
    row_time = "time[datetime], time"


class SMF(Forum):
    """Simple Machines Forum."""

    engine = "smf"
    mark = "#forumposts, [id^=msg_].inner, #messageindex, .post_wrapper .postarea"
    item = ".post_wrapper, .windowbg:has(.post)"
    text = ".post .inner, [id^=msg_].inner, .post"
    author = ".poster h4 a, .poster h4, .poster b"
    time = ".postinfo .smalltext, .keyinfo .smalltext, .page_number, .smalltext"
    link = ".keyinfo h5 a, .postinfo a[href*='msg'], a[href*='#msg']"
    heading = "#forumposts .catbg, #display_head h2, h1, h2"
    row = "#topic_container > div, #messageindex tr:has([id^=msg_])"
    row_title = "[id^=msg_] a"
    row_author = ".subject p a, p.floatleft a, .starter a"
    row_time = ".lastpost, .smalltext"


class BbPress(Forum):
    """bbPress (WordPress)."""

    engine = "bbpress"
    mark = ".bbp-reply-content, ul[id^=bbp-topic-], #bbpress-forums"
    item = "div.reply.type-reply, div.topic.type-topic:has(.bbp-reply-content), .bbp-body > div:has(.bbp-reply-content)"
    text = ".bbp-reply-content, .bbp-topic-content"
    author = "a.bbp-author-name, .bbp-author-name, .bbp-reply-author a"
    time = ".bbp-reply-post-date"
    link = "a.bbp-reply-permalink"
    more = ".bbp-pagination-links a.next, a.next.page-numbers"
    row = "ul[id^=bbp-topic-]"
    row_title = "a.bbp-topic-permalink"
    row_author = ".bbp-topic-started-by a.bbp-author-name, .bbp-topic-started-by .bbp-author-name, .bbp-author-name"
    row_time = ""


class Pantip(Forum):
    """Pantip (Thailand)."""

    engine = "pantip"
    mark = ".display-post-story"
    item = ".display-post-wrapper:has(.display-post-story)"
    title = "h2.display-post-title"
    text = ".display-post-story"
    author = "a.display-post-name, .display-post-name"
    more = ""

    def date_of(self, node: LexborNode, view: View) -> date | None:
        """Pantip writes the month first."""
        stamp = node.css_first("abbr[data-utime]")
        found = re.match(r"(\d{1,2})/(\d{1,2})/(\d{4})", stamp.attributes.get("data-utime") or "") if stamp else None
        return view.date(f"{found[3]}-{int(found[1]):02}-{int(found[2]):02}") if found else None


class Nairaland(Forum):
    """Nairaland (Nigeria): a post is a header row and, below it, a body row."""

    engine = "nairaland"
    mark = "td[id^=pb] div.narrow"
    item = "td[id^=pb]"
    text = "div.narrow"
    author = "a.user"
    time = "span.s"
    heading = "h2, h1"
    row = "td[id^=top]"
    row_title = "b a"
    row_author = "span.s b a"
    row_time = ""

    def post(self, node: LexborNode, view: View) -> Listing | None:
        """The body, with author and time from the row above."""
        post = super().post(node, view)
        row = node.parent
        header = row.prev if row else None
        while header is not None and header.tag != "tr":
            header = header.prev
        if post is None or header is None:
            return post
        seller, profile = self.author_of(header, view)
        return replace(post, seller=seller, seller_url=profile, posted_at=self.date_of(header, view))


class HackerNews(Forum):
    """News sites on the Arc engine: table rows, the story first and its comments below."""

    engine = "hackernews"
    mark = "#hnmain, tr.athing"
    item = "tr.athing.comtr, table.fatitem"
    title = ".titleline > a"
    text = ".commtext, .toptext"
    author = ".hnuser"
    time = ".age[title], .age"
    link = ".age a"
    row = ""
    more = "a.morelink"


FORUMS: tuple[type[Forum], ...] = (
    Discourse, XenForo, VBulletin, Invision, SMF, BbPress, Pantip, Nairaland, HackerNews, PhpBB,
)  # fmt: skip

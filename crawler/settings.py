"""Scrapy's settings for one run: polite, hardened, the same for every source but for its own delay.

Scrapy's defaults execute code from local ports, follow links into the host's files, skip TLS verification and
ignore robots.txt. Each of these is turned off at the highest priority and checked before a run starts.
"""

from __future__ import annotations

import sys
from typing import Any

from scrapy.settings import BaseSettings, Settings

from wildtrade import __version__
from wildtrade.errors import ConfigError
from wildtrade.settings import CrawlSettings
from wildtrade.sources import Source

# The order of the pipelines, and the one table of them; ``None`` in place of a number switches one off.
PIPELINES: dict[str, int | None] = {
    "crawler.pipelines.capture.CapturePipeline": 100,  # seal request and response
    "crawler.pipelines.compare.ComparePipeline": 200,  # new, changed or same
    "crawler.pipelines.assess.AssessPipeline": 300,  # flag, unsure or clear
    "crawler.pipelines.store.StorePipeline": 400,  # one transaction; the only one that must stay on
}

COMMON: dict[str, Any] = {
    "LOG_LEVEL": "ERROR",
    "LOG_FORMATTER": "crawler.logs.QuietFormatter",
    "TWISTED_REACTOR": "twisted.internet.asyncioreactor.AsyncioSelectorReactor",
    "TELNETCONSOLE_ENABLED": False,
    "REMOTE_CONTROL_ENABLED": False,
    "ASYNCIO_EVENT_LOOP": None if sys.platform == "win32" else "uvloop.Loop",  # a sixth less work for each page
}
_HARDENED: dict[str, Any] = {
    "TELNETCONSOLE_ENABLED": False,
    "REMOTE_CONTROL_ENABLED": False,
    "ROBOTSTXT_OBEY": True,
    "DOWNLOAD_VERIFY_CERTIFICATES": True,
    "COOKIES_ENABLED": False,  # no sessions, no log-ins; also keeps a cookie flood out
    "HTTPCACHE_ENABLED": False,
    "HTTPPROXY_ENABLED": False,  # it would follow HTTP_PROXY silently; a source names its proxy, the handler uses it
    "REFERRER_POLICY": "no-referrer",
}
# What Scrapy brings along and a run does not use: our spider yields no requests from its callbacks, refuses long
# addresses itself and handles every status; each of these costs time for every page.
_UNUSED_SPIDER_MIDDLEWARES: dict[str, int | None] = {
    "scrapy.spidermiddlewares.start.StartSpiderMiddleware": None,
    "scrapy.spidermiddlewares.httperror.HttpErrorMiddleware": None,
    "scrapy.spidermiddlewares.referer.RefererMiddleware": None,
    "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware": None,
    "scrapy.spidermiddlewares.depth.DepthMiddleware": None,
    "scrapy.spidermiddlewares.metacopy.MetaCopyDetectionMiddleware": None,
}
_UNUSED_DOWNLOADER_MIDDLEWARES: dict[str, int | None] = {
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
    "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,
    "scrapy.downloadermiddlewares.redirect.MetaRefreshMiddleware": None,
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,
    "scrapy.downloadermiddlewares.httpproxy.HttpProxyMiddleware": None,
}
# In place of Scrapy's list: the remote control and the telnet console are not even loaded.
_EXTENSIONS = {
    "scrapy.extensions.corestats.CoreStats": 0,
    "scrapy.extensions.logcount.LogCount": 0,
    "scrapy.extensions.throttle.AutoThrottle": 0,
}
_HANDLERS: dict[str, str | None] = {
    "http": "crawler.network.wire.WireHandler",
    "https": "crawler.network.wire.WireHandler",
    "file": None,
    "data": None,
    "ftp": None,
    "s3": None,
}


def user_agent(crawl: CrawlSettings) -> str:
    """Who we are, and how a site can reach the operator."""
    contact = f"; {crawl.contact}" if crawl.contact else ""
    return f"wildtrade/{__version__} (public-page monitor{contact})"


def languages_asked_for(source: Source) -> str:
    """The locale a site sees: the source's languages, else English."""
    return ",".join([*source.languages, "en;q=0.5"])


def scrapy_settings(crawl: CrawlSettings, source: Source, browser: str | None) -> Settings:
    """All settings of one run. ``browser`` is a Chromium's path where the source needs one."""
    handlers = dict(_HANDLERS)
    values: dict[str, Any] = {
        "USER_AGENT": user_agent(crawl),
        "DEFAULT_REQUEST_HEADERS": {
            "Accept": "text/html,application/xhtml+xml,application/json;q=0.9,*/*;q=0.8",
            "Accept-Language": languages_asked_for(source),
            "Accept-Encoding": "gzip, deflate",  # what the evidence tools of others can unpack
        },
        "CONCURRENT_REQUESTS": crawl.concurrency,
        "CONCURRENT_REQUESTS_PER_DOMAIN": crawl.per_host if source.delay else crawl.concurrency,
        "DOWNLOAD_DELAY": source.delay,
        "AUTOTHROTTLE_ENABLED": source.delay > 0,
        "AUTOTHROTTLE_START_DELAY": source.delay,
        "DOWNLOAD_TIMEOUT": crawl.timeout_seconds,
        "DOWNLOAD_MAXSIZE": crawl.max_body_mb * 1024 * 1024,
        "DOWNLOAD_WARNSIZE": 0,
        "DOWNLOAD_FAIL_ON_DATALOSS": False,  # kept, and marked incomplete
        "HTTPERROR_ALLOW_ALL": True,  # an error page is an answer too: it is kept, and says that a listing is gone
        "SCRAPER_SLOT_MAX_ACTIVE_SIZE": 32 * 2**20,  # bytes; the run's own window bounds what is under way
        "CONCURRENT_ITEMS": 1,  # per response, and each gives one; Scrapy starts that many tasks for every page
        "RETRY_TIMES": 2,
        "REDIRECT_MAX_TIMES": 5,
        "DNS_TIMEOUT": 20,
        "ITEM_PIPELINES": PIPELINES,
        "EXTENSIONS_BASE": _EXTENSIONS,
        "SPIDER_MIDDLEWARES": _UNUSED_SPIDER_MIDDLEWARES,
        "DOWNLOADER_MIDDLEWARES": {
            **_UNUSED_DOWNLOADER_MIDDLEWARES,
            "crawler.network.own_headers.OwnHeaders": 350,  # before the defaults, which fill what it takes off
            "crawler.network.refresh.MetaRefresh": 580,  # these two in place of Scrapy's own
            "crawler.network.decoding.Decoding": 590,
        },
        "DOWNLOADER_STATS": False,
        "STATS_CLASS": "scrapy.statscollectors.DummyStatsCollector",  # the summary is counted from what was stored
        "SCHEDULER_PRIORITY_QUEUE": "scrapy.pqueues.ScrapyPriorityQueue",  # one site at a time, in the run's order
        "WARN_ON_GENERATOR_RETURN_VALUE": False,  # reads the callback's source again and again
        "STATS_DUMP": False,
    }
    if browser is not None:
        from crawler.browser import PAGES, VIEWPORT, is_unneeded, is_unneeded_beside_pictures, launch_options

        handlers["http"] = handlers["https"] = "crawler.browser.BrowserHandler"
        values |= {
            "PLAYWRIGHT_LAUNCH_OPTIONS": launch_options(browser, images=source.media),
            "PLAYWRIGHT_ABORT_REQUEST": is_unneeded_beside_pictures if source.media else is_unneeded,
            "PLAYWRIGHT_CONTEXTS": {
                "default": {"service_workers": "block", "accept_downloads": False, "viewport": VIEWPORT}
            },
            "PLAYWRIGHT_MAX_PAGES_PER_CONTEXT": PAGES,
            "PLAYWRIGHT_DEFAULT_NAVIGATION_TIMEOUT": 30_000,
        }
    settings = Settings(values | COMMON | _HARDENED | {"DOWNLOAD_HANDLERS": handlers}, priority="cmdline")
    check_hardening(settings)
    return settings


def check_hardening(settings: BaseSettings) -> None:
    """Raise ConfigError where something has opened what must stay shut."""
    wrong = [name for name, value in _HARDENED.items() if settings[name] != value]
    handlers = settings.getwithbase("DOWNLOAD_HANDLERS")
    wrong += [f"DOWNLOAD_HANDLERS.{scheme}" for scheme in ("file", "data", "ftp", "s3") if handlers.get(scheme)]
    if wrong:
        raise ConfigError(
            f"unsafe crawl settings: {', '.join(wrong)}", fix="remove the add-on or setting that changes them"
        )

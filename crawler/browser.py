"""Finding, getting and driving a Chromium for sources that are built by script."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Browser, BrowserContext, Dialog, Page
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeout
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadCancelledError
from scrapy.http import Response
from scrapy.utils.defer import maybe_deferred_to_future
from scrapy_playwright.handler import DEFAULT_CONTEXT_NAME, ScrapyPlaywrightDownloadHandler

from crawler.network.browser_proxy import start_proxy
from crawler.network.wire import NotShownError, WireHandler

_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome", "microsoft-edge")
PAGES = 4  # open at once
VIEWPORT = {"width": 1280, "height": 720}  # CSS pixels of the window; what a custody entry says of it
_CLOSING = 10.0  # seconds
_LOST = re.compile("crash|has been closed")  # what is said of a page that went with its renderer, context or browser
BLOCKED_AFTER = 10.0  # seconds without a byte, then a download counts as blocked

_NAMESPACE_SWITCHES = {
    "/proc/sys/kernel/unprivileged_userns_clone": "0",
    "/proc/sys/kernel/apparmor_restrict_unprivileged_userns": "1",
    "/proc/sys/user/max_user_namespaces": "0",
}
_SWITCHES = [
    "--block-new-web-contents",  # no page opens others
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--no-pings",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
]


def find(configured: str = "") -> str | None:
    """Path of a Chromium: the configured one, one on this machine, else Playwright's own; None where there is none."""
    for name in filter(None, (configured, os.environ.get("WILDTRADE_BROWSER"), *_NAMES)):
        if path := shutil.which(name):
            return path
    return _playwrights_own()


def _playwrights_own() -> str | None:
    cache = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright")
    found = sorted(cache.glob("chromium*/chrome*/*chrome*"))
    return next((str(path) for path in found if path.is_file() and os.access(path, os.X_OK)), None)


def obtain(say: Callable[[str], None], configured: str = "") -> str | None:
    """``find``, and where nothing is found: download Playwright's Chromium, else (root on Debian) install Debian's.

    ``say`` is told what is done before it is done. Returns None where no way leads to a browser.
    """
    if path := find(configured):
        return path
    say("No Chromium here; asking Playwright to download its own...")
    if _download() and (path := _playwrights_own()):
        return path
    if os.geteuid() == 0 and shutil.which("apt-get"):
        say("The download is not possible here. Installing Debian's package now: apt-get install chromium")
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for words in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
            subprocess.run(["apt-get", "-qq", *words], env=environment, check=False, capture_output=True)
        return find(configured)
    return None


def _download() -> bool:
    """Playwright's own download, ended when no byte has arrived within ``BLOCKED_AFTER`` seconds."""
    command = [sys.executable, "-m", "playwright", "install", "chromium"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        timer = threading.Timer(BLOCKED_AFTER, process.kill)
        timer.start()
        for line in process.stdout or ():
            if "%" in line:  # a progress bar: bytes arrive
                timer.cancel()
        timer.cancel()
    return process.returncode == 0


_NO_IMAGES = "--blink-settings=imagesEnabled=false"  # addresses of images are read, their bytes are not needed


def launch_options(path: str, *, images: bool = False) -> dict[str, Any]:
    """How Chromium is started: headless, silent, sandboxed unless we are root (where its sandbox cannot work)."""
    switches = _SWITCHES if images else [*_SWITCHES, _NO_IMAGES]
    switches = [*switches, "--no-sandbox"] if os.geteuid() == 0 else switches
    return {"executable_path": path, "headless": True, "args": switches}


def sandbox_problem() -> str:
    """Why Chromium cannot use its own sandbox here, or "" where it can."""
    if os.geteuid() == 0:
        return "run as root: Chromium then runs without its sandbox"
    for path, off in _NAMESPACE_SWITCHES.items():
        try:
            value = Path(path).read_text(encoding="ascii").strip()
        except OSError:
            continue
        if value == off:
            return f"this system lets no ordinary user make namespaces ({path} is {off})"
    return ""


async def is_unneeded(request: Any) -> bool:
    """True for what a reader's text does not depend on: pictures, films, fonts, and anything but HTTP."""
    return request.resource_type == "image" or await is_unneeded_beside_pictures(request)


async def is_unneeded_beside_pictures(request: Any) -> bool:
    """The same for sources whose pictures are kept: the screenshot then shows them."""
    return request.resource_type in {"media", "font"} or not request.url.startswith(("http://", "https://"))


async def _shut(one: Page | BrowserContext | Browser) -> bool:
    """Close it, whatever a script is doing; False where that did not help."""
    with suppress(PlaywrightError, TimeoutError):
        await asyncio.wait_for(one.close(), _CLOSING)
        return True
    return False


async def _shut_popup(page: Page) -> None:
    await _shut(page)


async def _dismiss(dialog: Dialog) -> None:
    with suppress(PlaywrightError):
        await dialog.dismiss()


class BrowserHandler(ScrapyPlaywrightDownloadHandler, WireHandler):
    """Pages marked for the browser go through Chromium behind the guarding proxy, all others over the wire tap.

    Scrapy makes one handler per scheme; each starts its Chromium only when the first page asks for it.
    """

    lazy = True

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._launching = asyncio.Lock()
        self._places = asyncio.Semaphore(PAGES)
        self._addresses: dict[str, str] = {}
        self._proxy = start_proxy(self._guard, self._egress, self._addresses)
        address = f"http://127.0.0.1:{self._proxy.getHost().port}"
        # Chromium would go around a proxy for loopback names; "<-loopback>" takes that exception away.
        self.config.launch_options["proxy"] = {"server": address, "bypass": "<-loopback>"}

    async def download_request(self, request: Request) -> Response:
        if not request.meta.get("playwright"):
            return await super().download_request(request)
        async with self._launching:
            if not hasattr(self, "browser_provider"):
                await self._launch()
        async with self._places:  # the clock runs only while a page has its place
            response = await self._shown(request)
        if len(response.body) > self._default_maxsize:
            raise DownloadCancelledError(f"the page became larger than {self._default_maxsize} bytes")
        request.meta["browser_ip"] = self._addresses.get(urlsplit(response.url).hostname or "")
        return response

    async def _shown(self, request: Request) -> Response:
        """The page as the browser has it in the end. Where one is not done in time, its script may never end: all that
        is open goes, and the next page begins in a fresh context."""
        opened: list[BrowserContext] = []
        crashed = asyncio.Event()

        def died(_: Page) -> None:
            crashed.set()

        async def note(page: Page, _: Request) -> None:
            opened.append(page.context)
            page.on("crash", died)
            page.on("dialog", _dismiss)
            page.on("popup", _shut_popup)

        request.meta["playwright_page_init_callback"] = note
        request.meta["playwright_context_kwargs"] = self.config.startup_context_kwargs[DEFAULT_CONTEXT_NAME]
        render = self._run.source.render
        limit = float(request.meta["download_timeout"]) + (render.scroll if render else 0)
        shown = asyncio.ensure_future(super().download_request(request))
        dead = asyncio.ensure_future(crashed.wait())
        try:
            await asyncio.wait({shown, dead}, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
            if shown.done():
                response: Response = shown.result()
                return response
        except PlaywrightError as error:
            if not (isinstance(error, PlaywrightTimeout) or _LOST.search(error.message)):
                raise
            raise NotShownError(f"the browser did not show the page: {error.message}") from error
        finally:
            shown.cancel()
            dead.cancel()
        await self._start_afresh(opened[-1] if opened else None)
        why = "died over the page" if crashed.is_set() else f"was not done with the page within {limit:.0f} seconds"
        raise NotShownError(f"the browser {why}")

    async def _start_afresh(self, context: BrowserContext | None) -> None:
        """Close all that is open in the context of a page that would not end, or the whole browser where that hangs (or
        gave no page at all). The next page opens what it needs."""
        async with self.context_launch_lock:
            known = self.context_wrappers.get(DEFAULT_CONTEXT_NAME)
            if known is not None and context is not None and known.context is not context:
                return  # another page had the same trouble
            self.context_wrappers.clear()
            if context is None or not await _shut(context):
                browser: Browser | None = self.__dict__.pop("browser", None)
                if browser is not None:
                    await _shut(browser)

    async def _browser_disconnected_callback(self, browser: Browser) -> None:
        """The browser is gone. Another may have taken its place by now."""
        if self.__dict__.get("browser") is browser:
            self.context_wrappers.clear()
            del self.browser

    async def close(self) -> None:
        await super().close()
        await maybe_deferred_to_future(self._proxy.stopListening())

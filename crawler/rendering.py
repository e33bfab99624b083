"""What a browser does on a page before it is read."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_der_x509_certificate
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeout
from scrapy.http import Response
from scrapy_playwright.page import PageMethod

from crawler.network.trail import Secured
from storage.evidence import Attachment
from wildtrade.sources import Render


def page_methods(render: Render) -> list[PageMethod]:
    """What is done on a page before it is read: wait for the content, then scroll until nothing grows."""
    methods = []
    if render.wait_for:
        methods.append(PageMethod(wait_for, render.wait_for))
    if render.scroll or render.more_button:
        methods.append(PageMethod(scroll_to_end, render.scroll or 1, render.more_button))
    return [*methods, PageMethod(look)]


async def wait_for(page: Any, selector: str) -> None:
    """Wait for the content. An error page, such as the one behind the last page of results, will not have it."""
    try:
        await page.wait_for_selector(selector, timeout=_CONTENT)
    except PlaywrightTimeout:
        if await page.evaluate(_STATUS) < 400:
            raise


@dataclass(frozen=True, slots=True)
class Look:
    """A page as the browser showed it: a picture of all of it, and the certificates its site gave (PEM, own first)."""

    at: datetime
    screenshot: bytes
    media_type: str
    chain: bytes


async def look(page: Any) -> Look:
    """The last thing done on a page. What cannot be had is empty: the page itself must not be lost for it."""
    at = datetime.now(UTC)
    screenshot, media_type = await _screenshot(page)
    return Look(at, screenshot, media_type, await _certificates(page))


async def _screenshot(page: Any) -> tuple[bytes, str]:
    """The whole page down to ``_TALLEST``, as PNG, or as JPEG where that would be too large."""
    try:
        wide, tall = await page.evaluate(_EXTENT)
        clip = {"x": 0, "y": 0, "width": max(1, min(wide, _WIDEST)), "height": max(1, min(tall, _TALLEST))}
        options = {"full_page": True, "clip": clip, "animations": "disabled", "timeout": _PATIENCE}
        for kind, more in (("png", {}), ("jpeg", {"quality": 60})):
            made: bytes = await page.screenshot(type=kind, **options, **more)
            if len(made) <= _MOST_BYTES:
                return made, f"image/{kind}"
    except PlaywrightError:
        pass
    return b"", ""


async def _certificates(page: Any) -> bytes:
    parts = urlsplit(page.url)
    if parts.scheme != "https":
        return b""
    try:
        session = await page.context.new_cdp_session(page)
        answer = await session.send("Network.getCertificate", {"origin": f"https://{parts.netloc}"})
        await session.detach()
    except PlaywrightError:
        return b""
    chain = (load_der_x509_certificate(base64.b64decode(one)) for one in answer["tableNames"])
    return b"".join(one.public_bytes(Encoding.PEM) for one in chain)


def secured_of(response: Response) -> Secured | None:
    """How the browser's connection was secured; None where it was not."""
    seen, details = _look_of(response), response.meta.get("playwright_security_details") or {}
    if seen is None or not seen.chain:
        return None
    protocol = str(details.get("protocol", "")).lower().replace(" ", "/")
    return Secured(protocol, "", seen.chain, hashlib.sha256(seen.chain).hexdigest())


def attachments_of(response: Response) -> tuple[Attachment, ...]:
    """The DOM that was read, and the screenshot where there is one."""
    seen = _look_of(response)
    if seen is None:
        return ()
    dom = Attachment(kind="dom", url=response.url, media_type="text/html", body=response.body, captured_at=seen.at)
    if not seen.screenshot:
        return (dom,)
    shot = Attachment(
        kind="screenshot", url=response.url, media_type=seen.media_type, body=seen.screenshot, captured_at=seen.at
    )
    return (dom, shot)


def _look_of(response: Response) -> Look | None:
    methods = response.meta.get("playwright_page_methods") or ()
    return next((one.result for one in methods if isinstance(one.result, Look)), None)


async def scroll_to_end(page: Any, steps: int, more_button: str) -> None:
    """Scroll down (and press 'load more') at most ``steps`` times; stop when the page stays as it is twice."""
    still = 0
    size = await page.evaluate(_SIZE)
    for _ in range(steps):
        if more_button and await page.locator(more_button).first.is_visible():
            await page.locator(more_button).first.click()
        await page.evaluate("window.scrollTo(0, document.documentElement.scrollHeight)")
        grown = await page.evaluate(_WAIT_FOR_GROWTH, [size, 700])
        still = still + 1 if grown == size else 0
        if still == 2:
            return
        size = grown


_TALLEST, _WIDEST = 16_000, 4_000  # CSS pixels; what Chromium draws in one go
_MOST_BYTES = 8 * 2**20
_PATIENCE, _CONTENT = 20_000, 15_000  # milliseconds
_STATUS = "() => performance.getEntriesByType('navigation')[0]?.responseStatus ?? 0"
_EXTENT = """() => { const e = document.documentElement, b = document.body || e;
  return [Math.max(e.scrollWidth, b.scrollWidth), Math.max(e.scrollHeight, b.scrollHeight)]; }"""
_SIZE = "() => document.getElementsByTagName('*').length"
_WAIT_FOR_GROWTH = """([size, patience]) => new Promise(resolve => {
  const end = performance.now() + patience;
  const look = () => {
    const now = document.getElementsByTagName('*').length;
    if (now !== size || performance.now() > end) resolve(now); else setTimeout(look, 20);
  };
  look();
})"""

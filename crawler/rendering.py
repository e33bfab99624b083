"""What a browser does on a page before it is read."""

from __future__ import annotations

from typing import Any

from scrapy_playwright.page import PageMethod

from wildtrade.sources import Render


def page_methods(render: Render) -> list[PageMethod]:
    """What is done on a page before it is read: wait for the content, then scroll until nothing grows."""
    methods = []
    if render.wait_for:
        methods.append(PageMethod("wait_for_selector", render.wait_for, timeout=15_000))
    if render.scroll or render.more_button:
        methods.append(PageMethod(scroll_to_end, render.scroll or 1, render.more_button))
    return methods


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


_SIZE = "() => document.getElementsByTagName('*').length"
_WAIT_FOR_GROWTH = """([size, patience]) => new Promise(resolve => {
  const end = performance.now() + patience;
  const look = () => {
    const now = document.getElementsByTagName('*').length;
    if (now !== size || performance.now() > end) resolve(now); else setTimeout(look, 20);
  };
  look();
})"""

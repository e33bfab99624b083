"""Chromium really scrolls the two script-built sites to their end."""

from __future__ import annotations

import asyncio
import re

import pytest
from playwright.async_api import async_playwright

from academy.world import World
from crawler.rendering import scroll_to_end
from wildtrade.sources import get_source

pytestmark = pytest.mark.browser


async def scrolled(chromium: str, url: str, ready: str, links: str) -> tuple[list[str], list[str]]:
    """The addresses of all links after scrolling, and what the page's scripts complained about."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = await browser.new_page()
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(url)
        await page.wait_for_selector(ready)
        await scroll_to_end(page, 200, "")
        found = await page.eval_on_selector_all(links, "nodes => nodes.map(node => node.href)")
        await browser.close()
        return list(found), complaints


@pytest.mark.parametrize(("site", "links"), [("shop", "a.card"), ("feed", "article.post a.when")])
def test_endless_pages_end(chromium: str, sites: dict[str, str], world: World, site: str, links: str) -> None:
    source = get_source(f"practice_{site}")
    assert source.render
    addresses, complaints = asyncio.run(scrolled(chromium, f"{sites[site]}/?q=*", source.render.wait_for, links))
    pattern = re.compile(re.sub(r":84\d\d", r":\\d+", source.listing_url))
    found = [match[1] for match in map(pattern.match, addresses) if match]
    assert found == list(world.items[site])
    assert not complaints


def test_a_product_page_is_drawn_from_its_state(chromium: str, sites: dict[str, str], world: World) -> None:
    async def read() -> str:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            page = await browser.new_page()
            await page.goto(f"{sites['shop']}/p/{item.id}")
            text = await page.inner_text("#app")
            await browser.close()
            return text

    item = next(item for item in world.items["shop"].values() if item.price and len(item.text) > 40)
    text = asyncio.run(read())
    assert item.title in text
    assert item.seller.name in text

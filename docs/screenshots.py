"""Make the pictures of README.md: ``python docs/screenshots.py WORKSPACE [MARKET_URL]``.

WORKSPACE holds crawled practice data (``wildtrade demo --no-serve`` leaves one in ``demo-data``). MARKET_URL is the
address of the practice market while it runs; without it that picture is left as it is. Never use real listings here.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urljoin

from playwright.sync_api import Page, sync_playwright

IMAGES = Path(__file__).parent / "images"


@contextmanager
def served(workspace: Path) -> Iterator[str]:
    """The review page of a workspace nobody has signed in to yet, on a free port; gives the link of its first user."""
    command = [sys.executable, "-m", "wildtrade", "serve", "--port", "0", "--as", "reviewer", "--json"]
    environment = os.environ | {"WILDTRADE_HOME": str(workspace)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as server:
        try:
            line = server.stdout.readline() if server.stdout else ""
            if not line:
                sys.exit("the review page did not start; see the message above")
            yield json.loads(line)["sign_in"]
        finally:
            server.terminate()


def shoot(page: Page, address: str, name: str) -> None:
    """Save one page as docs/images/NAME.png."""
    page.goto(address, wait_until="networkidle")
    page.screenshot(path=IMAGES / f"{name}.png")


def screens(page: Page, home: str) -> dict[str, str]:
    """Paths by picture name: the entries of the navigation, and the first listing and seller that a list leads to."""
    page.goto(home)
    paths = page.locator("nav a[href^='/']").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    found = {path.strip("/").replace("/", "-") or "home": path for path in paths}
    for name, start, link in (("listing", "/listings", "/listings/"), ("seller", "/sellers", "/sellers/")):
        page.goto(urljoin(home, start))
        first = page.locator(f"main a[href^='{link}']").first
        if first.count():
            found[name] = first.get_attribute("href") or start
    found["queue-edit"] = "/queues/new?q=ivory"
    return found


def main(workspace: Path, market: str | None) -> None:
    """Make the pictures."""
    IMAGES.mkdir(exist_ok=True)
    browser_path = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright, served(workspace.resolve()) as link:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1366, "height": 900})
        page.goto(link)
        page.get_by_label("New password").fill("for these pictures only")
        page.get_by_role("button", name="Keep it and sign in").click()
        home = urljoin(link, "/")
        for name, path in screens(page, home).items():
            shoot(page, urljoin(home, path), f"screen-{name}")
        shoot(page, urljoin(home, "/queue"), "review-queue")
        shoot(page, urljoin(home, "/review"), "review-item")
        if market:
            shoot(page, market, "practice-market")
        browser.close()


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) == 3 else None)

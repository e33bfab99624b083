"""Make the pictures of README.md and docs/screens.md, and that page: ``PYTHONPATH=tests python -m docs.screenshots``.

A practice world is crawled, one of everything is done in it, and every address of the review app is opened, as the
tests do it. Never use real listings here.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from review.first import PRACTICE_ROLES
from storage.custody.workspace import custody_of
from storage.database import open_database
from support.practice import addresses, crawl_practice_world, furnish, get_routes
from tests.review.conftest import Person, served, sign_in
from wildtrade.settings import open_workspace

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
INTRODUCTION = """# The screens

Every page of the review app, from the practice world (nothing here is a real offer). Made by `docs/screenshots.py`.
"""
# README's pictures, by name: where they are taken.
_SHOWN = {"review-queue": "/queue", "review-item": "/review"}
_SIGNED_OUT = ("/login",)


@contextmanager
def browsing() -> Iterator[Browser]:
    """The system's Chromium."""
    path = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


def shoot(page: Page, path: str, name: str) -> str | None:
    """Save a page as docs/images/NAME.webp; gives what it is called, None where the address is no page."""
    page.goto(path)
    if page.locator("main h1").count() == 0:
        return None
    page.wait_for_load_state("networkidle")
    with Image.open(BytesIO(page.screenshot())) as picture:
        picture.save(IMAGES / f"{name}.webp", quality=80, method=6)
    return page.locator("main h1").first.inner_text()


def named(route: str) -> str:
    """``/cases/{case_id}/report`` as ``cases-case_id-report``."""
    return route.strip("/").replace("/", "-").translate({ord("{"): None, ord("}"): None}).split(":")[0] or "home"


def pictures(browser: Browser, person: Person, found: dict[str, object]) -> Iterator[tuple[str, str, str]]:
    """Route, title and picture of every page."""
    signed_in, signed_out = (
        browser.new_context(viewport={"width": 1366, "height": 900}, base_url=person.site) for _ in range(2)
    )
    person.enter(signed_in)
    page = signed_in.new_page()
    for name, path in _SHOWN.items():
        shoot(page, path, name)
    other = signed_out.new_page()
    for route in get_routes():
        path, name = next(addresses(route, found)), f"screen-{named(route)}"
        status, headers, body = person.ask("GET", path)
        if "attachment" in headers.get("content-disposition", "") or status != 200 or not body.startswith(b"<!doctype"):
            continue
        title = shoot(other if route in _SIGNED_OUT else page, path, name)
        if title:
            yield route, title, name


def main() -> None:
    """Make the pictures and the page that shows them."""
    IMAGES.mkdir(exist_ok=True)
    for old in IMAGES.glob("screen-*"):
        old.unlink()
    with tempfile.TemporaryDirectory() as folder, browsing() as browser:
        workspace = open_workspace(crawl_practice_world(Path(folder), 600))
        with (
            closing(open_database(workspace.database_url)) as database,
            served(database, custody=custody_of(workspace), home=workspace.root) as site,
        ):
            person = sign_in(database, site, *PRACTICE_ROLES)
            shown = list(pictures(browser, person, furnish(database, person)))
    parts = [f"## {title}\n\n`{route}`\n\n![{title}](images/{name}.webp)\n" for route, title, name in shown]
    (ROOT / "docs" / "screens.md").write_text("\n".join([INTRODUCTION, *parts]), encoding="utf-8")


if __name__ == "__main__":
    main()

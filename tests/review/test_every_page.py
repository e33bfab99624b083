"""Every page of the app, as the app itself lists them, in the practice world: for everybody, and nothing goes out.

By default each page is looked at in one of the languages, in turn; ``WILDTRADE_EVERY_LANGUAGE=1`` looks at all pages in
all languages.
"""

from __future__ import annotations

import shutil
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Page, sync_playwright
from sqlalchemy import select

from review.first import PRACTICE_ROLES
from review.text import LANGUAGES, PSEUDO
from storage.custody.workspace import custody_of
from storage.database import clean_text, open_database
from storage.models import FlagRow, Revision
from support.practice import addresses, crawl_practice_world, furnish, get_routes
from tests.review.conftest import EVERY_LANGUAGE, Person, Watched, axe_finds, served, sign_in, watching
from tests.review.test_hostile import ATTACKS
from wildtrade.settings import open_workspace

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("every page")]
ROUTES = get_routes()


@dataclass(frozen=True)
class World:
    """A practice workspace that is served; ``found`` are the numbers of what stands in it."""

    watched: Watched
    person: Person
    found: dict[str, object]

    def pages(self, route: str) -> list[str]:
        """The addresses of the route that are pages."""
        opened = {path: self.person.ask("GET", path) for path in addresses(route, self.found)}
        for path, (status, headers, body) in opened.items():
            assert status == 200 or headers.get("location", "").startswith("/"), f"{path}: {status} {body[:300]!r}"
        return [path for path, (_, _, body) in opened.items() if body.startswith(b"<!doctype html>")]

    def show(self, path: str, language: str = "en", width: int = 1366, height: int = 768) -> Page:
        """A page opened in a language at a width."""
        page, cookie = self.watched.page, {"name": "wildtrade_language", "value": language, "url": self.person.site}
        page.context.add_cookies([cookie])  # type: ignore[list-item]
        page.set_viewport_size({"width": width, "height": height})
        page.goto(path)
        page.locator("[aria-busy=true]").first.wait_for(state="detached")  # what comes a moment later
        assert (self.watched.complaints, self.watched.foreign) == ([], []), path
        assert page.locator("html").get_attribute("lang") == language
        return page


class _Counted(socketserver.BaseRequestHandler):
    """Takes a connection that wants to leave the machine, notes what it asks for and lets it end."""

    def handle(self) -> None:
        wanted = self.request.recv(2048).split(b"\r\n")[0]
        if not any(host in wanted for host in _OWN):
            self.server.asked.append(wanted)  # type: ignore[attr-defined]


# What Chromium asks on its own account, whatever page is open: its clock, updates, sign-in, and what forms are about.
_OWN = (
    b"update.googleapis.com",
    b"clients2.google.com",
    b"accounts.google.com",
    b"content-autofill.googleapis.com",
    b"gvt1.com",
)
_QUIET = ["--no-sandbox", "--disable-background-networking", "--disable-sync", "--disable-component-update"]


@pytest.fixture(scope="module")
def outside() -> Iterator[tuple[str, list[bytes]]]:
    """The only way out of the browser: its address, and what it was asked for."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Counted) as server:
        asked: list[bytes] = []
        server.asked = asked  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def browser(chromium: str, outside: tuple[str, list[bytes]]) -> Iterator[Browser]:
    """A browser that reaches this machine directly and everything else through ``outside``."""
    with sync_playwright() as playwright:
        proxy = {"server": outside[0], "bypass": "127.0.0.1,localhost"}
        opened = playwright.chromium.launch(executable_path=chromium, args=_QUIET, proxy=proxy)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory, chromium: str) -> Path:
    return crawl_practice_world(tmp_path_factory.mktemp("practice"))


@contextmanager
def opened(root: Path, browser: Browser, words: str) -> Iterator[World]:
    """The workspace at ``root``, furnished and served, in the browser of somebody who may do everything."""
    workspace = open_workspace(root)
    database = open_database(workspace.database_url)
    try:
        with served(database, custody=custody_of(workspace), home=root) as site:
            person = sign_in(database, site, *PRACTICE_ROLES)
            found = furnish(database, person, words)
            with watching(browser, site, person) as watched:
                yield World(watched, person, found)
    finally:
        database.close()


@pytest.fixture(scope="module")
def world(crawled: Path, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    root = tmp_path_factory.mktemp("world") / "practice"
    shutil.copytree(crawled, root)
    with opened(root, browser, "practice") as made:
        yield made


@pytest.fixture(scope="module")
def hostile(crawled: Path, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The same where every listing says an attack in every field, and the people who work write one too."""
    root = tmp_path_factory.mktemp("hostile") / "practice"
    shutil.copytree(crawled, root)
    poison(root)
    with opened(root, browser, MARKUP) as made:
        yield made


MARKUP = " ".join(attack for name, attack in ATTACKS.items() if len(attack) < 400 and name != "controls")


def poison(root: Path) -> None:
    """Let each listing say an attack in every field; the first flagged ones all that is markup."""
    database = open_database(open_workspace(root).database_url)
    with database.session() as session:
        flagged = set(session.scalars(select(FlagRow.listing_id).order_by(FlagRow.id).limit(2)))
        for row, attack in zip(session.scalars(select(Revision)), cycle(ATTACKS.values()), strict=False):
            said = clean_text(MARKUP if row.listing_id in flagged else attack)[:50_000]
            row.title, row.description, row.location, row.seller = said, said, said, said
            row.images = [said[:500], f"https://market.example/{said[:500]}"]
    database.close()


@pytest.mark.parametrize("route", ROUTES)
def test_hostile_texts_are_inert(hostile: World, route: str) -> None:
    for path in hostile.pages(route):
        page = hostile.show(path, width=390)
        assert page.evaluate("window.canary") is None, path
        assert page.evaluate(_ALIVE) == [], path
        assert _overflow(page, 390) == [], path


_ALIVE = """() => [...document.querySelectorAll("main script, main iframe, main style, main base, main object, body *")]
  .filter(node => node.matches("main :is(script, iframe, style, base, object)")
    || [...node.attributes].some(one => one.name.startsWith("on") || /^(javascript|data):/i.test(one.value)))
  .map(node => node.outerHTML.slice(0, 160))"""


@pytest.mark.parametrize("route", ROUTES)
def test_axe_and_reflow(world: World, route: str) -> None:
    languages = list(LANGUAGES) if EVERY_LANGUAGE else [list(LANGUAGES)[ROUTES.index(route) % len(LANGUAGES)]]
    for path in world.pages(route):
        for language in languages:
            page = world.show(path, language)
            for width in (1366, 390):
                page.set_viewport_size({"width": width, "height": 768})
                assert axe_finds(page) == [], f"{path} in {language} at {width} px"
            for width in (390, 320):
                assert _overflow(page, width) == [], f"{path} in {language} at {width} px"


_WIDER = """() => document.documentElement.scrollWidth <= innerWidth ? [] :
  [...document.querySelectorAll("body *")].filter(node => node.getBoundingClientRect().right > innerWidth + 1
    && !node.closest(".wide")).map(node => node.outerHTML.slice(0, 160)).slice(0, 6).concat("scrolls sideways")"""


def _overflow(page: Page, width: int) -> list[str]:
    """What makes the page scroll sideways at a width."""
    page.set_viewport_size({"width": width, "height": 640})
    found: list[str] = page.evaluate(_WIDER)
    return found


# What a Tab stops at; one of a group of radio buttons stands for all.
_STOPS = """() => { const groups = new Set(); window.stops = [...document.querySelectorAll(
  "a[href], summary, [tabindex='0'], :is(button, select, textarea, input:not([type=hidden])):enabled")]
  .filter(node => node.checkVisibility({visibilityProperty: true}) && node.getClientRects().length)
  .filter(node => node.type !== "radio" || (!groups.has(node.form + node.name) && groups.add(node.form + node.name)));
  window.reached = new Set(); return window.stops.length; }"""
# The element that has the focus: what is wrong with it, or null where the walk is over.
_HERE = """() => { const node = document.activeElement; if (node === document.body) return null;
  reached.add(node.type === "radio" ? stops.find(one => one.name === node.name && one.form === node.form) : node);
  const box = node.getBoundingClientRect(), style = getComputedStyle(node), wrong = [];
  if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2) wrong.push("focus is not seen");
  const points = [.5, .1, .9].flatMap(x => [.5, .1, .9].map(y => [box.left + x * box.width, box.top + y * box.height]));
  const hit = points.some(([x, y]) => { const top = document.elementFromPoint(x, y);
    return top && (node.contains(top) || top.contains(node)) && !(top === document.body || top.id === "page"); });
  if (!hit) wrong.push("hidden by something");
  return wrong.length ? wrong.concat(node.outerHTML.slice(0, 160)) : []; }"""
_MISSED = "() => stops.filter(node => !reached.has(node)).map(node => node.outerHTML.slice(0, 160))"


@pytest.mark.parametrize("route", ROUTES)
def test_keyboard_reaches_everything(world: World, route: str) -> None:
    """Every page with Tab alone, on the small screen where the dock is largest: no trap, focus seen, nothing missed."""
    for path in world.pages(route):
        page = world.show(path, width=390, height=700)
        page.evaluate("for (const one of document.querySelectorAll('details:not([name])')) one.open = true")
        wrong: list[list[str]] = []
        for _ in range(2 * page.evaluate(_STOPS) + 40):  # a date is several stops
            page.keyboard.press("Tab")
            here: list[str] | None = page.evaluate(_HERE)
            if here is None:
                break
            wrong += [here] if here else []
        else:
            raise AssertionError(f"{path}: the focus is caught")
        assert wrong == [], path
        assert page.evaluate(_MISSED) == [], path


@pytest.mark.parametrize("route", ROUTES)
def test_long_words_and_right_to_left_fit(world: World, route: str) -> None:
    """Words that are 40 % longer, and the page turned around, as Arabic will need it."""
    for path in world.pages(route):
        page = world.show(path, PSEUDO)
        assert "·" in page.locator("main").inner_text(), f"{path} is not translated"
        for width in (1366, 320):
            assert _overflow(page, width) == [], f"{path} with long words at {width} px"
        page.evaluate("document.documentElement.dir = 'rtl'")
        assert _overflow(page, 390) == [], f"{path} from right to left"


def test_nothing_leaves_the_machine(world: World, outside: tuple[str, list[bytes]]) -> None:
    page, asked = world.watched.page, outside[1]
    for route in ROUTES:
        for path in world.pages(route):
            page.goto(path)
    page.wait_for_load_state("networkidle")
    assert asked == []
    assert world.watched.foreign == []
    page.goto("about:blank")
    with pytest.raises(Error):
        page.goto("http://elsewhere.example/")  # this one is counted: the way out is the one that is watched
    assert len(asked) >= 1
    asked.clear()
    world.watched.foreign.clear()
    world.watched.complaints.clear()

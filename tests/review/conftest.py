"""A real database behind a real server; Chromium where a page must be seen."""

from __future__ import annotations

import http.client
import os
import re
import threading
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlencode, urljoin, urlsplit

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from review.app import create_app
from review.auth import csrf
from review.serving import address_of, config_of, listen
from review.text import LANGUAGES
from storage.database import Database, open_database
from storage.door import Found, Visit, record_all
from storage.migrate import upgrade
from storage.models import UnitKind
from storage.rights import install_rights, load_rights
from storage.runs import NewUnit, Task, claim, open_run
from storage.sessions import open_session
from storage.users import add_user, find_user
from storage.workspace import set_training
from wildtrade.records import (
    Assessment,
    Capture,
    Intent,
    Label,
    Listing,
    Money,
    PageKind,
    Signal,
    SignalKind,
    Taxon,
)

MARKET = "market"
ELEPHANT = Taxon(name="Loxodonta africana", rank="species", appendix="I", appendix_date="2026-03-05")


def listing(key: str, **fields: object) -> Listing:
    """A listing that says something in every field."""
    base = Listing(
        source=MARKET,
        key=key,
        url=f"https://market.example/item/{key}",
        title=f"Ivory bangle {key}",
        description="Old ivory bangle, shipped anywhere. Not ivory coloured resin.",
        price=Money(amount=Decimal("1250.50"), currency="USD"),
        seller="Ana",
        location="Lima",
        images=("https://market.example/1.jpg",),
    )
    return replace(base, **fields)  # type: ignore[arg-type]


def opinion(score: float = 0.9, *, language: str = "en", taxa: tuple[Taxon, ...] = (ELEPHANT,)) -> Assessment:
    """A flag with a term in the title, a guard in the description and the model's part."""
    term = Signal(
        kind=SignalKind.TERM,
        field="title",
        start=0,
        end=5,
        text="Ivory",
        weight=2.5,
        source="L1",
        message_key="term.strong",
    )
    guard = Signal(
        kind=SignalKind.GUARD, field="description", start=33, end=60, text="Not ivory coloured",
        weight=-0.75, source="G1", message_key="guard.colour",
    )  # fmt: skip
    model = Signal(
        kind=SignalKind.MODEL,
        field=None,
        start=None,
        end=None,
        text="",
        weight=0.5,
        source="m1",
        message_key="model.text",
    )
    return Assessment(
        label=Label.FLAG, score=score, bias=-1.0, language=language, taxa=taxa, product_forms=("carving",),
        intent=Intent.SELL, signals=(term, guard, model), lexicon_version="2026.11", model_version="m1",
    )  # fmt: skip


def _visit(run_id: int, task: Task, one: Listing, judged: Assessment) -> Visit:
    capture = Capture(
        url="https://market.example/",
        requested_url=task.url,
        status=200,
        captured_at=datetime.now(UTC),
        file="a.warc.gz",
        offset=100 * task.id,
        length=100,
        record_id="<urn:uuid:0>",
        record_sha256="0" * 64,
        payload_sha256="1" * 64,
    )
    found = (Found(listing=one, assessment=judged),)
    kind = PageKind.LISTING
    return Visit(run_id=run_id, unit_id=task.id, kind=kind, source=MARKET, capture=capture, found=found)


def store(database: Database, found: Sequence[tuple[Listing, Assessment]]) -> None:
    """Bring listings in through the one write door, as a crawl would; one page each."""
    units = [NewUnit(kind=UnitKind.LISTING, url=f"https://market.example/page/{at}") for at in range(len(found))]
    with database.session() as session:
        run = open_run(session, MARKET, units, {}, fresh=True)
        tasks = claim(session, run.id, len(units))
        visits = [_visit(run.id, task, one, judged) for task, (one, judged) in zip(tasks, found, strict=True)]
        record_all(session, visits)


def fill(database: Database, count: int, languages: Sequence[str] = ("en",)) -> None:
    """``count`` flags, the first the most urgent."""
    store(
        database,
        [
            (listing(str(n)), opinion(0.95 - 0.5 * n / count, language=languages[n % len(languages)]))
            for n in range(count)
        ],
    )


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """The URL of an empty database of this version."""
    url = f"sqlite:///{tmp_path}/data/wildtrade.db"
    upgrade(url, tmp_path / "backups")
    return url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = open_database(database_url)
    yield opened
    opened.close()


@contextmanager
def served(database: Database, **more: Any) -> Iterator[str]:
    """The app (``more`` is for ``create_app``) on a free loopback port; gives its address without the last slash."""
    listener = listen("127.0.0.1", 0)
    server = uvicorn.Server(config_of(create_app(database, **more)))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield address_of(listener).rstrip("/")
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


@pytest.fixture
def site(database: Database) -> Iterator[str]:
    """Address of the served app, without the last slash."""
    with served(database) as address:
        yield address


app_server = site


def ask(
    site: str, method: str, path: str, body: str | None = None, **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """One request as nobody, with underscores in header names as dashes: status, headers, body."""
    connection = http.client.HTTPConnection(urlsplit(site).netloc, timeout=10)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if body is not None:
        named.setdefault("Content-Type", "application/x-www-form-urlencoded")
    connection.request(method, path, body=body, headers=named)
    response = connection.getresponse()
    answer = response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
    connection.close()
    return answer


@dataclass(frozen=True)
class Person:
    """Somebody who is signed in."""

    site: str
    name: str
    user_id: int
    secret: str

    @property
    def cookie(self) -> tuple[str, str]:
        """Name and value."""
        return f"wildtrade_{urlsplit(self.site).port}", self.secret

    @property
    def csrf(self) -> str:
        """The token every write needs."""
        return csrf.token_for(self.secret)

    def ask(
        self, method: str, path: str, form: dict[str, Any] | None = None, **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """One request; a write comes from the page and brings the token along, unless ``headers`` say otherwise."""
        given = {"Cookie": "=".join(self.cookie)}
        if method not in ("GET", "HEAD"):
            given |= {"Origin": self.site, "X_CSRF_Token": self.csrf}
            form = form or {}
        body = None if form is None else urlencode(form, doseq=True)
        return ask(self.site, method, path, body, **(given | headers))

    def enter(self, context: BrowserContext) -> None:
        """Give a browser this person's session."""
        name, value = self.cookie
        context.add_cookies([{"name": name, "value": value, "url": self.site, "httpOnly": True, "sameSite": "Strict"}])


def sign_in(database: Database, site: str, *roles: str, name: str = "mara") -> Person:
    """A person with these roles and an open session; made where there is none of that name."""
    with database.session() as session:
        install_rights(session, load_rights())
        set_training(session, True)
        user = find_user(session, name) or add_user(session, name, roles)
        return Person(site, name, user.id, open_session(session, user.id, "127.0.0.1", "tests"))


@pytest.fixture
def signed_in(database: Database, site: str) -> Callable[..., Person]:
    """``signed_in("reviewer", name="mara")``: a person with these roles at the served app."""
    return partial(sign_in, database, site)


@pytest.fixture
def reviewer(signed_in: Callable[..., Person]) -> Person:
    """Mara, who takes decisions."""
    return signed_in("reviewer")


@dataclass
class Watched:
    """A browser page and what it did besides showing: console complaints, requests to elsewhere."""

    page: Page
    complaints: list[str]
    foreign: list[str]


# Not for the whole session: while it is open it keeps an event loop running, which other rooms' tests would meet.
@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield opened
        opened.close()


@contextmanager
def watching(browser: Browser, site: str, person: Person | None = None) -> Iterator[Watched]:
    """A page of 1366 x 768 on the app. It must have asked nobody else and complained about nothing."""
    context = browser.new_context(viewport={"width": 1366, "height": 768}, base_url=site)
    if person is not None:
        person.enter(context)
    watched = Watched(context.new_page(), [], [])
    watched.page.set_default_timeout(30_000)
    watched.page.on("console", lambda message: watched.complaints.append(f"{message.type}: {message.text}"))
    watched.page.on("pageerror", lambda error: watched.complaints.append(str(error)))
    watched.page.on("dialog", lambda dialog: (watched.complaints.append("a dialog opened"), dialog.dismiss()))
    context.on("request", lambda request: None if request.url.startswith(site) else watched.foreign.append(request.url))
    yield watched
    context.close()
    assert watched.foreign == []
    assert watched.complaints == []


@pytest.fixture
def watched(browser: Browser, site: str, reviewer: Person) -> Iterator[Watched]:
    """Mara's browser."""
    with watching(browser, site, reviewer) as opened:
        yield opened


@pytest.fixture
def stranger(browser: Browser, site: str) -> Iterator[Watched]:
    """The browser of somebody who is not signed in."""
    with watching(browser, site) as opened:
        yield opened


@pytest.fixture
def as_role(browser: Browser, site: str, signed_in: Callable[..., Person]) -> Iterator[Callable[..., Watched]]:
    """``as_role("admin", name="ada")``: the browser of a person with these roles."""
    with ExitStack() as stack:
        yield lambda *roles, name="ada": stack.enter_context(watching(browser, site, signed_in(*roles, name=name)))


def press(page: Page, key: str, title: str) -> None:
    """Press a key and wait until the page has that title."""
    page.keyboard.press(key)
    expect(page).to_have_title(re.compile(re.escape(title)))


_TAGS = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}


EVERY_LANGUAGE = os.environ.get("WILDTRADE_EVERY_LANGUAGE") == "1"


@pytest.fixture
def axe() -> Callable[..., None]:
    """``axe(page)``: axe-core finds nothing on the page as it is shown, at 1366 and 390 pixels, light and dark.

    ``axe(page, "/path")`` opens the path in one of the languages, another for each path, or in all with
    ``WILDTRADE_EVERY_LANGUAGE=1``; in the dark once, since colours do not depend on the language.
    """
    return _look_with_axe


def _look_with_axe(page: Page, path: str = "", *, languages: Sequence[str] = ()) -> None:
    if not path:
        _look(page, "", _ALL)
        return
    known = list(LANGUAGES)
    languages = languages or (known if EVERY_LANGUAGE else [known[zlib.crc32(path.encode()) % len(known)]])
    for language in languages:
        page.context.add_cookies([{"name": "wildtrade_language", "value": language, "url": urljoin(page.url, "/")}])
        page.goto(path)
        assert page.locator("html").get_attribute("lang") == language
        _look(page, f"{path} in {language}", _ALL if language == languages[0] else _LIGHT)


_LIGHT: tuple[tuple[int, Literal["light", "dark"]], ...] = ((1366, "light"), (390, "light"))
_ALL = (*_LIGHT, (1366, "dark"), (390, "dark"))


def axe_finds(page: Page) -> list[str]:
    """What axe-core has against the page as it is shown: the rule and where it is broken."""
    found = Axe().run(page, options=_TAGS).response["violations"]
    return [f"{one['id']}: {[node['html'][:120] for node in one['nodes'][:3]]}" for one in found]


def _look(page: Page, where: str, views: Sequence[tuple[int, Literal["light", "dark"]]]) -> None:
    size = page.viewport_size
    for width, scheme in views:
        page.set_viewport_size({"width": width, "height": 768})
        page.emulate_media(color_scheme=scheme)
        said = axe_finds(page)
        assert not said, f"{where or page.url} at {width} px, {scheme}: {said}"
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{where} scrolls sideways at {width} px"
    page.emulate_media(color_scheme=None)
    if size:
        page.set_viewport_size(size)

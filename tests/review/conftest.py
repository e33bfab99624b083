"""A real database behind a real server; Chromium where a page must be seen."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright

from review.app import create_app
from review.commands import address_of, listen
from storage.database import Database, open_database
from storage.door import Found, Visit, record_all
from storage.migrate import upgrade
from storage.models import UnitKind
from storage.runs import NewUnit, Task, claim, open_run
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
def served(database: Database, actor: str = "mara") -> Iterator[str]:
    """The app on a free loopback port; gives its address without the last slash."""
    listener = listen("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(create_app(database, actor=actor), log_level="error"))
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
    with served(database) as address:
        yield address


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


@pytest.fixture
def watched(browser: Browser, site: str) -> Iterator[Watched]:
    """A page of 1366 x 768 on the served queue. It must have asked nobody else and complained about nothing."""
    context = browser.new_context(viewport={"width": 1366, "height": 768}, base_url=site)
    watched = Watched(context.new_page(), [], [])
    watched.page.set_default_timeout(10_000)
    watched.page.on("console", lambda message: watched.complaints.append(f"{message.type}: {message.text}"))
    watched.page.on("pageerror", lambda error: watched.complaints.append(str(error)))
    watched.page.on("dialog", lambda dialog: (watched.complaints.append("a dialog opened"), dialog.dismiss()))
    context.on("request", lambda request: None if request.url.startswith(site) else watched.foreign.append(request.url))
    yield watched
    context.close()
    assert watched.foreign == []
    assert watched.complaints == []

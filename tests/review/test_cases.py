"""From a listing in the queue to a package that anybody can check, in a browser; reports; exports."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import uvicorn

from review.app import create_app
from review.serving import address_of, config_of, listen
from storage.custody import CustodyLog
from storage.database import Database
from storage.door import Found, Visit
from storage.evidence import Exchange, seal
from storage.models import UnitKind, utcnow
from storage.runs import NewUnit, claim, open_run
from storage.writer import Writer
from tests.review.conftest import Person, Watched, listing, opinion
from wildtrade.records import PageKind

TEXTS = ["Vòng ngà voi cổ, gọi 081 234 5678", "กำไลงาช้าง แท้ ร้อยเปอร์เซ็นต์ ส่งทั่วประเทศ", "象牙手镯 老货", "خاتم عاج"]


@pytest.fixture
def log(tmp_path: Path) -> CustodyLog:
    return CustodyLog(tmp_path / "data" / "evidence")


@pytest.fixture
def captured(database: Database, log: CustodyLog) -> None:
    """Listings in four scripts, each captured for real: WARC, custody log, database."""
    with closing(Writer(database, log.evidence, log=log)) as writer:
        units = [NewUnit(kind=UnitKind.LISTING, url=f"https://market.example/{n}") for n in range(len(TEXTS))]
        with database.session() as session:
            run = open_run(session, "market", units, {}, fresh=True)
            tasks = claim(session, run.id, len(units))
        for task, text in zip(tasks, TEXTS, strict=True):
            body = f"<html><title>{text}</title><p>{text}".encode()
            head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {len(body)}\r\n\r\n"
            exchange = Exchange(
                url=task.url,
                requested_url=task.url,
                request=b"GET / HTTP/1.1\r\nHost: market.example\r\nCookie: sid=CANARY\r\n\r\n",
                response=head.encode() + body,
                payload=body,
                status=200,
                ip="192.0.2.7",
                started_at=utcnow(),
            )
            one = listing(str(task.id), url=task.url, title=text, description=text, seller="Somchai Jewelry")
            found = (Found(listing=one, assessment=replace(opinion(), signals=())),)
            visit = Visit(
                run_id=run.id, unit_id=task.id, kind=PageKind.LISTING, source="market", capture=None, found=found
            )
            writer.submit(visit, seal(exchange)).result(60)


@pytest.fixture
def site(database: Database, log: CustodyLog, captured: None) -> Iterator[str]:
    """The app over database and evidence."""
    listener = listen("127.0.0.1", 0)
    server = uvicorn.Server(config_of(create_app(database, custody=log)))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    yield address_of(listener).rstrip("/")
    server.should_exit = True
    thread.join()
    listener.close()


@pytest.fixture
def ana(signed_in: Callable[..., Person]) -> Person:
    return signed_in("investigator", name="ana")


def open_with_exhibits(ana: Person, count: int = 4) -> None:
    """Case 1 with listings and an exhibit of each."""
    assert ana.ask("POST", "/cases", {"title": "Ngà voi งาช้าง 象牙"})[0] == 303
    for n in range(1, count + 1):
        assert ana.ask("POST", "/cases/add", {"listing": n, "case": 1, "why": "same seller"})[0] == 303
        assert ana.ask("POST", "/cases/1/seal", {"capture": n, "shows": "A bangle"})[0] == 303


def test_smoke(ana: Person) -> None:
    open_with_exhibits(ana)
    for path in ("/cases", "/cases/1", "/exhibits/1", "/exports", "/cases/add?listing=1"):
        status, _, body = ana.ask("GET", path)
        assert status == 200, (path, body[-2000:])
    status, headers, body = ana.ask("POST", "/cases/1/report", {"language": "th", "identities": "true"})
    assert status == 200 and body.startswith(b"%PDF-1.7"), body[:3000]
    Path("/tmp/report.pdf").write_bytes(body)

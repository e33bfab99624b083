"""Listings, opinions, pages and whole crawls for the storage tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from storage.database import Database
from storage.door import Found, Recorded, Visit, record
from storage.evidence import Exchange
from storage.models import Base, UnitKind
from storage.runs import NewUnit, OpenedRun, Task, add_units, claim
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

START = datetime(2026, 11, 1, 12, tzinfo=UTC)


def listing(key: str = "1", **fields: Any) -> Listing:
    """A listing that says something in every field."""
    base = Listing(
        source="market",
        key=key,
        url=f"https://market.example/item/{key}",
        title=f"Carved bangle {key}",
        description="An old bangle.",
        price=Money(amount=Decimal("120.50"), currency="USD"),
        seller="Ana",
        location="Lima",
        images=("https://market.example/1.jpg",),
        language="en",
    )
    return replace(base, **fields)


def opinion(label: Label = Label.FLAG, score: float = 0.9, *taxa: Taxon, **fields: Any) -> Assessment:
    """An assessment with one signal."""
    signal = Signal(
        kind=SignalKind.TERM,
        field="title",
        start=0,
        end=6,
        text="Carved",
        weight=2.0,
        source="L001",
        message_key="term",
    )
    named = taxa or (Taxon(name="Loxodonta africana", rank="species", appendix="I/II", appendix_date="2026-03-05"),)
    base = Assessment(label=label, score=score, bias=-1.0, language="en", taxa=named, intent=Intent.SELL)
    return replace(base, signals=(signal,), lexicon_version="2026.11", model_version="m1", **fields)


def capture(at: datetime = START, *, file: str = "a.warc.gz", offset: int = 0, **fields: Any) -> Capture:
    """Where a page lies in the evidence."""
    base = Capture(
        url="https://market.example/item/1",
        requested_url="https://market.example/item/1",
        status=200,
        captured_at=at,
        file=file,
        offset=offset,
        length=100,
        record_id="<urn:uuid:0>",
        record_sha256="0" * 64,
        payload_sha256="1" * 64,
    )
    return replace(base, **fields)


def exchange(
    body: bytes = b"<html>hello</html>", url: str = "https://market.example/item/1", **fields: Any
) -> Exchange:
    """An exchange as a plain server would have it."""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    base = Exchange(
        url=url,
        requested_url=url,
        request=b"GET /item/1 HTTP/1.1\r\nHost: market.example\r\n\r\n",
        response=head + body,
        payload=body,
        status=200,
        ip="192.0.2.7",
        started_at=START,
    )
    return replace(base, **fields)


@dataclass
class Crawl:
    """A run of the source ``market`` that visits pages by the handful; each visit is a transaction."""

    database: Database
    run: OpenedRun
    numbers: Iterator[int]
    days: float = 0.0

    def task(self, kind: UnitKind = UnitKind.LISTING) -> Task:
        """A claimed unit for a page nobody has seen."""
        unit = NewUnit(kind=kind, url=f"https://market.example/page/{self.run.id}/{next(self.numbers)}")
        with self.database.session() as session:
            add_units(session.connection(), self.run.id, [unit])
            return claim(session, self.run.id, 1)[0]

    def visit(self, *found: Found | Listing, **fields: Any) -> Visit:
        """A visit of a new page that shows these listings."""
        task = self.task()
        whole = tuple(one if isinstance(one, Found) else Found(listing=one, assessment=opinion()) for one in found)
        at = START + timedelta(days=self.days, seconds=task.id)
        base = Visit(
            run_id=self.run.id,
            unit_id=task.id,
            source="market",
            kind=PageKind.LISTING,
            capture=capture(at, offset=100 * task.id),
            found=whole,
        )
        return replace(base, **fields)

    def store(self, *found: Found | Listing, **fields: Any) -> Recorded:
        """Record such a visit."""
        with self.database.session() as session:
            return record(session, self.visit(*found, **fields))

    def change(self, *found: Found | Listing, **fields: Any) -> list[str]:
        """Record such a visit and say what changed."""
        return [change.value for _, change in self.store(*found, **fields).changes]


def count(session: Session, model: type[Base], *conditions: Any) -> int:
    """Rows of a table that meet the conditions."""
    return session.scalar(select(func.count()).select_from(model).where(*conditions)) or 0

"""A workspace of any size for the review benchmark: seeded, written in bulk, in five scripts."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import accumulate
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from storage.database import Database
from storage.models import (
    AssessmentRow,
    Base,
    CaptureRow,
    FlagRow,
    FlagState,
    ListingRow,
    PageCapture,
    Revision,
    Run,
    RunState,
    Unit,
    UnitKind,
    UnitState,
    table_of,
)
from storage.priority import Facts, compute
from storage.search.index import catch_up, note_changed
from wildtrade.records import Change, Intent, Label

START = datetime(2026, 6, 1, tzinfo=UTC)
COMMON = ("ivory", "old", "ngà voi", "象牙", "งาช้าง", "عاج", "bangle carved")
_GROUP = 5_000
_PER_PAGE = 20
_SOURCES = [f"market_{number}" for number in range(12)]
_LANGUAGES = ("en", "es", "vi", "th", "zh", "ar", "fr")
_MIDDLES = [
    "carved",
    "bangle",
    "antique",
    "bone",
    "horn",
    "scale",
    "tooth",
    "claw",
    "skin",
    "leather",
    "feather",
    "shell",
    "ring",
    "chain",
    "pendant",
    "box",
    "statue",
    "figure",
    "handmade",
    "vintage",
    "genuine",
    "original",
    "rare",
    "price",
    "cash",
    "pickup",
    "shipping",
    "marfil",
    "colmillo",
    "tallado",
    "antiguo",
    "envío",
    "oferta",
    "vòng",
    "tay",
    "thật",
    "giá",
    "rẻ",
    "ship",
    "écailles",
    "ivoire",
    "ancien",
    "vente",
    "livraison",
    "กำไล",
    "แกะสลัก",
    "ของแท้",
    "手镯",
    "老料",
    "把玩",
    "雕刻",
    "قديم",
    "للبيع",
    "سعر",
]


class Words:
    """Words as a market has them: a few everywhere, many seldom, some in a handful of listings."""

    def __init__(self, listings: int, seed: int) -> None:
        self._random = random.Random(seed)
        self.rare = [f"qar{self._random.getrandbits(40):x}" for _ in range(max(listings // 20, 1))]
        filler = [f"{middle}{number}" for number in range(60) for middle in _MIDDLES]
        self._words = [*_MIDDLES, *filler]
        self._weights = list(accumulate(1 / (place + 5) for place in range(len(self._words))))

    def text(self, length: int) -> str:
        """A text; a third hold a common word, each holds at most one rare one."""
        said = self._random.choices(self._words, cum_weights=self._weights, k=length)
        if self._random.random() < 0.3:
            said.insert(length // 2, self._random.choice(COMMON))
        if self._random.random() < 0.5:
            said.append(self._random.choice(self.rare))
        return " ".join(said)


def fill(database: Database, listings: int, pending: int, seed: int = 7) -> Words:
    """Listings with a revision, an opinion and a capture each, ``pending`` flags, and the index of it all."""
    words = Words(listings, seed)
    chance = random.Random(seed + 1)
    with database.session() as session:
        values = {"source": _SOURCES[0], "state": RunState.FINISHED, "options": {}, "ended_at": START}
        session.execute(insert(table_of(Run)).values(id=1, **values))
    for first in range(1, listings + 1, _GROUP):
        with database.session() as session:
            numbers = range(first, min(first + _GROUP, listings + 1))
            _fill_group(session, numbers, words, chance, listings, pending)
    if database.engine.dialect.name == "postgresql":
        _settle_postgres(database)
    catch_up(database, 36_000)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
    return words


def _settle_postgres(database: Database) -> None:
    """Rows were given their numbers; the sequences follow."""
    with database.session() as session:
        for model in (Run, Unit, PageCapture, ListingRow, Revision, AssessmentRow, FlagRow):
            name = table_of(model).name
            session.connection().exec_driver_sql(
                f"SELECT setval('{name}_id_seq', (SELECT coalesce(max(id), 0) + 1 FROM {name}), false)"
            )


def _fill_group(
    session: Session, numbers: range, words: Words, chance: random.Random, listings: int, pending: int
) -> None:
    rows: dict[type[Base], list[dict[str, Any]]] = {
        model: [] for model in (Unit, PageCapture, ListingRow, Revision, AssessmentRow, CaptureRow, FlagRow)
    }
    for number in numbers:
        for model, row in _rows(
            number, words, chance, waits=number * pending // listings > (number - 1) * pending // listings
        ):
            rows[model].append(row)
    for model, group in rows.items():
        if group:
            session.execute(insert(table_of(model)), group)
    note_changed(session.connection(), numbers)


def _rows(
    number: int, words: Words, chance: random.Random, *, waits: bool
) -> Iterator[tuple[type[Base], dict[str, Any]]]:
    source, language = chance.choice(_SOURCES), chance.choice(_LANGUAGES)
    seen = START + timedelta(seconds=number * 10)
    page = (number - 1) // _PER_PAGE + 1
    if (number - 1) % _PER_PAGE == 0:
        yield from _page(page, seen)
    url = f"https://{source}.example/item/{number}"
    stamp = {"first_seen_at": seen, "last_seen_at": seen + timedelta(days=chance.randrange(30))}
    yield ListingRow, {"id": number, "source": source, "key": str(number), "url": url, "revision_id": number, **stamp,
                       "gone_at": seen + timedelta(days=40) if chance.random() < 0.1 else None}  # fmt: skip
    yield Revision, {
        "id": number, "listing_id": number, "content_hash": f"{number:064x}", "title": words.text(6),
        "description": words.text(chance.randrange(15, 70)), "amount": Decimal(chance.randrange(1, 200_000)) / 100,
        "currency": chance.choice(("USD", "VND", "THB")), "seller": f"seller {int(chance.paretovariate(0.6)) % 20_000}",
        "location": chance.choice(("Lima, Peru", "Hà Nội", "Nairobi, Kenya", None)), "images": [f"{url}/1.jpg"],
        "posted_at": seen.date(), "language": language, "identifiers": {}, "created_at": seen,
    }  # fmt: skip
    appendix = chance.choice(("I", "II", "III", None, None)) if waits else None
    label = Label.FLAG if waits else Label.CLEAR
    score = chance.uniform(0.5, 1) if waits else chance.uniform(0, 0.4)
    taxa = [{"name": "Loxodonta africana", "rank": "species", "appendix": "I", "appendix_date": "2026-03-05"}]
    yield AssessmentRow, {
        "id": number, "listing_id": number, "revision_id": number, "run_id": 1, "label": label, "score": score,
        "bias": -1.0, "language": language, "intent": Intent.SELL, "appendix": appendix, "taxa": taxa if waits else [],
        "product_forms": ["carving"] if waits else [], "lexicon_version": "1", "model_version": "1",
        "signals": [{"kind": "term", "field": "title", "start": 0, "end": 4, "text": "word", "weight": 2.0,
                     "source": "L1", "message_key": "term.strong"}] if waits else [],
    }  # fmt: skip
    yield CaptureRow, {"run_id": 1, "listing_id": number, "page_id": page, "revision_id": number, "change": Change.NEW,
                       "captured_at": seen}  # fmt: skip
    if waits:
        facts = Facts(source=source, language=language, score=score, label=label, appendix=appendix,
                      last_seen_at=stamp["last_seen_at"], waiting_since=seen)  # fmt: skip
        priority, parts = compute(facts, seen + timedelta(days=1))
        yield FlagRow, {
            "listing_id": number, "assessment_id": number, "state": FlagState.OPEN, "source": source,
            "language": language, "appendix": appendix, "label": label, "priority": priority, "priority_parts": parts,
            "score": score, "shuffle": chance.getrandbits(31), "created_at": seen,
        }  # fmt: skip


def _page(page: int, seen: datetime) -> Iterator[tuple[type[Base], dict[str, Any]]]:
    url = f"https://market.example/page/{page}"
    yield Unit, {"id": page, "run_id": 1, "kind": UnitKind.LISTING, "state": UnitState.DONE, "url": url,
                 "url_key": f"{page:064x}"}  # fmt: skip
    yield PageCapture, {
        "id": page, "run_id": 1, "unit_id": page, "kind": "listing", "url": url, "requested_url": url, "status": 200,
        "captured_at": seen, "file": "a.warc.gz", "offset": page * 100, "length": 100, "record_id": f"<urn:{page}>",
        "record_sha256": "0" * 64, "payload_sha256": "1" * 64, "complete": True,
    }  # fmt: skip

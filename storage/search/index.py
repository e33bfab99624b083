"""The index follows the listings: the write door notes what changed, ``catch_up`` indexes it.

Indexing a listing costs more than the write door may spend on a page, so it is done when somebody searches, and
after a crawl; the note is written in the transaction of the change, so nothing is ever missed.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Row, and_, column, delete, exists, func, insert, select, table, update
from sqlalchemy.orm import Session

from storage.database import Database
from storage.dialects import insert_or_ignore, lock_name
from storage.models import (
    AssessmentRow,
    ListingRow,
    Revision,
    SearchDocument,
    SearchPending,
    SellerRow,
    table_of,
)
from storage.search.contacts import contacts, without_contacts
from storage.search.words import MOST_WORDS, words
from storage.sellers import add_listings

_LISTING, _REVISION, _ASSESSMENT = table_of(ListingRow), table_of(Revision), table_of(AssessmentRow)
_DOCUMENT, _PENDING, _SELLER = table_of(SearchDocument), table_of(SearchPending), table_of(SellerRow)
_WORDS = table("search_words", column("rowid"), column("words"))  # SQLite only: an FTS5 table without contents
_GROUP = 500  # listings in one transaction: a crawl never waits long for the lock
_MOST_PLACES = 255  # of one word in one text, as PostgreSQL keeps them
_MOST_CONTACTS = 50
_LONGEST_TEXT = 200_000  # characters that are read for words
_BREAK = "="  # between fields, so that no phrase runs from one into the next
EVERY = "all="  # a word of every document: what FTS5 needs for a query that only excludes
_running = threading.Lock()


def note_changed(connection: Connection, listing_ids: Iterable[int]) -> None:
    """Note listings that have to be indexed anew, in the caller's transaction."""
    rows = [{"listing_id": one} for one in listing_ids]
    if rows:
        connection.execute(insert(_PENDING), rows)


def is_behind(session: Session) -> bool:
    """Whether there is something to index."""
    return bool(session.scalar(select(exists().select_from(_PENDING))))


def catch_up(database: Database, seconds: float = 600.0) -> bool:
    """Index what has changed, for at most about ``seconds``. False where something is left or another is at it."""
    with database.session(read_only=True) as session:
        if not is_behind(session):
            return True
    if not _running.acquire(blocking=False):
        return False
    try:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with database.session() as session:
                if not index_some(session.connection()):
                    return True
        return False
    finally:
        _running.release()


def rebuild(database: Database) -> None:
    """Throw the index away and make it anew: after erasure, since it still holds words of what was erased."""
    with database.session() as session:
        connection = session.connection()
        connection.execute(delete(_PENDING))
        connection.execute(delete(_DOCUMENT))
        connection.execute(update(_SELLER).values(listings=0))
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("INSERT INTO search_words (search_words) VALUES ('delete-all')")
        connection.execute(insert(_PENDING).from_select(["listing_id"], select(_LISTING.c.id).order_by(_LISTING.c.id)))
    catch_up(database)


def index_some(connection: Connection, most: int = _GROUP) -> int:
    """Index the listings that have waited longest; how many notes that settled."""
    lock_name(connection, "search index")
    notes = connection.execute(select(_PENDING.c.id, _PENDING.c.listing_id).order_by(_PENDING.c.id).limit(most)).all()
    if notes:
        _index(connection, sorted({note.listing_id for note in notes}))
        connection.execute(delete(_PENDING).where(_PENDING.c.id.in_([note.id for note in notes])))
    return len(notes)


def _index(connection: Connection, listing_ids: Sequence[int]) -> None:
    rows = connection.execute(_statement(listing_ids)).all()
    sellers = _sellers(connection, {(row.source, row.seller) for row in rows if row.seller})
    found = {row.listing_id: list(_words_of(row, sellers)) for row in rows}
    whole_text = connection.dialect.name == "postgresql"
    documents = [
        _document(row, sellers) | {"words": _vector(found[row.listing_id]) if whole_text else None} for row in rows
    ]
    old = select(_DOCUMENT.c.seller_id).where(
        _DOCUMENT.c.listing_id.in_(listing_ids), _DOCUMENT.c.seller_id.is_not(None)
    )
    changes = Counter(one["seller_id"] for one in documents if one["seller_id"])
    changes.subtract(connection.scalars(old))
    add_listings(connection, changes)
    connection.execute(delete(_DOCUMENT).where(_DOCUMENT.c.listing_id.in_(listing_ids)))
    if not documents:
        return
    made = connection.execute(insert(_DOCUMENT).returning(_DOCUMENT.c.id, _DOCUMENT.c.listing_id), documents).all()
    if not whole_text:
        lines = [{"rowid": row.id, "words": " ".join([EVERY, *found[row.listing_id]])} for row in made]
        connection.execute(insert(_WORDS), lines)


def _statement(listing_ids: Sequence[int]) -> Any:
    other = _ASSESSMENT.alias()
    newest = select(func.max(other.c.id)).where(other.c.revision_id == _REVISION.c.id).scalar_subquery()
    columns = (
        _REVISION.c.listing_id, _REVISION.c.id.label("revision_id"), _LISTING.c.source, _REVISION.c.title,
        _REVISION.c.description, _REVISION.c.amount, _REVISION.c.currency, _REVISION.c.seller, _REVISION.c.location,
        _REVISION.c.images, _REVISION.c.posted_at, _REVISION.c.language.label("stated_language"),
        _ASSESSMENT.c.id.label("assessment_id"), _ASSESSMENT.c.language, _ASSESSMENT.c.appendix, _ASSESSMENT.c.label,
        _ASSESSMENT.c.taxa, _ASSESSMENT.c.product_forms, _ASSESSMENT.c.intent,
    )  # fmt: skip
    opinion = and_(_ASSESSMENT.c.revision_id == _REVISION.c.id, _ASSESSMENT.c.id == newest)
    joined = _LISTING.join(_REVISION, _REVISION.c.id == _LISTING.c.revision_id).outerjoin(_ASSESSMENT, opinion)
    return select(*columns).select_from(joined).where(_LISTING.c.id.in_(listing_ids)).order_by(_LISTING.c.id)


def _sellers(connection: Connection, accounts: set[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """Ids of accounts by source and name; new ones are made."""
    if not accounts:
        return {}
    rows = [{"source": source, "name": name} for source, name in sorted(accounts)]
    connection.execute(insert_or_ignore(connection, _SELLER, "source", "name"), rows)
    names = {name for _, name in accounts}
    found = connection.execute(select(_SELLER.c.id, _SELLER.c.source, _SELLER.c.name).where(_SELLER.c.name.in_(names)))
    return {(row.source, row.name): row.id for row in found}


def _document(row: Row[Any], sellers: dict[tuple[str, str], int]) -> dict[str, Any]:
    return {
        "listing_id": row.listing_id,
        "revision_id": row.revision_id,
        "assessment_id": row.assessment_id,
        "seller_id": sellers.get((row.source, row.seller)),
        "source": row.source,
        "language": row.language or row.stated_language,
        "appendix": row.appendix,
        "label": row.label,
        "price": None if row.amount is None else float(row.amount),
        "posted_on": row.posted_at,
    }


def _words_of(row: Row[Any], sellers: dict[tuple[str, str], int]) -> list[str]:
    """Everything a listing is found by: its fields as ``field=word``, then its text without the contacts in it, which
    are fields: whoever may not see them must not find them by their digits either."""
    texts = [(text or "")[:_LONGEST_TEXT] for text in (row.title, row.description, row.location)]
    reached = [contacts(text) for text in texts]
    found: list[str] = []
    for name, value in _facts(row, [one.value for some in reached for one in some][:_MOST_CONTACTS]):
        found += field_words(name, value)
    if account := sellers.get((row.source, row.seller)):
        found.append(f"seller#{account}")
    found += [f"image={image_word(url)}" for url in (row.images or [])[:20]]
    for text, some in zip(texts, reached, strict=True):
        found += [_BREAK, *words(without_contacts(text, some))]
    return found[:MOST_WORDS]


@lru_cache(20_000)
def field_words(name: str, value: str) -> tuple[str, ...]:
    """How a field stands in the index."""
    return (_BREAK, *(f"{name}={word}" for word in words(value)))


def _facts(row: Row[Any], reached: Sequence[str]) -> Iterator[tuple[str, str]]:
    language = row.language or row.stated_language
    yield "source", row.source
    yield "app", row.appendix or "none"
    given = {"image": row.images, "price": row.amount is not None, "place": row.location, "seller": row.seller,
             "contact": reached, "text": row.title or row.description}  # fmt: skip
    yield from (("has", name) for name, value in given.items() if value)
    stated = {"label": row.label, "lang": language, "seller": row.seller, "place": row.location,
              "currency": row.currency, "intent": row.intent}  # fmt: skip
    yield from ((name, str(value)) for name, value in stated.items() if value)
    yield from (("taxon", taxon["name"]) for taxon in row.taxa or ())
    yield from (("form", form) for form in row.product_forms or ())
    yield from (("contact", value) for value in reached)


def image_word(url: str) -> str:
    """How a picture's address stands in the index."""
    return hashlib.sha256(url.encode("utf-8", "replace")).hexdigest()[:20]


def _vector(found: Sequence[str]) -> str:
    """The words as PostgreSQL reads a tsvector: its own parser would cut Thai and addresses its own way."""
    places: dict[str, list[str]] = {}
    for at, word in enumerate(found, 1):
        places.setdefault(word, []).append(str(at))
    return " ".join(f"'{word}':{','.join(at[:_MOST_PLACES])}" for word, at in places.items() if word != _BREAK)

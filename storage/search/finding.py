"""From a query to listings: newest change first, page by page, quick by design.

Ranking reads no more hits than it shows: both databases walk the documents backwards and stop. Nothing counts
beyond 10,000.
"""

from __future__ import annotations

import operator
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, cast, column, exists, func, literal, select, table, text
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, aliased

from storage.decisions import standing
from storage.models import (
    AssessmentRow,
    DecisionRow,
    FlagRow,
    FlagState,
    ListingRow,
    Revision,
    SearchDocument,
    list_date,
    table_of,
)
from storage.pictures import similar
from storage.search.index import EVERY
from storage.search.query import FIELDS, Kind, Query, QueryError, Term, between, similar_to
from storage.sellers import accounts_of, seller_of
from wildtrade.records import DecisionLabel

MOST = 10_000  # hits that are counted
_SAMPLE = 1_000  # newest hits that the facets are about,
_ENOUGH = 200  # or that many, where they are quicker to find
_NEWEST = 10_000  # documents in which a common word stands often enough for a page
_LIMIT_SECONDS = 5.0
_DOCUMENT = table_of(SearchDocument)
_WORDS = table("search_words", column("rowid"))
_LABELS = {"flagged": "flag", "unsure": "unsure", "clear": "clear"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One listing found. ``document_id`` is its place: the next page begins after it; ``seller_id`` the number of the
    seller that stands for its account."""

    document_id: int
    listing_id: int
    flag_id: int | None
    source: str
    title: str | None
    description: str | None
    language: str | None
    amount: Decimal | None
    currency: str | None
    seller_id: int | None
    seller: str | None
    location: str | None
    images: list[str]
    posted_at: date | None
    first_seen_at: datetime
    last_seen_at: datetime
    gone_at: datetime | None
    label: str | None
    score: float | None
    appendix: str | None
    taxa: list[dict[str, Any]] | None

    @property
    def appendix_date(self) -> str | None:
        """The date of the list that ``appendix`` comes from (ISO)."""
        return list_date(self.appendix, self.taxa or ())

    @property
    def price_text(self) -> str:
        """The price in words, e.g. ``1,250.50 USD``; empty where none is stated."""
        return "" if self.amount is None else f"{self.amount:,f} {self.currency or ''}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A page of hits; ``after`` begins the next one, None at the end."""

    hits: list[Hit]
    after: int | None


def find(session: Session, query: Query, *, limit: int = 50, after: int | None = None) -> Found:
    """A page of hits, newest change first. Raises QueryError where it takes too long."""
    with limited(session):
        ids = _newest(session, query, after, limit + 1)
    return Found(hits=load(session, ids[:limit]), after=ids[limit - 1] if len(ids) > limit else None)


def _newest(session: Session, query: Query, after: int | None, most: int, enough: int = 0) -> list[int]:
    """The ids of the newest hits; ``enough`` of them do where more would have to be gathered from all."""
    found = _among_newest(session, query, after, most)
    if len(found) >= (enough or most):
        return found
    return list(session.scalars(documents(session, query, after).limit(most)))


def _among_newest(session: Session, query: Query, after: int | None, most: int) -> list[int]:
    """On PostgreSQL: hits among the newest documents, read backwards. It believes that words which always stand
    together, such as the pairs of letters of a Thai word, hardly ever do, and would gather all to show a few."""
    if session.get_bind().dialect.name != "postgresql" or not any(term.words for term in query.terms):
        return []
    key = _DOCUMENT.c.id
    older = select(key).order_by(key.desc()).offset(_NEWEST).limit(1)
    first = session.scalar(older if after is None else older.where(key < after)) or 0
    session.execute(text("SET LOCAL enable_bitmapscan = off"))
    found = list(session.scalars(documents(session, query, after).where(key >= first).limit(most)))
    session.execute(text("SET LOCAL enable_bitmapscan = on"))
    return found


def count(session: Session, query: Query) -> int:
    """How many listings are found; MOST + 1 stands for more than MOST."""
    inner = documents(session, query).order_by(None).limit(MOST + 1).subquery()
    with limited(session):
        return session.scalar(select(func.count()).select_from(inner)) or 0


def facets(session: Session, query: Query) -> dict[str, list[tuple[str, int]]]:
    """The commonest sources, languages, appendices and labels among the newest hits, by field of the box."""
    columns = (_DOCUMENT.c.source, _DOCUMENT.c.language, _DOCUMENT.c.appendix, _DOCUMENT.c.label)
    with limited(session):
        ids = _newest(session, query, None, _SAMPLE, _ENOUGH)
        rows = session.execute(select(*columns).where(_DOCUMENT.c.id.in_(ids))).all()
    named = {value: name for name, value in _LABELS.items()}
    values = {
        "source": Counter(row.source for row in rows),
        "lang": Counter(row.language for row in rows if row.language),
        "app": Counter(row.appendix or "none" for row in rows),
        "is": Counter(named[row.label] for row in rows if row.label),
    }
    return {name: counter.most_common(12) for name, counter in values.items()}


def documents(session: Session, query: Query, after: int | None = None) -> Select[int]:
    """The ids of the documents found, newest first."""
    wanted, refused = _phrases(session, query, negated=False), _phrases(session, query, negated=True)
    key: ColumnElement[int] = _DOCUMENT.c.id
    statement = select(_DOCUMENT.c.id)
    if (wanted or refused) and session.get_bind().dialect.name == "sqlite":
        key = _WORDS.c.rowid
        statement = statement.select_from(_WORDS.join(_DOCUMENT, _DOCUMENT.c.id == _WORDS.c.rowid))
        statement = statement.where(text("search_words MATCH :match").bindparams(match=_fts5(wanted, refused)))
    elif wanted or refused:
        statement = statement.where(_DOCUMENT.c.words.op("@@")(cast(literal(_tsquery(wanted, refused)), TSQUERY)))
    if after is not None:
        statement = statement.where(key < after)
    now = datetime.now(UTC)
    for term in query.terms:
        if not term.words:
            condition = _condition(term, now)
            statement = statement.where(~condition if term.negated else condition)
    if any(_about_listing(term) for term in query.terms):
        statement = statement.join(ListingRow, ListingRow.id == _DOCUMENT.c.listing_id)
    return statement.order_by(key.desc())


def load(session: Session, ids: Sequence[int]) -> list[Hit]:
    """What is shown of documents, in the order of ``ids``."""
    columns = (
        SearchDocument.id.label("document_id"), SearchDocument.listing_id, FlagRow.id.label("flag_id"),
        SearchDocument.source, Revision.title, func.substr(Revision.description, 1, 400).label("description"),
        SearchDocument.language, Revision.amount, Revision.currency, Revision.seller, Revision.location,
        seller_of(SearchDocument.source, Revision.seller).label("seller_id"),
        Revision.images, Revision.posted_at, ListingRow.first_seen_at, ListingRow.last_seen_at,
        ListingRow.gone_at, SearchDocument.label, AssessmentRow.score, SearchDocument.appendix, AssessmentRow.taxa,
    )  # fmt: skip
    statement = (
        select(*columns)
        .join(ListingRow, ListingRow.id == SearchDocument.listing_id)
        .join(Revision, Revision.id == SearchDocument.revision_id)
        .outerjoin(AssessmentRow, AssessmentRow.id == SearchDocument.assessment_id)
        .outerjoin(FlagRow, FlagRow.listing_id == SearchDocument.listing_id)
        .where(SearchDocument.id.in_(ids))
        .order_by(SearchDocument.id.desc())
    )
    return [Hit(**row._mapping) for row in session.execute(statement)]


_Phrases = list[list[tuple[tuple[str, ...], bool]]]


def _phrases(session: Session, query: Query, *, negated: bool) -> _Phrases:
    """What to look for in the index, as phrases of which one must be there each."""
    found = [_phrases_of(session, term) for term in query.terms if term.words and term.negated is negated]
    for term in query.terms:
        if term.field == "is" and term.value in _LABELS and term.negated is negated:
            found.append([((f"label={_LABELS[term.value]}",), False)])
    return found


def _phrases_of(session: Session, term: Term) -> list[tuple[tuple[str, ...], bool]]:
    """A number of a seller stands for all accounts that people merged with it."""
    if term.field == "seller" and term.value.startswith("#") and int(term.value[1:]) < 2**63:
        return [((f"seller#{one}",), False) for one in accounts_of(session, int(term.value[1:]))]
    return [(term.words, term.begins)]


def _fts5(wanted: _Phrases, refused: _Phrases) -> str:
    """In the words of FTS5. Words hold no quotes, see ``storage.search.words``."""

    def said(phrases: list[tuple[tuple[str, ...], bool]]) -> str:
        one_of = (f'"{" ".join(words)}"{" *" if begins else ""}' for words, begins in phrases)
        return f"({' OR '.join(one_of)})"

    positive = " AND ".join(said(one) for one in wanted or [[((EVERY,), False)]])
    return f"({positive}) NOT ({' OR '.join(said(one) for one in refused)})" if refused else positive


def _tsquery(wanted: _Phrases, refused: _Phrases) -> str:
    """In the words of PostgreSQL."""

    def said(phrases: list[tuple[tuple[str, ...], bool]]) -> str:
        one_of = (" <-> ".join(f"'{word}'" for word in words) + (":*" if begins else "") for words, begins in phrases)
        return f"({' | '.join(f'({one})' for one in one_of)})"

    return " & ".join([*(said(one) for one in wanted), *(f"!{said(one)}" for one in refused)])


def _about_listing(term: Term) -> bool:
    return term.field == "seen" or (term.field == "is" and term.value in ("gone", "offline", "online"))


def _condition(term: Term, now: datetime) -> ColumnElement[bool]:
    kind = FIELDS[term.field].kind
    if kind is Kind.NUMBER:
        return _price(term)
    if kind is Kind.DATE:
        return _time(term, now)
    return _state(term)


def _price(term: Term) -> ColumnElement[bool]:
    compare = {":": operator.eq, ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le}
    met: ColumnElement[bool] = compare[term.op](_DOCUMENT.c.price, float(term.value.replace(",", "")))
    return and_(_DOCUMENT.c.price.is_not(None), met)


def _time(term: Term, now: datetime) -> ColumnElement[bool]:
    since, until = between(term, now)
    if term.field == "seen":
        moment = ListingRow.last_seen_at
        return and_(*([moment >= since] if since else []), *([moment < until] if until else []))
    day = _DOCUMENT.c.posted_on
    last = (until - timedelta(microseconds=1)).date() if until else None
    return and_(day.is_not(None), *([day >= since.date()] if since else []), *([day <= last] if last else []))


def _state(term: Term) -> ColumnElement[bool]:
    if term.field == "image":
        return _DOCUMENT.c.listing_id.in_(similar(similar_to(term)))
    if term.field == "decided":
        return _DOCUMENT.c.id.in_(_decided(DecisionLabel(term.value)))
    if term.value in _LABELS:  # a word of the index
        return literal(True) if not term.negated else literal(False)
    if term.value in ("gone", "offline"):
        return ListingRow.gone_at.is_not(None)
    if term.value == "online":
        return ListingRow.gone_at.is_(None)
    closed = FlagRow.state == FlagState.DECIDED
    state = ~closed if term.value == "waiting" else closed
    held = exists().where(FlagRow.listing_id == _DOCUMENT.c.listing_id, state)
    return ~held if term.value == "undecided" else held


def _decided(label: DecisionLabel) -> Select[int]:
    """Documents with a decision that nobody has taken back, and that nobody must not know yet."""
    own = aliased(SearchDocument)
    query = select(own.id).join(DecisionRow, DecisionRow.listing_id == own.listing_id)
    return standing(query.where(DecisionRow.label == label, DecisionRow.listing_id.not_in(blind())))


def blind() -> Select[int]:
    """Listings that wait for a second person, who must not know what the first one said."""
    return select(FlagRow.listing_id).where(FlagRow.state == FlagState.SECOND)


@contextmanager
def limited(session: Session, seconds: float = _LIMIT_SECONDS) -> Iterator[None]:
    """Give up a search that reads too much, before it keeps everybody else from working."""
    raw: Any = session.connection().connection.driver_connection
    lite = session.get_bind().dialect.name == "sqlite"
    end = time.monotonic() + seconds
    if lite:
        raw.set_progress_handler(lambda: time.monotonic() > end, 100_000)
    else:
        session.execute(text(f"SET LOCAL statement_timeout = {int(seconds * 1000)}"))
    try:
        yield
    except OperationalError as error:
        if "interrupted" in str(error) or "statement timeout" in str(error):
            raise QueryError("this search reads too much", fix="add a word, a source or a date") from error
        raise
    finally:
        if lite:
            raw.set_progress_handler(None, 0)

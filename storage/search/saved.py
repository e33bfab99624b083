"""Searches people keep, what was new since, feeds, and the history of what one asked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from storage.models import Alert, SavedCount, SavedSearch, SearchAsked, SearchDocument, User, utcnow
from storage.rights import rights_of
from storage.search.finding import MOST, count, documents
from storage.search.query import Query, parse
from storage.secrets import digest, new_secret
from wildtrade.errors import UsageError

_KEPT = 50  # queries of a person's history
_PAUSES = {Alert.INSTANT: timedelta(0), Alert.DAILY: timedelta(days=1), Alert.WEEKLY: timedelta(days=7)}


def save(session: Session, owner_id: int, name: str, query: str) -> SavedSearch:
    """Keep a query under a name; one of the same name is replaced. Raises QueryError, UsageError."""
    name = " ".join(name.split())
    if not name or len(name) > 120:
        raise UsageError("a saved search needs a name", field="name", fix="use 1 to 120 characters")
    text = parse(query).text
    own = select(SavedSearch).where(SavedSearch.owner_id == owner_id, SavedSearch.name == name)
    found = session.scalar(own) or SavedSearch(owner_id=owner_id, name=name)
    found.query, found.seen_document_id = text, newest_document(session)
    session.add(found)
    session.flush()
    return found


def newest_document(session: Session) -> int:
    """The newest document of the index, 0 where there is none."""
    return session.scalar(select(func.max(SearchDocument.id))) or 0


def visible(session: Session, user_id: int) -> Sequence[tuple[SavedSearch, str]]:
    """A person's own searches and those shared with everybody, with the owner's name."""
    mine = or_(SavedSearch.owner_id == user_id, SavedSearch.shared)
    statement = select(SavedSearch, User.name).join(User, User.id == SavedSearch.owner_id).where(mine)
    return list(session.execute(statement.order_by(SavedSearch.name, SavedSearch.id)).all())


def own(session: Session, saved_id: int, user_id: int) -> SavedSearch | None:
    """A person's own search; None where it is not theirs."""
    found = session.get(SavedSearch, saved_id)
    return found if found is not None and found.owner_id == user_id else None


def remove(session: Session, saved: SavedSearch) -> None:
    """Forget a search and its counts."""
    session.execute(delete(SavedCount).where(SavedCount.saved_search_id == saved.id))
    session.delete(saved)


def new_hits(session: Session, saved: SavedSearch) -> int:
    """Listings that were found or changed since the owner last looked, up to MOST + 1."""
    fresh = documents(session, parse(saved.query)).where(SearchDocument.id > saved.seen_document_id)
    return session.scalar(select(func.count()).select_from(fresh.order_by(None).limit(MOST + 1).subquery())) or 0


def seen(session: Session, saved: SavedSearch) -> None:
    """The owner has looked: what is there now is no longer new. Notes today's count."""
    saved.seen_document_id = newest_document(session)
    saved.alerted_at = utcnow()
    today = utcnow().date()
    row = session.get(SavedCount, (saved.id, today)) or SavedCount(saved_search_id=saved.id, day=today, hits=0)
    row.hits = count(session, parse(saved.query))
    session.add(row)


def alerts(session: Session, user_id: int) -> list[tuple[SavedSearch, int]]:
    """A person's alerts that are due and have something new, with how much."""
    mine = select(SavedSearch).where(SavedSearch.owner_id == user_id, SavedSearch.alert != Alert.OFF)
    due = [one for one in session.scalars(mine) if one.alerted_at + _PAUSES[one.alert] <= utcnow()]
    return [(one, number) for one in due if (number := new_hits(session, one))]


def history_of_counts(session: Session, saved_id: int, most: int = 30) -> Sequence[SavedCount]:
    """The counts of a saved search, newest day first."""
    statement = select(SavedCount).where(SavedCount.saved_search_id == saved_id).order_by(SavedCount.day.desc())
    return session.scalars(statement.limit(most)).all()


def open_feed(saved: SavedSearch) -> str:
    """Make a new secret address for a search's feed and return it; the one before stops working."""
    secret = new_secret()
    saved.feed_hash = digest(secret)
    return secret


def feed(session: Session, secret: str) -> SavedSearch | None:
    """The search behind a feed's secret; None where it is unknown or its owner may no longer read."""
    found = session.scalar(select(SavedSearch).where(SavedSearch.feed_hash == digest(secret)))
    if found is None:
        return None
    owner = session.get_one(User, found.owner_id)
    allowed = owner.disabled_at is None and "listing.read" in rights_of(session, owner.id)
    return found if allowed and (not parse(found.query).tells_identity) else None


def asked(session: Session, user_id: int, query: Query) -> None:
    """Note what a person asked; the newest 50 are kept."""
    if not query.text:
        return
    same = select(SearchAsked).where(SearchAsked.user_id == user_id, SearchAsked.query == query.text)
    row = session.scalar(same) or SearchAsked(user_id=user_id, query=query.text)
    row.asked_at = utcnow()
    session.add(row)
    session.flush()
    newest = select(SearchAsked.id).where(SearchAsked.user_id == user_id).order_by(SearchAsked.asked_at.desc())
    kept = list(session.scalars(newest.limit(_KEPT)))
    session.execute(delete(SearchAsked).where(SearchAsked.user_id == user_id, SearchAsked.id.not_in(kept)))


def history(session: Session, user_id: int, most: int = 12) -> Sequence[str]:
    """What a person asked last, newest first."""
    statement = select(SearchAsked.query).where(SearchAsked.user_id == user_id)
    return session.scalars(statement.order_by(SearchAsked.asked_at.desc(), SearchAsked.id.desc()).limit(most)).all()

"""What the queue pages share: a rule put together and told in words, and filling a queue beside the page."""

from __future__ import annotations

import threading
from collections.abc import Iterable

from review.reviewing import threshold
from review.text import gettext as _
from review.text import later
from storage.database import Database
from storage.queues import fill
from storage.search.index import catch_up
from storage.search.query import Query, Term
from wildtrade.errors import WildtradeError

PATIENCE = 0.5  # seconds a page waits for a queue to be filled; then it says so
FIELD_WORDS = {
    "seller": later("seller"),
    "taxon": later("taxon"),
    "app": later("CITES appendix"),
    "lang": later("language"),
    "source": later("source"),
    "place": later("place"),
    "form": later("product form"),
    "intent": later("intent"),
    "currency": later("currency"),
    "has": later("has"),
    "is": later("is"),
    "decided": later("decided as"),
    "price": later("price"),
    "seen": later("last seen"),
    "posted": later("posted"),
}


def composed(text: str, chosen: Iterable[tuple[str, str]]) -> str:
    """A rule with fields added that somebody chose of a list."""
    added = (f'{name}:"{value}"' if " " in value else f"{name}:{value}" for name, value in chosen if value)
    parts = [text.strip(), *(one for one in added if one not in text.split())]
    return " ".join(part for part in parts if part)


def in_words(rule: Query) -> str:
    """A rule as people say it: ``CITES appendix: I; not language: th; “ivory”``."""
    return "; ".join(map(_told, rule.terms)) or _("everything that waits")


def _told(term: Term) -> str:
    value = term.value if term.op == ":" else f"{term.op} {term.value}"
    said = f"{_(FIELD_WORDS.get(term.field, term.field))}: {value}" if term.field else f"“{term.value}”"
    return _("not %(what)s") % {"what": said} if term.negated else said


def fill_beside(database: Database, queue_id: int) -> bool:
    """Fill a queue in a thread; False where it is not done within ``PATIENCE``."""
    thread = threading.Thread(target=_fill, args=(database, queue_id), name=f"queue {queue_id}", daemon=True)
    thread.start()
    thread.join(PATIENCE)
    return not thread.is_alive()


def _fill(database: Database, queue_id: int) -> None:
    try:
        catch_up(database)
        fill(database, queue_id, threshold())
    except WildtradeError:
        return  # the keeper fills what is due

"""What the search pages share: the query of a request, whose eyes see what, addresses that keep the query."""

from __future__ import annotations

import threading
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, Query, Request
from sqlalchemy.orm import Session

from review.auth.access import Denied, actor
from review.rendering import templates
from review.text import later
from storage import audit
from storage.database import Database, clean_text
from storage.search import query as box
from storage.search.contacts import masked
from storage.search.index import catch_up
from storage.sessions import Identity

IDENTITY = "identity.read"
_PATIENCE = 0.3  # seconds that a search waits for the index; the rest is done beside it


class Asked:
    """The box of a request: its text, and the query it means or what is wrong with it."""

    def __init__(self, q: Annotated[str, Query(max_length=4000)] = "") -> None:
        self.text = clean_text(" ".join(q.split()))
        self.query, self.problem = box.Query(), ""
        try:
            self.query = box.parse(self.text)
        except box.QueryError as error:
            self.problem = str(error)

    def address(self, path: str, **more: object) -> str:
        """A path of this app with the query kept."""
        given = {"q": self.text, **more}
        kept = urlencode({name: value for name, value in given.items() if value not in ("", None)})
        return f"{path}?{kept}" if kept else path

    def chips(self) -> list[tuple[str, str]]:
        """Each part of the query, and the text without it."""
        return [(term.text, self.query.without(place)) for place, term in enumerate(self.query.terms)]

    def narrowed(self, field: str, value: str) -> str:
        """The text with one more field."""
        said = f'{field}:"{value}"' if " " in value else f"{field}:{value}"
        return self.text if said in self.text.split() else f"{self.text} {said}".strip()


Box = Annotated[Asked, Depends()]


def check_identity(request: Request, user: Identity, asked: Asked) -> None:
    """A query that tells who somebody is needs the right to identities, and is logged. Raises Denied."""
    if not asked.query.tells_identity:
        return
    if not user.may(IDENTITY):
        raise Denied(later("To search for names, phone numbers and addresses one needs the right to identities."))
    with request.app.state.database.session() as session:
        log_identity(request, session, user, "search", asked.text[:80])


def log_identity(request: Request, session: Session, user: Identity, kind: str, number: object) -> None:
    """Write to the audit trail that a person saw who somebody is."""
    audit.record(session, "view_identity", actor(request, user), kind=kind, id=number)


def bring_up_to_date(database: Database) -> bool:
    """Index what is new; what takes longer goes on beside the page. False where it does."""
    if catch_up(database, _PATIENCE):
        return True
    threading.Thread(target=_finish, args=(database,), daemon=True, name="search index").start()
    return False


def _finish(database: Database) -> None:
    from wildtrade.errors import WildtradeError

    try:
        catch_up(database)
    except WildtradeError:
        return  # the notes stay: the next search goes on


def hidden(text: str | None, names: Any = ()) -> str:
    """A text without contacts and without these names."""
    return masked(text, tuple(name for name in names if name))


templates.env.filters["hidden"] = hidden

"""The lexicon: its terms, what each did and how right it was, and a box to try a text."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session

from review.auth import Read, require
from review.lexicon import LONGEST, STANDINGS, Entry, entries, found_entries, lexicon_folder, try_text
from review.navigation import Link
from review.rendering import render
from review.snapshots import fresh
from review.text import later
from storage.database import Database
from storage.proposals import proposals
from storage.terms import kept, refresh
from wildtrade.records import Assessment

router = APIRouter(default_response_class=HTMLResponse)
LINKS = (Link(later("Lexicon"), "/lexicon", "lexicon.read", place=94),)
PAGE = 50
ORDERS = {
    "hits": later("Most hits first"),
    "precision": later("Most often wrong first"),
    "term": later("By term"),
}


class Asked:
    """What a person narrowed the terms to."""

    def __init__(
        self,
        q: Annotated[str, Query(max_length=200)] = "",
        language: Annotated[str, Query(max_length=8)] = "",
        standing: Annotated[str, Query(max_length=12)] = "",
        order: Annotated[str, Query(max_length=12)] = "hits",
        page: Annotated[int, Query(ge=1, le=100_000)] = 1,
    ) -> None:
        self.q, self.language, self.standing, self.page = q, language, standing, page
        self.order = order if order in ORDERS else "hits"

    @property
    def kept(self) -> dict[str, str]:
        """What stands in addresses, but the page."""
        given = {"q": self.q, "language": self.language, "standing": self.standing, "order": self.order}
        return {name: value for name, value in given.items() if value}


@router.api_route("/lexicon", methods=["GET", "HEAD"], dependencies=[require("lexicon.read")])
def show_lexicon(request: Request, session: Read, asked: Annotated[Asked, Depends()]) -> Response:
    """Terms with their figures."""
    return _page(request, session, asked)


@router.post("/lexicon", dependencies=[require("lexicon.read")])
def show_tried(
    request: Request,
    session: Read,
    text: Annotated[str, Form(max_length=20_000)] = "",
    draft: Annotated[bool, Form()] = False,
) -> Response:
    """What the machine says of a text, and why. Nothing is kept of it."""
    tried = try_text(request.app.state.home, text, draft=draft) if text.strip() else None
    return _page(request, session, Asked(), text=text[:LONGEST], draft=draft, tried=tried)


def _page(
    request: Request, session: Session, asked: Asked, *, text: str = "", draft: bool = False,
    tried: Assessment | None = None,
) -> Response:  # fmt: skip
    home, database = request.app.state.home, request.app.state.database
    everything = entries(home)
    figures = fresh(database, "terms", partial(_read, database), partial(refresh, database))
    found = found_entries(everything, said=asked.q, language=asked.language, standing=asked.standing)
    ordered = _in_order([_with(one, figures) for one in found], asked.order)
    begin = (asked.page - 1) * PAGE
    context: dict[str, Any] = {
        "asked": asked,
        "rows": ordered[begin : begin + PAGE],
        "number": len(found),
        "more": len(ordered) > begin + PAGE,
        "figures": figures,
        "languages_of_terms": sorted({one.term.language for one in everything}),
        "standings": STANDINGS,
        "orders": ORDERS,
        "proposed": proposals(session),
        "own": lexicon_folder(home) is not None,
        "longest": LONGEST,
        "tried": tried,
        "tried_text": text,
        "tried_draft": draft,
    }
    return render(request, "lexicon/list.html", **context)


def _read(database: Database) -> dict[str, Any] | None:
    with database.session(read_only=True) as session:
        return kept(session)


def _with(entry: Entry, figures: dict[str, Any] | None) -> Entry:
    hits, right, judged = (figures or {"terms": {}})["terms"].get(entry.term.key, (0, 0, 0))
    return replace(entry, hits=hits, right=right, judged=judged)


def _in_order(rows: list[Entry], order: str) -> list[Entry]:
    if order == "term":
        return sorted(rows, key=lambda one: (one.term.text.casefold(), one.term.language))
    if order == "precision":  # by the best it may be, so that one decision does not make a term the worst
        return sorted(rows, key=lambda one: (one.interval[1] if one.judged else 2.0, -one.hits, one.term.text))
    return sorted(rows, key=lambda one: (-one.hits, -one.judged, one.term.text))

"""Exports: a selection of rows in one of five forms, written whole or not at all, with a manifest and a hash."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from storage import exports
from storage.audit import Actor, record
from storage.cases import find_case
from storage.database import Database
from storage.exporting.forms import FORMS
from storage.exporting.masking import without_identities
from storage.models import CaseListing, FlagRow, FlagState, ListingRow, SearchDocument, utcnow
from storage.search.finding import documents
from storage.search.index import catch_up
from storage.search.query import parse
from wildtrade import __version__
from wildtrade.errors import UsageError
from wildtrade.output import to_json
from wildtrade.writing import put

KINDS = ("listings", "decisions")
_ONLY_LISTINGS = ("geojson", "graphml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What is exported. ``what`` is of KINDS; the others narrow listings down: ``query`` is a text of the search box,
    ``case`` a case's number. Decisions are exported whole, for training."""

    what: str = "listings"
    source: str = ""
    language: str = ""
    appendix: str = ""
    state: str = ""
    case: str = ""
    query: str = ""

    @property
    def words(self) -> str:
        """The selection as one line of words."""
        said = {name: value for name, value in asdict(self).items() if value and name != "what"}
        subject = "flagged listings" if self.what == "listings" else "decisions that stand, with their texts"
        return (
            subject if not said else f"{subject} with {', '.join(f'{name} = {value}' for name, value in said.items())}"
        )

    @property
    def tells_identity(self) -> bool:
        """Whether its answer tells who somebody is, even where names are left out."""
        return parse(self.query).tells_identity

    def rows(self, session: Session) -> Iterator[dict[str, Any]]:
        """The rows. Raises UsageError for a case or a query that is none."""
        if self.what == "decisions":
            return exports.decisions(session)
        return exports.flagged(session, *self._conditions(session))

    def _conditions(self, session: Session) -> Iterator[ColumnElement[bool]]:
        if self.source:
            yield FlagRow.source == self.source
        if self.language:
            yield FlagRow.language == self.language
        if self.appendix:
            yield FlagRow.appendix == (None if self.appendix == "other" else self.appendix)
        if self.state:
            yield FlagRow.state == _state(self.state)
        if self.case:
            case = find_case(session, self.case)
            yield ListingRow.id.in_(select(CaseListing.listing_id).where(CaseListing.case_id == case.id))
        if self.query:
            found = documents(session, parse(self.query)).order_by(None)
            yield ListingRow.id.in_(select(SearchDocument.listing_id).where(SearchDocument.id.in_(found)))


def _state(word: str) -> FlagState:
    try:
        return FlagState(word)
    except ValueError as error:
        fix = f"use one of {', '.join(FlagState)}"
        raise UsageError(f"there is no state {word!r}", field="state", fix=fix) from error


def check(selection: Selection, form: str) -> None:
    """Raise UsageError for what cannot be exported."""
    if selection.what not in KINDS:
        raise UsageError(f"nothing to export is called {selection.what!r}", fix="export listings, or export decisions")
    if form not in FORMS:
        raise UsageError(f"unknown format {form!r}", field="--format", fix=f"use {', '.join(FORMS)}")
    if selection.what == "decisions" and form in _ONLY_LISTINGS:
        raise UsageError(f"decisions have no {form}", field="--format", fix="use csv, xlsx or jsonl")


def write_export(
    database: Database, selection: Selection, form: str, target: Path, who: Actor, *, identities: bool
) -> dict[str, Any]:
    """Write the rows to ``target``, a manifest beside it, and an entry into the audit trail.

    Returns the manifest. Raises UsageError, or StorageError where the file cannot be written; then nothing is left.
    """
    check(selection, form)
    catch_up(database)  # it knows which seller stands for an account
    manifest = put(target, lambda file: _write(database, selection, form, file, identities=identities))
    manifest |= _about(selection, form, who, identities=identities) | {"file": target.name}
    beside = target.with_name(f"{target.name}.manifest.json")
    put(beside, lambda file: {"rows": file.write(f"{to_json(manifest, indent=1)}\n".encode())})
    with database.session() as session:
        record(session, "export", who, kind=selection.what, after=manifest)
    return manifest | {"file": str(target), "manifest": str(beside)}


def stream_export(database: Database, selection: Selection, form: str, file: IO[bytes], who: Actor) -> dict[str, Any]:
    """The same to an open stream, without a manifest beside it."""
    check(selection, form)
    catch_up(database)
    hashing = _Hashing(file)
    with database.session(read_only=True) as session:
        rows = FORMS[form][0](selection.rows(session), hashing)  # type: ignore[arg-type]  # it has the write we need
    said = {"rows": rows, "sha256": hashing.digest.hexdigest(), **_about(selection, form, who, identities=True)}
    with database.session() as session:
        record(session, "export", who, kind=selection.what, after=said)
    return said | {"file": None}


class _Hashing:
    """Passes bytes on and hashes them."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def write(self, data: bytes) -> int:
        self.digest.update(data)
        return self._file.write(data)


def _write(database: Database, selection: Selection, form: str, file: IO[bytes], *, identities: bool) -> dict[str, Any]:
    with database.session(read_only=True) as session:
        rows = selection.rows(session)
        return {"rows": FORMS[form][0](rows if identities else without_identities(rows), file)}


def _about(selection: Selection, form: str, who: Actor, *, identities: bool) -> dict[str, Any]:
    return {
        "what": selection.what,
        "query": selection.words,
        "format": form,
        "redacted": not identities,
        "by": who.name,
        "at": utcnow().isoformat(timespec="seconds"),
        "software": f"wildtrade {__version__}",
    }

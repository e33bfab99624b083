"""Cases for programs: make and change one, put listings in and take them out, seal exhibits, write entries."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import AwareDatetime, BaseModel, Field, field_validator
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException

from review.auth import CurrentUser, Read, Write, actor, require
from review.evidence import custody
from review.numbers import RowId
from review.programs import RESPONSES, IdempotencyKey, Page, once
from storage import cases
from storage.exhibits import seal_exhibit
from storage.models import CaptureRow, CaseEntry, CaseRow, CaseStatus, EntryKind
from storage.models import Exhibit as ExhibitRow

router = APIRouter(prefix="/api/v1", tags=["cases"], responses=RESPONSES)
_READ, _EDIT = [require("case.read")], [require("case.edit")]
Number = Annotated[str, Path(max_length=20, description="of the case, e.g. WT-2026-0007")]
Listing = Annotated[int, Field(ge=1, le=2**63 - 1)]


class CaseLine(BaseModel):
    """A case at a glance."""

    number: str
    title: str
    status: CaseStatus
    opened_at: datetime
    listings: int = Field(description="how many belong to it")
    exhibits: int


class Entry(BaseModel):
    """A note, a task or an event of a case."""

    entry_id: int
    kind: EntryKind
    text: str
    actor: str
    created_at: datetime
    happened_at: datetime | None
    assigned_to: str
    due_on: date | None
    done_at: datetime | None
    done_by: str


class Exhibit(BaseModel):
    """A sealed capture."""

    exhibit_id: int
    number: int = Field(description="within the case")
    listing_id: int
    sha256: str = Field(description="of the sealed copy")
    shows: str
    sealed_by: str
    sealed_at: datetime
    custody_seq: int = Field(description="entry of the custody log that tells of it")


class Case(BaseModel):
    """A case with what is in it."""

    number: str
    title: str
    status: CaseStatus
    summary: str
    legal_basis: str
    country: str
    classification: str
    retention_until: date | None
    hold: bool
    opened_by: str
    opened_at: datetime
    closed_at: datetime | None
    team: list[str]
    listings: list[int]
    exhibits: list[Exhibit]
    entries: list[Entry]


class NewCase(BaseModel):
    """A case to open."""

    title: str = Field(min_length=1, max_length=200)
    listings: list[Listing] = Field([], max_length=1000, description="to put in at once")
    why: str = Field("", max_length=8000, description="why these listings")


class Changes(BaseModel):
    """What to change of a case; what is left out stays."""

    title: str = Field("", max_length=200)
    status: CaseStatus = CaseStatus.OPEN
    summary: str = Field("", max_length=8000)
    legal_basis: str = Field("", max_length=8000)
    country: str = Field("", max_length=2, description="ISO 3166, two letters")
    classification: str = Field("", max_length=60)
    retention_until: date | None = None


class Added(BaseModel):
    """A listing to put into a case."""

    listing_id: Listing
    why: str = Field("", max_length=8000)


class Sealing(BaseModel):
    """A capture to seal; its listing must be in the case."""

    capture_id: Listing
    shows: str = Field("", max_length=2000, description="what it shows, in words, for the report")


class NewEntry(BaseModel):
    """A note, a task or an event to write."""

    kind: EntryKind = EntryKind.NOTE
    text: str = Field(min_length=1, max_length=8000)
    happened_at: AwareDatetime | None = Field(None, description="of an event, which must have it; with its offset")
    assigned_to: str = Field("", max_length=80, description="of a task")
    due_on: date | None = Field(None, description="of a task")

    @field_validator("happened_at")
    @classmethod
    def _is_of_our_time(cls, value: datetime | None) -> datetime | None:
        if value is not None and not 1900 <= value.year <= 2200:
            raise ValueError("the year must be between 1900 and 2200")
        return value and value.astimezone(UTC)


@router.get("/cases", dependencies=_READ)
def list_cases(session: Read) -> Page[CaseLine]:
    """All cases, newest first."""
    found = cases.list_cases(session)
    names = ("number", "title", "status", "opened_at")
    return Page(
        items=[
            CaseLine(**{name: getattr(case, name) for name in names}, listings=listings, exhibits=exhibits)
            for case, listings, exhibits in found
        ],
        next=None,
    )


@router.get("/cases/{number}", dependencies=_READ)
def show_case(session: Read, number: Number) -> Case:
    """One case."""
    return _whole(session, _case(session, number))


@router.post("/cases", dependencies=_EDIT, status_code=201)
def open_case(
    request: Request, session: Write, user: CurrentUser, wanted: NewCase, idempotency_key: IdempotencyKey = ""
) -> Case:
    """Open a case, with listings where some are named."""
    who = actor(request, user)

    def do() -> Case:
        case = cases.open_case(session, wanted.title, who)
        for listing_id in wanted.listings:
            cases.add_listing(session, case, listing_id, who, wanted.why)
        return _whole(session, case)

    found: Case = once(session, user, idempotency_key, f"open {wanted.model_dump_json()}", do)
    return found


@router.post("/cases/{number}", dependencies=_EDIT)
def change_case(request: Request, session: Write, user: CurrentUser, number: Number, wanted: Changes) -> Case:
    """Change what is said of a case, such as its status."""
    case = _case(session, number)
    cases.change_case(session, case, actor(request, user), **wanted.model_dump(exclude_unset=True))
    return _whole(session, case)


@router.post("/cases/{number}/listings", dependencies=_EDIT)
def add_listing(request: Request, session: Write, user: CurrentUser, number: Number, wanted: Added) -> Case:
    """Put a listing into a case; nothing where it is in already."""
    case = _case(session, number)
    cases.add_listing(session, case, wanted.listing_id, actor(request, user), wanted.why)
    return _whole(session, case)


@router.post("/cases/{number}/listings/{listing_id}/remove", dependencies=_EDIT)
def remove_listing(request: Request, session: Write, user: CurrentUser, number: Number, listing_id: RowId) -> Case:
    """Take a listing out of a case. 400 where an exhibit of it is sealed."""
    case = _case(session, number)
    cases.remove_listing(session, case, listing_id, actor(request, user))
    return _whole(session, case)


@router.post("/cases/{number}/exhibits", dependencies=[require("exhibit.seal")], status_code=201)
def seal(request: Request, session: Write, user: CurrentUser, number: Number, wanted: Sealing) -> Exhibit:
    """Seal a capture as an exhibit; sealed again, the same exhibit comes."""
    case, capture = _case(session, number), session.get(CaptureRow, wanted.capture_id)
    if capture is None:
        raise HTTPException(404, "there is no such capture")
    return _exhibit(seal_exhibit(session, custody(request), case, capture, actor(request, user), wanted.shows))


@router.post("/cases/{number}/entries", dependencies=_EDIT, status_code=201)
def write_entry(request: Request, session: Write, user: CurrentUser, number: Number, wanted: NewEntry) -> Entry:
    """Write a note, a task or an event."""
    more = wanted.model_dump(include=_BELONGS[wanted.kind])
    return _entry(
        cases.add_entry(session, _case(session, number), wanted.kind, wanted.text, actor(request, user), **more)
    )


@router.post("/cases/{number}/entries/{entry_id}/done", dependencies=_EDIT)
def finish(request: Request, session: Write, user: CurrentUser, number: Number, entry_id: RowId) -> Entry:
    """Mark a task as done."""
    row = session.get(CaseEntry, entry_id)
    if row is None or row.case_id != _case(session, number).id:
        raise HTTPException(404, "there is no such entry in this case")
    cases.finish_task(session, row, actor(request, user))
    return _entry(row)


_BELONGS: dict[EntryKind, set[str]] = {
    EntryKind.NOTE: set(),
    EntryKind.TASK: {"assigned_to", "due_on"},
    EntryKind.EVENT: {"happened_at"},
}


def _case(session: Session, number: str) -> CaseRow:
    found = cases.case_numbered(session, number)
    if found is None:
        raise HTTPException(404, "there is no such case")
    return found


def _whole(session: Session, case: CaseRow) -> Case:
    session.flush()
    file = cases.read_case(session, case)
    inside = {"team", "listings", "exhibits", "entries"}
    return Case(
        **{name: getattr(case, name) for name in Case.model_fields if name not in inside},
        team=file.team,
        listings=[listing.id for _, listing, _, _ in file.listings],
        exhibits=[_exhibit(exhibit) for exhibit, _ in file.exhibits],
        entries=[_entry(one) for one in file.entries],
    )


def _exhibit(one: ExhibitRow) -> Exhibit:
    names = ("number", "listing_id", "shows", "sealed_by", "sealed_at", "custody_seq")
    return Exhibit(exhibit_id=one.id, sha256=one.record_sha256, **{name: getattr(one, name) for name in names})


def _entry(one: CaseEntry) -> Entry:
    names = [name for name in Entry.model_fields if name != "entry_id"]
    return Entry(entry_id=one.id, **{name: getattr(one, name) for name in names})

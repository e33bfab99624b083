"""Cases: opening and changing them, and everything a page, a report or a package tells of one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from storage.audit import Actor, record
from storage.database import clean_text
from storage.models import (
    AssessmentRow,
    CaptureRow,
    CaseEntry,
    CaseListing,
    CaseMember,
    CaseRow,
    CaseStatus,
    DecisionRow,
    EntryKind,
    Exhibit,
    ListingRow,
    PageCapture,
    Revision,
    User,
    utcnow,
)
from storage.second_review import enters_case
from wildtrade.errors import UsageError

_CHANGEABLE = ("title", "status", "summary", "legal_basis", "country", "classification", "retention_until")


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFile:
    """All of one case. ``listings`` pairs each listing with its latest revision and opinion (None where there is
    none); ``exhibits`` each exhibit with its page."""

    case: CaseRow
    team: list[str]
    listings: list[tuple[CaseListing, ListingRow, Revision | None, AssessmentRow | None]]
    exhibits: list[tuple[Exhibit, PageCapture]]
    entries: list[CaseEntry]
    decisions: list[DecisionRow]

    def of_kind(self, kind: str) -> list[CaseEntry]:
        """Its notes, tasks or events."""
        return [entry for entry in self.entries if entry.kind == kind]


@dataclass(frozen=True, slots=True, order=True)
class Happening:
    """One line of the chronology. ``what`` is one of ``HAPPENINGS``; ``about`` and ``text`` are data, not sentences."""

    at: datetime
    what: str
    about: str = ""
    text: str = ""
    actor: str = ""


HAPPENINGS = ("posted", "captured", "gone", "decided", "undone", "opened", "added", "sealed", "event", "closed")


def case_numbered(session: Session, number: str) -> CaseRow | None:
    """The case of that number; None where there is none."""
    return session.scalar(select(CaseRow).where(CaseRow.number == clean_text(number).strip().upper()))


def find_case(session: Session, number: str) -> CaseRow:
    """The case of that number. Raises UsageError."""
    found = case_numbered(session, number)
    if found is None:
        raise UsageError(f"there is no case {number!r}", fix="`wildtrade case list` shows them")
    return found


def list_cases(session: Session) -> Sequence[Row[CaseRow, int, int]]:
    """(CaseRow, listings, exhibits) of every case, newest first."""
    listings = func.coalesce(select(func.count()).where(CaseListing.case_id == CaseRow.id).scalar_subquery(), 0)
    exhibits = func.coalesce(select(func.count()).where(Exhibit.case_id == CaseRow.id).scalar_subquery(), 0)
    return session.execute(select(CaseRow, listings, exhibits).order_by(CaseRow.id.desc())).all()


def open_case(session: Session, title: str, who: Actor, **fields: Any) -> CaseRow:
    """Open a case with the next number of this year; whoever opens it is its first member. Raises UsageError."""
    number = f"WT-{utcnow():%Y}-{(session.scalar(select(func.max(CaseRow.id))) or 0) + 1:04d}"
    case = CaseRow(number=number, title="", country="", status=CaseStatus.OPEN, opened_by=who.name, opened_at=utcnow())
    _set(case, {"title": title, **fields})
    session.add(case)
    session.flush()
    session.add(CaseMember(case_id=case.id, name=who.name))
    record(session, "case_open", who, kind="case", id=case.id, after={"number": number, "title": case.title})
    return case


def change_case(session: Session, case: CaseRow, who: Actor, **fields: Any) -> None:
    """Change what is said of a case. Raises UsageError for a value that is none."""
    before = {name: _plain(getattr(case, name)) for name in fields}
    _set(case, fields)
    if case.status is CaseStatus.CLOSED:
        case.closed_at = case.closed_at or utcnow()
    else:
        case.closed_at = None
    after = {name: _plain(getattr(case, name)) for name in fields}
    changed = [name for name in fields if before[name] != after[name]]
    if changed:
        was, now = ({name: values[name] for name in changed} for values in (before, after))
        record(session, "case_change", who, kind="case", id=case.id, before=was, after=now)


def _set(case: CaseRow, fields: dict[str, Any]) -> None:
    for name, value in fields.items():
        if name not in _CHANGEABLE:
            raise TypeError(f"a case has no {name} to set")
        value = CaseStatus(value) if name == "status" else value
        setattr(case, name, clean_text(value.strip()) if type(value) is str else value)
    if not 0 < len(case.title) <= 200:
        raise UsageError("a case needs a title of at most 200 characters", field="title", fix="name it in a few words")
    if case.country and not (len(case.country) == 2 and case.country.isascii() and case.country.isalpha()):
        raise UsageError(f"{case.country!r} is no country code", field="country", fix="use two letters, such as NG")
    case.country = case.country.upper()


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def set_hold(session: Session, case: CaseRow, who: Actor, reason: str) -> None:
    """Put a legal hold on a case, or with an empty reason take it off. While it lasts nothing of it may be erased."""
    before = {"hold": case.hold, "reason": case.hold_reason}
    case.hold, case.hold_reason = bool(reason.strip()), clean_text(reason.strip())
    record(session, "case_hold", who, kind="case", id=case.id, before=before, after={"hold": case.hold}, reason=reason)


def set_team(session: Session, case: CaseRow, who: Actor, names: Iterable[str]) -> None:
    """Who works on a case. Raises UsageError for somebody who is no user."""
    wanted = {name.strip() for name in names if name.strip()}
    unknown = wanted - set(session.scalars(select(User.name).where(User.name.in_(wanted)))) - {case.opened_by}
    if unknown:
        raise UsageError(f"there is no user {min(unknown)!r}", field="team", fix="use names as they sign in")
    members = {member.name: member for member in _members(session, case.id)}
    for name in members.keys() - wanted:
        session.delete(members[name])
    session.add_all(CaseMember(case_id=case.id, name=name) for name in wanted - members.keys())
    record(session, "case_team", who, kind="case", id=case.id, before=sorted(members), after=sorted(wanted))


def _members(session: Session, case_id: int) -> Sequence[CaseMember]:
    query = select(CaseMember).where(CaseMember.case_id == case_id).order_by(CaseMember.added_at, CaseMember.name)
    return session.scalars(query).all()


def add_listing(session: Session, case: CaseRow, listing_id: int, who: Actor, why: str = "") -> bool:
    """Add a listing to a case; False where it is in it already. Raises UsageError where there is no such listing."""
    if session.get(CaseListing, (case.id, listing_id)) is not None:
        return False
    if session.get(ListingRow, listing_id) is None:
        raise UsageError(f"there is no listing {listing_id}", field="listing_id", fix="add one from its page")
    session.add(
        CaseListing(case_id=case.id, listing_id=listing_id, added_by=who.name, added_at=utcnow(), why=clean_text(why))
    )
    enters_case(session, listing_id)
    record(session, "case_add", who, kind="case", id=case.id, after={"listing": listing_id}, reason=why)
    return True


def remove_listing(session: Session, case: CaseRow, listing_id: int, who: Actor) -> bool:
    """Take a listing out of a case. Raises UsageError where an exhibit of it is sealed: that stays."""
    row = session.get(CaseListing, (case.id, listing_id))
    if row is None:
        return False
    sealed = select(Exhibit.id).where(Exhibit.case_id == case.id, Exhibit.listing_id == listing_id)
    if session.scalar(sealed.limit(1)) is not None:
        raise UsageError("an exhibit of this listing is sealed", fix="exhibits stay; close the case instead")
    session.delete(row)
    record(session, "case_remove", who, kind="case", id=case.id, before={"listing": listing_id})
    return True


def add_entry(session: Session, case: CaseRow, kind: EntryKind, text: str, who: Actor, **fields: Any) -> CaseEntry:
    """Write a note, a task (``assigned_to``, ``due_on``) or an event (``happened_at``). Raises UsageError."""
    text = clean_text(text.replace("\r\n", "\n").strip())
    if not 0 < len(text) <= 8000:
        raise UsageError("the text is empty or too long", field="text", fix="write 1 to 8,000 characters")
    if (kind is EntryKind.EVENT) != (fields.get("happened_at") is not None):
        raise UsageError("an event has a time, and nothing else has", field="happened_at", fix="choose day and time")
    entry = CaseEntry(case_id=case.id, kind=kind, text=text, actor=who.name, created_at=utcnow(), **fields)
    session.add(entry)
    session.flush()
    record(session, f"case_{kind.value}", who, kind="case", id=case.id, after={"entry": entry.id})
    return entry


def finish_task(session: Session, entry: CaseEntry, who: Actor) -> None:
    """Mark a task as done, once."""
    if entry.kind is EntryKind.TASK and entry.done_at is None:
        entry.done_at, entry.done_by = utcnow(), who.name
        record(session, "case_task_done", who, kind="case", id=entry.case_id, after={"entry": entry.id})


def cases_of_listing(session: Session, listing_id: int) -> Sequence[CaseRow]:
    """The cases a listing belongs to."""
    joined = select(CaseRow).join(CaseListing, CaseListing.case_id == CaseRow.id)
    return session.scalars(joined.where(CaseListing.listing_id == listing_id).order_by(CaseRow.id)).all()


def held_pages(session: Session) -> set[int]:
    """Pages (page_capture ids) that retention must not touch: exhibits, and all captures of listings on hold."""
    sealed = set(session.scalars(select(Exhibit.page_id)))
    query = (
        select(CaptureRow.page_id)
        .join(CaseListing, CaseListing.listing_id == CaptureRow.listing_id)
        .join(CaseRow, CaseRow.id == CaseListing.case_id)
        .where(CaseRow.hold)
    )
    return sealed | set(session.scalars(query))


def read_case(session: Session, case: CaseRow) -> CaseFile:
    """Everything about a case, each part in the order of its time."""
    listings = _listings(session, case.id)
    ids = [listing.id for _, listing, _, _ in listings]
    exhibits = session.execute(
        select(Exhibit, PageCapture)
        .join(PageCapture, PageCapture.id == Exhibit.page_id)
        .where(Exhibit.case_id == case.id)
        .order_by(Exhibit.number)
    )
    entries = session.scalars(select(CaseEntry).where(CaseEntry.case_id == case.id).order_by(CaseEntry.id))
    decisions = session.scalars(select(DecisionRow).where(DecisionRow.listing_id.in_(ids)).order_by(DecisionRow.id))
    return CaseFile(
        case=case,
        team=[member.name for member in _members(session, case.id)],
        listings=listings,
        exhibits=[(exhibit, page) for exhibit, page in exhibits],
        entries=list(entries),
        decisions=list(decisions),
    )


def _listings(
    session: Session, case_id: int
) -> list[tuple[CaseListing, ListingRow, Revision | None, AssessmentRow | None]]:
    query = (
        select(CaseListing, ListingRow, Revision)
        .join(ListingRow, ListingRow.id == CaseListing.listing_id)
        .outerjoin(Revision, Revision.id == ListingRow.revision_id)
        .where(CaseListing.case_id == case_id)
        .order_by(CaseListing.added_at, CaseListing.listing_id)
    )
    rows = session.execute(query).all()
    opinions = _latest_opinions(session, [row[1].id for row in rows])
    return [(member, listing, revision, opinions.get(listing.id)) for member, listing, revision in rows]


def _latest_opinions(session: Session, listing_ids: Collection[int]) -> dict[int, AssessmentRow]:
    newest = select(func.max(AssessmentRow.id)).where(AssessmentRow.listing_id.in_(listing_ids))
    query = select(AssessmentRow).where(AssessmentRow.id.in_(newest.group_by(AssessmentRow.listing_id)))
    return {row.listing_id: row for row in session.scalars(query)}


def chronology(session: Session, file: CaseFile) -> list[Happening]:
    """What happened, in the world and in the case, oldest first."""
    ids = {listing.id: listing.url for _, listing, _, _ in file.listings}
    query = select(CaptureRow).where(CaptureRow.listing_id.in_(ids)).order_by(CaptureRow.id)
    found = [
        Happening(row.captured_at, "gone" if row.revision_id is None else "captured", ids[row.listing_id], row.change)
        for row in session.scalars(query)
    ]
    for row in file.decisions:
        what = "undone" if row.undoes_id else "decided"
        word = row.label.value if row.label else row.action.value
        found.append(Happening(row.decided_at, what, ids[row.listing_id], word, row.actor))
    case = file.case
    found.append(Happening(case.opened_at, "opened", case.number, case.title, case.opened_by))
    found += [Happening(m.added_at, "added", ids[m.listing_id], m.why, m.added_by) for m, _, _, _ in file.listings]
    found += [
        Happening(e.sealed_at, "sealed", f"EX-{e.number:03d}", page.url, e.sealed_by) for e, page in file.exhibits
    ]
    found += [Happening(e.happened_at, "event", "", e.text, e.actor) for e in file.entries if e.happened_at]
    if case.closed_at:
        found.append(Happening(case.closed_at, "closed", case.number))
    return sorted(found)

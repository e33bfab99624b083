"""Which listings and pages are past their time, and which of them stay because of a case."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session

from storage.cases import held_pages
from storage.decisions import standing
from storage.imports import SOURCE as IMPORTED
from storage.models import (
    AssessmentRow,
    CaptureRow,
    CaseListing,
    CaseRow,
    CaseStatus,
    DecisionRow,
    Exhibit,
    ImportFile,
    ImportState,
    ListingRow,
    PageCapture,
    Run,
    RunState,
    utcnow,
)
from storage.retention.policy import InForce, Retention

OTHER_PAGES = "other-pages"
ERASED = "erased:"  # what the key of a listing begins with once its content is gone


@dataclass(kw_only=True)
class Chosen:
    """What is to go: ``listings`` (id -> rule), ``pages`` (page_capture id -> rule) and the text of ``imports`` (ids of
    files brought in). ``held`` counts listings that are past their time and stay, by case number; ``exhibits`` counts
    those that stay since they are sealed."""

    listings: dict[int, str] = field(default_factory=dict)
    pages: dict[int, str] = field(default_factory=dict)
    imports: list[int] = field(default_factory=list)
    held: Counter[str] = field(default_factory=Counter)
    exhibits: int = 0


def choose(session: Session, policy: Retention, now: datetime | None = None) -> Chosen:
    """Apply a policy as of ``now``; nothing is changed."""
    now = now or utcnow()
    past = dict(_past(session, policy, now))
    chosen = Chosen()
    sealed = set(session.scalars(select(Exhibit.listing_id)))
    cases = keeping(session, now)
    for listing_id, rule in past.items():
        if listing_id in cases:
            chosen.held.update(cases[listing_id])
        elif listing_id in sealed:
            chosen.exhibits += 1
        else:
            chosen.listings[listing_id] = rule
    chosen.pages = dict(_pages(session, policy, chosen.listings, now))
    chosen.imports = list(_imports(session, policy, chosen.listings, now))
    for listing_id in session.scalars(select(ListingRow.id).where(ListingRow.key.startswith(ERASED))):
        chosen.listings.pop(listing_id, None)
    return chosen


def _past(session: Session, policy: Retention, now: datetime) -> Iterator[tuple[int, str]]:
    """Listings past their time, each with the first rule that says so."""
    if not policy.rules:
        return
    newest = func.max(AssessmentRow.id).label("id")
    latest = select(AssessmentRow.listing_id, newest).group_by(AssessmentRow.listing_id).subquery()
    query = (
        select(ListingRow.id, ListingRow.source, ListingRow.last_seen_at, AssessmentRow.label)
        .join(latest, latest.c.listing_id == ListingRow.id)
        .join(AssessmentRow, AssessmentRow.id == latest.c.id)
        .where(ListingRow.last_seen_at < now - timedelta(days=min(rule.after_days for rule in policy.rules)))
    )
    decided = _decided(session)
    for row in session.execute(query.execution_options(yield_per=1000)):
        label = decided.get(row.id) or InForce(row.label.value)
        for rule in policy.rules:
            old = row.last_seen_at < now - timedelta(days=rule.after_days)
            if old and label in rule.labels and (not rule.sources or row.source in rule.sources):
                yield row.id, rule.name
                break


def _decided(session: Session) -> dict[int, InForce]:
    """The decision in force of each listing that has one."""
    query = standing(select(DecisionRow.listing_id, DecisionRow.label))
    rows = session.execute(query.order_by(DecisionRow.id))
    return {row.listing_id: InForce(row.label.value) for row in rows if row.label is not None}


def _imports(session: Session, policy: Retention, listings: dict[int, str], now: datetime) -> Iterator[int]:
    """Files brought in whose text is to go: with the first of its listings that goes, or as old as other pages may be.
    Every row of theirs is sealed in the evidence by itself."""
    done = (ImportFile.content != "", ImportFile.state.in_((ImportState.DONE, ImportState.FAILED)))
    read = select(CaptureRow.run_id, CaptureRow.listing_id).join(Run, Run.id == CaptureRow.run_id)
    rows = session.execute(read.where(Run.source == IMPORTED).execution_options(yield_per=5000))
    runs = {run_id for run_id, listing_id in rows if listing_id in listings}
    days = policy.other_pages_after_days
    for file in session.execute(select(ImportFile.id, ImportFile.run_id, ImportFile.ended_at).where(*done)):
        if file.run_id in runs or (days is not None and file.ended_at and file.ended_at < now - timedelta(days=days)):
            yield file.id


def keeping(session: Session, now: datetime) -> dict[int, set[str]]:
    """Listings that a case keeps, with its number: on hold, not closed, or not past its own date."""
    query = (
        select(CaseListing.listing_id, CaseRow.number)
        .join(CaseRow, CaseRow.id == CaseListing.case_id)
        .where(or_(CaseRow.hold, CaseRow.status != CaseStatus.CLOSED, CaseRow.retention_until >= now.date()))
    )
    found: dict[int, set[str]] = {}
    for listing_id, number in session.execute(query):
        found.setdefault(listing_id, set()).add(number)
    return found


def _pages(session: Session, policy: Retention, listings: dict[int, str], now: datetime) -> Iterator[tuple[int, str]]:
    """Pages all of whose listings go, and those without listings that are old enough. A run that goes on keeps its."""
    held = held_pages(session)
    closed = Run.state != RunState.RUNNING
    query = select(CaptureRow.page_id, CaptureRow.listing_id).join(Run, Run.id == CaptureRow.run_id).where(closed)
    rules: dict[int, str] = {}
    stay = set(held)
    for page_id, listing_id in session.execute(query.execution_options(yield_per=5000)):
        if listing_id in listings:
            rules[page_id] = listings[listing_id]
        else:
            stay.add(page_id)
    yield from ((page_id, rule) for page_id, rule in rules.items() if page_id not in stay)
    if policy.other_pages_after_days is None:
        return
    bare = (
        select(PageCapture.id)
        .join(Run, Run.id == PageCapture.run_id)
        .where(closed, PageCapture.captured_at < now - timedelta(days=policy.other_pages_after_days))
        .where(~exists().where(CaptureRow.page_id == PageCapture.id))
    )
    yield from ((page_id, OTHER_PAGES) for page_id in session.scalars(bare) if page_id not in held)

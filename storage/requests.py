"""Requests for a crawl that belongs to no schedule: asked for by a person, taken by the scheduler's leader."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from storage.models import Lease, RunRequest, Schedule, utcnow

LEADER = "scheduler"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request and what became of it. ``schedule`` is empty for one that belongs to none."""

    id: int
    schedule: str
    sources: list[str]
    addresses: int
    requested_by: str
    requested_at: datetime
    taken_at: datetime | None
    ended_at: datetime | None
    reason: str


def ask_for_crawl(session: Session, sources: Sequence[str], options: dict[str, Any], by: str) -> int:
    """Ask for a crawl of these sources. ``options``: queries, limit, since, or urls (addresses of listings)."""
    asked = RunRequest(sources=list(sources), options=options, requested_by=by)
    session.add(asked)
    session.flush()
    return asked.id


def end_request(session: Session, request_id: int, exit_code: int | None, reason: str) -> None:
    """Say what became of a request."""
    values = {"exit_code": exit_code, "reason": reason, "ended_at": utcnow()}
    session.execute(update(RunRequest).where(RunRequest.id == request_id).values(values))


def recent_requests(session: Session, limit: int = 20) -> list[Asked]:
    """The newest requests first."""
    query = select(RunRequest, Schedule.name).outerjoin(Schedule, Schedule.id == RunRequest.schedule_id)
    rows = session.execute(query.order_by(RunRequest.id.desc()).limit(limit))
    return [
        Asked(
            id=one.id,
            schedule=schedule or "",
            sources=one.sources,
            addresses=len(one.options.get("urls", ())),
            requested_by=one.requested_by,
            requested_at=one.requested_at,
            taken_at=one.taken_at,
            ended_at=one.ended_at,
            reason=one.reason,
        )
        for one, schedule in rows
    ]


def scheduler_alive(session: Session) -> bool:
    """Whether a scheduler process leads now; without one nothing that is asked for begins."""
    lease = session.get(Lease, LEADER)
    return lease is not None and lease.expires_at > utcnow()

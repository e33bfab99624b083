"""Schedules, their due times, and the one leader that takes them. Two processes never take the same slot."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from storage.dialects import insert_or_ignore
from storage.models import Lease, Overlap, Run, RunRequest, RunState, Schedule, Slot, SlotState, table_of, utcnow
from storage.runs import STALE_AFTER
from wildtrade.errors import UsageError

_SLOT, _LEASE = table_of(Slot), table_of(Lease)
_UNFINISHED = (SlotState.CLAIMED, SlotState.RUNNING)


def add(
    session: Session,
    name: str,
    sources: Sequence[str],
    cron: str,
    timezone: str,
    options: dict[str, Any],
    *,
    overlap: Overlap = Overlap.SKIP,
    owner: str = "",
) -> Schedule:
    """Add a schedule. Raises UsageError where the name is taken."""
    if session.scalar(select(Schedule.id).where(Schedule.name == name)):
        raise UsageError(f"there is a schedule {name!r} already", fix="choose another name, or remove that one first")
    made = Schedule(
        name=name, sources=list(sources), cron=cron, timezone=timezone, options=options, overlap=overlap, owner=owner
    )
    session.add(made)
    session.flush()
    return made


def all_schedules(session: Session) -> list[Schedule]:
    """Every schedule that was not removed, by name."""
    return list(session.scalars(select(Schedule).where(Schedule.removed_at.is_(None)).order_by(Schedule.name)))


def get(session: Session, name: str) -> Schedule:
    """One schedule by name. Raises UsageError where there is none."""
    found = session.scalars(select(Schedule).where(Schedule.name == name, Schedule.removed_at.is_(None))).first()
    if found is None:
        raise UsageError(f"there is no schedule {name!r}", fix="`wildtrade schedule list` shows all")
    return found


def set_paused(session: Session, name: str, paused: bool) -> Schedule:
    """Pause or resume a schedule. What was due while it was paused is not made up for."""
    found = get(session, name)
    if found.paused and not paused:
        found.resumed_at = utcnow()
    found.paused = paused
    return found


def remove(session: Session, name: str) -> None:
    """Take a schedule off the list; its slots stay as history, its name is free again."""
    found = get(session, name)
    found.removed_at = utcnow()
    found.name = f"{found.name} (removed {found.id})"[:80]


def acquire_lease(session: Session, name: str, holder: str, seconds: float) -> bool:
    """Take or renew a lease for ``seconds``; False while somebody else holds it."""
    now = utcnow()
    values = {"holder": holder, "expires_at": now + timedelta(seconds=seconds)}
    mine_or_free = (_LEASE.c.holder == holder) | (_LEASE.c.expires_at < now)
    renewed = session.execute(update(_LEASE).where(_LEASE.c.name == name, mine_or_free).values(values))
    if renewed.rowcount:  # type: ignore[attr-defined]
        return True
    make = insert_or_ignore(session.connection(), _LEASE, "name").returning(_LEASE.c.name)
    return session.execute(make, {"name": name, **values}).first() is not None


def release_lease(session: Session, name: str, holder: str) -> None:
    """Give a lease back, so that another process can lead at once."""
    session.execute(delete(_LEASE).where(_LEASE.c.name == name, _LEASE.c.holder == holder))


def settled_until(session: Session, schedule: Schedule) -> datetime:
    """Up to when a schedule's due times are taken care of: its last slot, its making, or the end of its last pause."""
    last = session.scalar(select(func.max(Slot.due_at)).where(Slot.schedule_id == schedule.id, ~Slot.asked_for))
    return max(moment for moment in (last, schedule.created_at, schedule.resumed_at) if moment is not None)


def hold(session: Session, schedule_id: int) -> None:
    """Keep everybody else from taking slots of a schedule until this transaction ends."""
    session.execute(select(Schedule.id).where(Schedule.id == schedule_id).with_for_update())


def claim_slot(
    session: Session, schedule_id: int, due_at: datetime, holder: str, *, coalesced: int = 0, asked_for: bool = False
) -> int | None:
    """Take a due time; its slot's id, or None where it is taken. ``coalesced``: earlier missed times it stands for."""
    values = {
        "schedule_id": schedule_id,
        "due_at": due_at,
        "holder": holder,
        "coalesced": coalesced,
        "asked_for": asked_for,
        "state": SlotState.CLAIMED,
        "reason": "",
        "claimed_at": utcnow(),
    }
    statement = insert_or_ignore(session.connection(), _SLOT, "schedule_id", "due_at").returning(_SLOT.c.id)
    return session.execute(statement, values).scalar_one_or_none()


def take_over(session: Session, slot_id: int, before: str, holder: str) -> bool:
    """Take a slot from a scheduler that died before it started it; False where somebody was faster."""
    return _from_claimed(session, slot_id, before, holder=holder)


def start_slot(session: Session, slot_id: int, holder: str) -> bool:
    """Its crawl begins now; False where the slot is no longer ``holder``'s to start. Call it before the process is
    made: a slot that is still claimed was never started, whoever died."""
    return _from_claimed(session, slot_id, holder, state=SlotState.RUNNING)


def note_process(session: Session, slot_id: int, pid: int) -> None:
    """Its crawl is process ``pid`` of its holder's machine."""
    session.execute(update(Slot).where(Slot.id == slot_id).values(pid=pid))


def _from_claimed(session: Session, slot_id: int, whose: str, **values: Any) -> bool:
    mine = update(_SLOT).where(_SLOT.c.id == slot_id, _SLOT.c.holder == whose, _SLOT.c.state == SlotState.CLAIMED)
    return session.execute(mine.values(values).returning(_SLOT.c.id)).first() is not None


def finish_slot(session: Session, slot_id: int, state: SlotState, reason: str, exit_code: int | None) -> None:
    """Say what became of a slot, and why."""
    session.execute(
        update(Slot)
        .where(Slot.id == slot_id, Slot.state.in_(_UNFINISHED))
        .values(state=state, reason=reason, exit_code=exit_code, ended_at=utcnow())
    )


def gives_no_sign(session: Session, slot: Slot) -> bool:
    """Whether nothing is heard of a started slot: no run of its schedule's sources was alive in the last minutes."""
    since = utcnow() - STALE_AFTER
    sources = session.get_one(Schedule, slot.schedule_id).sources
    alive = select(Run.id).where(Run.state == RunState.RUNNING, Run.updated_at >= since)
    alive = alive.where(Run.source.in_(sources)) if sources else alive  # no source named: all of them
    return slot.claimed_at < since and session.scalar(alive.limit(1)) is None


def running_slots(session: Session, schedule_id: int | None = None) -> list[Slot]:
    """Slots whose crawl is going on, of one schedule or of all."""
    query = select(Slot).where(Slot.state.in_(_UNFINISHED)).order_by(Slot.due_at)
    return list(session.scalars(query if schedule_id is None else query.where(Slot.schedule_id == schedule_id)))


def history(session: Session, *, limit: int, name: str | None = None) -> list[dict[str, Any]]:
    """Slots, newest first."""
    query = select(Slot, Schedule.name).join(Schedule, Schedule.id == Slot.schedule_id).order_by(Slot.id.desc())
    if name is not None:
        query = query.where(Schedule.name == name)
    return [
        {
            "schedule": schedule,
            "due_at": slot.due_at,
            "state": slot.state.value,
            "reason": slot.reason,
            "coalesced": slot.coalesced,
            "asked_for": slot.asked_for,
            "exit_code": slot.exit_code,
            "claimed_at": slot.claimed_at,
            "ended_at": slot.ended_at,
            "holder": slot.holder,
        }
        for slot, schedule in session.execute(query.limit(limit))
    ]


def request_run(session: Session, schedule_id: int, by: str) -> int:
    """Ask for a run now; the leader takes the request."""
    asked = RunRequest(schedule_id=schedule_id, sources=[], requested_by=by)
    session.add(asked)
    session.flush()
    return asked.id


def take_requests(session: Session) -> list[RunRequest]:
    """Requests nobody has taken yet; they are now."""
    waiting = session.scalars(
        select(RunRequest)
        .where(RunRequest.taken_at.is_(None))
        .order_by(RunRequest.id)
        .with_for_update(skip_locked=True)
    ).all()
    for request in waiting:
        request.taken_at = utcnow()
    return list(waiting)

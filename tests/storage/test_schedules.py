"""Schedules: one leader, every slot taken once, history with reasons."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

import pytest
from sqlalchemy import update

from storage import schedules
from storage.database import Database
from storage.models import Lease, Run, RunState, Schedule, Slot, SlotState, utcnow
from tests.storage.helpers import START, count
from wildtrade.errors import UsageError

Got = TypeVar("Got")


def add(database: Database, name: str = "nightly") -> int:
    with database.session() as session:
        return schedules.add(session, name, ["market"], "10 2 * * *", "Africa/Lagos", {"limit": 5}, owner="ana").id


def at_once(number: int, work: Callable[[int], Got]) -> list[Got]:
    """What ``number`` threads get that begin together."""
    results: list[Got] = []
    begin = threading.Barrier(number)

    def one(index: int) -> None:
        begin.wait()
        results.append(work(index))

    people = [threading.Thread(target=one, args=(index,)) for index in range(number)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    return results


def test_a_name_is_taken_once_and_free_after_removal(database: Database) -> None:
    first = add(database)
    with pytest.raises(UsageError, match="already"):
        add(database)
    with database.session() as session:
        schedules.remove(session, "nightly")
        assert schedules.all_schedules(session) == []
        with pytest.raises(UsageError, match="no schedule"):
            schedules.get(session, "nightly")
    assert add(database) != first


def test_pause_and_resume(database: Database) -> None:
    schedule_id = add(database)
    with database.session() as session:
        assert schedules.set_paused(session, "nightly", True).paused
    with database.session() as session:
        found = schedules.set_paused(session, "nightly", False)
        assert not found.paused and found.resumed_at is not None
        # What was due during the pause is not made up for.
        assert schedules.settled_until(session, found) == found.resumed_at
        assert found.id == schedule_id


def test_one_leader(database: Database) -> None:
    def lead(index: int) -> bool:
        with database.session() as session:
            return schedules.acquire_lease(session, "scheduler", f"host:{index}", 30)

    assert sorted(at_once(4, lead)) == [False, False, False, True]
    with database.session(read_only=True) as session:
        lease = session.get_one(Lease, "scheduler")
        holder, expires_at = lease.holder, lease.expires_at
    with database.session() as session:
        assert schedules.acquire_lease(session, "scheduler", holder, 60)
        assert session.get_one(Lease, "scheduler").expires_at > expires_at
        assert not schedules.acquire_lease(session, "scheduler", "another:1", 30)
    with database.session() as session:
        session.execute(update(Lease).values(expires_at=utcnow() - timedelta(seconds=1)))
    with database.session() as session:
        assert schedules.acquire_lease(session, "scheduler", "another:1", 30)
        schedules.release_lease(session, "scheduler", holder)  # no longer theirs to give back
        assert not schedules.acquire_lease(session, "scheduler", holder, 30)
        schedules.release_lease(session, "scheduler", "another:1")
        assert schedules.acquire_lease(session, "scheduler", holder, 30)


def test_a_slot_is_taken_once(database: Database) -> None:
    schedule_id = add(database)

    def take(index: int) -> int:
        taken = 0
        for minute in range(20):
            with database.session() as session:
                due = START + timedelta(minutes=minute)
                taken += schedules.claim_slot(session, schedule_id, due, f"host:{index}") is not None
        return taken

    assert sum(at_once(4, take)) == 20
    with database.session(read_only=True) as session:
        assert count(session, Slot) == 20
        schedule = session.get_one(Schedule, schedule_id)
        assert schedules.settled_until(session, schedule) == max(schedule.created_at, START + timedelta(minutes=19))


def test_a_slot_that_was_not_started_changes_hands_once(database: Database) -> None:
    schedule_id = add(database)
    with database.session() as session:
        slot = schedules.claim_slot(session, schedule_id, START, "dead:1")
        assert slot is not None
        assert schedules.take_over(session, slot, "dead:1", "heir:2")
        assert not schedules.take_over(session, slot, "dead:1", "late:3")
        assert not schedules.start_slot(session, slot, "dead:1"), "it was not dead, and does not know"
        assert schedules.start_slot(session, slot, "heir:2")
        assert not schedules.take_over(session, slot, "heir:2", "late:3"), "it has begun"


def test_a_started_slot_lives_as_long_as_a_run_of_its_sources(database: Database) -> None:
    schedule_id = add(database)
    with database.session() as session:
        sources = session.get_one(Schedule, schedule_id).sources
        number = schedules.claim_slot(session, schedule_id, START, "elsewhere:1")
        slot = session.get_one(Slot, number)
        assert not schedules.gives_no_sign(session, slot), "it has just been taken"
        slot.claimed_at = utcnow() - timedelta(hours=1)
        assert schedules.gives_no_sign(session, slot)
        run = Run(source=sources[0], state=RunState.RUNNING, options={})
        session.add(run)
        session.flush()
        assert not schedules.gives_no_sign(session, slot)
        run.updated_at = utcnow() - timedelta(minutes=30)
        session.flush()
        assert schedules.gives_no_sign(session, slot)


def test_what_became_of_a_slot_is_kept(database: Database) -> None:
    schedule_id = add(database)
    with database.session() as session:
        done = schedules.claim_slot(session, schedule_id, START, "host:1", coalesced=2)
        skipped = schedules.claim_slot(session, schedule_id, START + timedelta(hours=1), "host:1")
        assert done is not None and skipped is not None
        assert not schedules.start_slot(session, done, "other:1")
        assert schedules.start_slot(session, done, "host:1")
        assert not schedules.start_slot(session, done, "host:1"), "twice"
        schedules.note_process(session, done, 4711)
        assert {one.id for one in schedules.running_slots(session, schedule_id)} == {done, skipped}
        schedules.finish_slot(session, skipped, SlotState.SKIPPED, "the previous run is still going", None)
        schedules.finish_slot(session, done, SlotState.DONE, "finished", 0)
        schedules.finish_slot(session, done, SlotState.FAILED, "too late to say", 1)
        assert schedules.running_slots(session) == []
        newest, oldest = schedules.history(session, limit=10, name="nightly")
    assert (newest["state"], newest["reason"]) == ("skipped", "the previous run is still going")
    assert (oldest["state"], oldest["coalesced"], oldest["exit_code"], oldest["reason"]) == ("done", 2, 0, "finished")
    with database.session(read_only=True) as session:
        assert schedules.history(session, limit=10, name="other") == []
        assert len(schedules.history(session, limit=1)) == 1


def test_requests_are_taken_once(database: Database) -> None:
    schedule_id = add(database)
    with database.session() as session:
        ids = {schedules.request_run(session, schedule_id, "ana") for _ in range(5)}

    def take(_: int) -> list[int]:
        with database.session() as session:
            return [one.id for one in schedules.take_requests(session)]

    taken = [one for some in at_once(3, take) for one in some]
    assert len(taken) == 5 and set(taken) == ids

"""A limit for graphic items in a day: told kindly, with other work; past it only as the workspace allows."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select, update

from storage.database import Database
from storage.models import AuditRow, FlagRow
from storage.second_review import NOBODY, set_second_review
from tests.review.conftest import Person, fill


@pytest.fixture
def day(database: Database, signed_in: Callable[..., Person]) -> Database:
    """Six items; 3 and 4 are near-duplicates; nobody may see more than one that is graphic."""
    fill(database, 6)
    with database.session() as session:
        set_second_review(session, NOBODY)
        session.execute(update(FlagRow).where(FlagRow.id.in_((3, 4))).values(cluster_id=3))
    ask_for_limit(signed_in("admin", name="ada"), most=1)
    return database


def ask_for_limit(admin: Person, **form: object) -> None:
    assert admin.ask("POST", "/admin/workspace/day-limit", form)[0] == 303


def decide(person: Person, flag_id: int, where: str = "", **more: str) -> str:
    form = {"label": "wildlife", "assessment_id": str(flag_id), **more}
    status, headers, body = person.ask("POST", f"/review/{flag_id}{where}", form)
    assert status == 303, body
    return headers["location"]


def at(person: Person, path: str) -> str:
    """Where a page sends a person."""
    return person.ask("GET", path)[1].get("location", path)


def test_enough_for_today(day: Database, signed_in: Callable[..., Person]) -> None:
    ana, ben = signed_in("reviewer", name="ana"), signed_in("reviewer", name="ben")
    assert at(ana, "/review") == "/review/1"
    assert decide(ana, 1) == "/review/2?stored=wildlife"
    assert decide(ana, 2, sensitivity="personal_data") == "/review/3?stored=wildlife"
    assert decide(ana, 3, sensitivity="graphic") == "/rest?stored=wildlife"
    page = ana.ask("GET", "/rest?stored=wildlife&language=en")[2].decode()
    assert "You have seen 1 graphic item today." in page
    assert "Nobody here is asked to see more than 1 in a day" in page
    assert 'href="/review?language=en&amp;calm=1"' in page
    assert "What you did last is stored." in page
    assert "all the same" not in page  # the workspace does not allow it
    assert ana.ask("POST", "/rest/pass")[1]["location"] == "/rest"
    assert at(ana, "/review") == "/rest"  # asked again, until they choose
    assert at(ana, "/review?calm=1") == "/review/5?calm=1"
    assert at(ana, "/review/4") == "/rest"  # like the one that is graphic
    assert ana.ask("GET", "/review/3")[0] == 200  # seen already
    item = ana.ask("GET", "/review/5?calm=1")[2].decode()
    assert "without graphic items" in item
    assert 'href="/review/6?calm=1"' in item
    assert decide(ana, 5, "?calm=1") == "/review/6?calm=1&stored=wildlife"
    assert at(ben, "/review") == "/review/4"  # it waits for somebody else


def test_past_the_limit_where_people_may_choose(day: Database, signed_in: Callable[..., Person]) -> None:
    ana = signed_in("reviewer", name="ana")
    ask_for_limit(signed_in("admin", name="ada"), most=1, may_pass="true")
    decide(ana, 3, sensitivity="graphic")
    assert "See more of them today all the same" in ana.ask("GET", "/rest")[2].decode()
    assert ana.ask("POST", "/rest/pass?language=en")[1]["location"] == "/review?language=en"
    assert at(ana, "/review") == "/review/1"
    assert ana.ask("GET", "/review/4")[0] == 200
    with day.session(read_only=True) as session:
        rows = session.scalars(select(AuditRow).where(AuditRow.action == "day_limit_passed")).all()
        assert [(row.actor, row.after) for row in rows] == [("ana", {"seen": 1})]
        changed = session.scalars(select(AuditRow).where(AuditRow.action == "day_limit_change")).all()
        assert changed[-1].after == {"most": 1, "may_pass": True}


def test_what_was_seen_counts_however_it_ended(day: Database, signed_in: Callable[..., Person]) -> None:
    ana, ben = signed_in("reviewer", name="ana"), signed_in("reviewer", name="ben")
    skipped = {"assessment_id": "1", "skip_reason": "disturbing"}
    assert ana.ask("POST", "/review/1/skip", skipped)[1]["location"] == "/rest?done=skipped"
    decide(ana, 3, "?calm=1", sensitivity="graphic")
    assert ben.ask("GET", "/review/4")[0] == 200  # opened, that is seen
    assert at(ben, "/review") == "/rest"

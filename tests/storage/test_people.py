"""People, roles, sessions, tickets and the rate limit on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from storage.audit import Actor, record
from storage.database import Database
from storage.models import AuditRow, Right, RoleRight, SignedIn, TicketKind, User, utcnow
from storage.rights import RightsFile, install_rights, load_rights, rights_of, rights_of_roles, set_roles
from storage.sessions import identify, identify_program, new_token, open_session, open_sessions, revoke_token
from storage.signin import PER_PAIR, begin_attempt, new_ticket, succeeded, use_step, use_ticket
from storage.users import Preferences, add_user, disable, find_user, preferences, set_preferences
from wildtrade.errors import UsageError


@pytest.fixture
def mara(database: Database) -> User:
    with database.session() as session:
        install_rights(session, load_rights())
        return add_user(session, "Mara", ["reviewer"])


def test_roles_of_the_file_become_rows_and_changes_stay(database: Database, mara: User) -> None:
    file = load_rights()
    with database.session() as session:
        for row in session.scalars(select(RoleRight).where(RoleRight.role == "viewer")):
            session.delete(row)
    longer = RightsFile(
        rights=file.rights | {"new.right": "something new"},
        roles=file.roles | {"viewer": file.roles["viewer"].model_copy(update={"rights": ("queue.read", "new.right")})},
    )
    with database.session() as session:
        install_rights(session, longer)
        install_rights(session, longer)
        assert rights_of_roles(session)["viewer"] == {"new.right"}
        assert rights_of_roles(session)["reviewer"] == frozenset(file.roles["reviewer"].rights)
        assert session.get_one(Right, "new.right").meaning == "something new"


def test_names_that_look_alike_are_one(database: Database, mara: User) -> None:
    with database.session() as session:
        for name in ("mara", "MARA", " mara  ", "ｍａｒａ"):
            found = find_user(session, name)
            assert found
            assert found.id == mara.id
            with pytest.raises(UsageError, match="already"):
                add_user(session, name, [])
        for name in ("", " ", "x" * 81, "a\x00b", "a\u202eb"):
            with pytest.raises(UsageError, match="cannot be used"):
                add_user(session, name, [])


def test_a_user_has_the_rights_of_all_their_roles(database: Database, mara: User) -> None:
    file = load_rights()
    with database.session() as session:
        assert set_roles(session, mara.id, ["operator", "investigator"]) == ("reviewer",)
        both = {*file.roles["operator"].rights, *file.roles["investigator"].rights}
        assert rights_of(session, mara.id) == both
        with pytest.raises(UsageError, match="no such role: king"):
            set_roles(session, mara.id, ["king"])
        assert rights_of(session, mara.id) == both


def test_a_session_is_found_by_its_secret_alone(database: Database, mara: User) -> None:
    with database.session() as session:
        secret = open_session(session, mara.id, "127.0.0.1", "x" * 500)
        who = identify(session, secret)
        assert who
        assert (who.name, who.roles, who.preferences) == ("Mara", ("reviewer",), Preferences())
        assert who.may("review.decide")
        assert not who.may("case.read")
        assert identify(session, secret[:-1]) is None
        assert secret not in {row.token_hash for row in session.scalars(select(SignedIn))}
        assert len(open_sessions(session, mara.id)) == 1
        disable(session, session.get_one(User, mara.id))
        assert identify(session, secret) is None
        assert open_sessions(session, mara.id) == []


def test_preferences_keep_what_else_is_there(database: Database, mara: User) -> None:
    with database.session() as session:
        user = session.get_one(User, mara.id)
        user.settings = {"other": 1}
        set_preferences(user, Preferences(keys=False, greyscale=True))
    with database.session() as session:
        user = session.get_one(User, mara.id)
        assert user.settings["other"] == 1
        assert preferences(user) == Preferences(keys=False, blur=True, greyscale=True)


def test_tokens_end(database: Database, mara: User) -> None:
    with database.session() as session:
        user = session.get_one(User, mara.id)
        row, secret = new_token(session, user, "robot", ["queue.read"], utcnow() + timedelta(days=1))
        _, old = new_token(session, user, "robot", ["queue.read"], utcnow() - timedelta(seconds=1))
        who = identify_program(session, secret)
        assert who
        assert (who.rights, who.session_id) == ({"queue.read"}, None)
        assert identify_program(session, old) is None
        revoke_token(session, row.id)
        assert identify_program(session, secret) is None


def test_tickets_work_once_for_one_purpose(database: Database, mara: User) -> None:
    with database.session() as session:
        first = new_ticket(session, TicketKind.PASSWORD, timedelta(hours=1), user_id=mara.id)
        second = new_ticket(session, TicketKind.PASSWORD, timedelta(hours=1), user_id=mara.id)
        assert use_ticket(session, first, TicketKind.PASSWORD) is None
        assert use_ticket(session, second, TicketKind.PASSKEY) is None
        assert use_ticket(session, second, TicketKind.PASSWORD)
        assert use_ticket(session, second, TicketKind.PASSWORD) is None


def test_attempts_at_the_same_time_cannot_slip_through(database: Database, mara: User) -> None:
    def attempt(_: int) -> int | None:
        with database.session() as session:
            return begin_attempt(session, "mara", "192.0.2.1")

    with ThreadPoolExecutor(8) as pool:
        counted = [one for one in pool.map(attempt, range(24)) if one is not None]
    assert len(counted) == PER_PAIR
    with database.session() as session:
        assert begin_attempt(session, "mara", "192.0.2.2") is not None
        succeeded(session, counted[0])
        assert begin_attempt(session, "mara", "192.0.2.1") is not None


def test_a_code_is_taken_once_however_many_try(database: Database, mara: User) -> None:
    def take(_: int) -> bool:
        with database.session() as session:
            return use_step(session, mara.id, 7)

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(take, range(8))) == 1


def test_an_event_is_kept_with_what_it_tells_of(database: Database, mara: User) -> None:
    who = Actor(name="Mara", roles=("reviewer", "senior"), ip="192.0.2.7")
    with database.session() as session:
        record(session, "role_change", who, kind="user", id=mara.id, before=["a"], after={"b": "ngà voi"}, reason="x\0")
    with pytest.raises(RuntimeError), database.session() as session:
        record(session, "lost", who)
        raise RuntimeError
    with database.session(read_only=True) as session:
        (row,) = session.scalars(select(AuditRow))
    assert (row.actor, row.role, row.before, row.after) == ("Mara", "reviewer,senior", ["a"], {"b": "ngà voi"})
    assert (row.object_kind, row.object_id, row.reason) == ("user", str(mara.id), "x\ufffd")

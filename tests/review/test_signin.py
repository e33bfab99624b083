"""Signing in and out, as people and as attackers do it."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from sqlalchemy import select, update

from review.auth import passwords, totp
from review.rendering import local
from storage.database import Database
from storage.models import AuditRow, SignedIn, SignInAttempt, TicketKind, User, utcnow
from storage.secrets import digest
from storage.sessions import IDLE
from storage.signin import PER_ADDRESS, PER_PAIR, new_recovery_codes, new_ticket
from storage.users import disable
from tests.review.conftest import Person, ask, fill

PASSWORD = "seven pangolins in a boat"
Answer = tuple[int, dict[str, str], bytes]


@pytest.fixture
def mara(database: Database, reviewer: Person) -> Person:
    """The reviewer, with a password."""
    with database.session() as session:
        session.get_one(User, reviewer.user_id).password_hash = passwords.hash_of(PASSWORD)
    return reviewer


def try_in(site: str, name: str = "mara", password: str = PASSWORD, code: str = "", **more: str) -> Answer:
    headers = {key: more.pop(key) for key in ("Cookie",) if key in more}
    form = urlencode({"name": name, "password": password, "code": code, **more})
    return ask(site, "POST", "/login", form, Origin=site, **headers)


def cookie_of(answer: Answer) -> str:
    return answer[1]["set-cookie"].split(";")[0]


@pytest.mark.parametrize("name", ["mara", "MARA", " Mara ", "ｍａｒａ"])
def test_the_right_words_let_in(site: str, mara: Person, name: str) -> None:
    answer = try_in(site, name)
    assert (answer[0], answer[1]["location"]) == (303, "/")
    flags = answer[1]["set-cookie"]
    assert "HttpOnly" in flags
    assert "SameSite=strict" in flags
    assert ask(site, "GET", "/", Cookie=cookie_of(answer))[0] == 200


def test_everything_wrong_gets_one_answer(database: Database, site: str, mara: Person) -> None:
    def shown(answer: Answer) -> tuple[int, bytes]:
        return answer[0], re.sub(rb'name="name" value="[^"]*"', b"", answer[2])

    wrong = [try_in(site, password="seven pangolins in a bath"), try_in(site, "nobody"), try_in(site, "mara", "")]
    with database.session() as session:
        session.get_one(User, mara.user_id).totp_secret = totp.new_secret()
    wrong += [try_in(site), try_in(site, code="123456")]
    with database.session() as session:
        user = session.get_one(User, mara.user_id)
        user.totp_secret = None
        disable(session, user)
        session.execute(update(SignInAttempt).values(failed=False))
    wrong.append(try_in(site))
    assert {shown(answer)[0] for answer in wrong} == {401}
    assert len({shown(answer)[1] for answer in wrong}) == 1
    assert not any("set-cookie" in answer[1] for answer in wrong)


def test_an_unknown_name_takes_as_long(database: Database, site: str, mara: Person) -> None:
    def seconds(name: str) -> float:
        with database.session() as session:
            session.execute(update(SignInAttempt).values(failed=False))
        began = time.perf_counter()
        assert try_in(site, name, "seven pangolins in a bath")[0] == 401
        return time.perf_counter() - began

    seconds("nobody")  # the first makes the hash that nobody has
    pairs = [(seconds("mara"), seconds("nobody")) for _ in range(7)]
    known, unknown = (statistics.median(times) for times in zip(*pairs, strict=True))
    assert 0.6 < known / unknown < 1.67, (known, unknown)


def test_guessing_is_stopped_and_the_owner_elsewhere_is_not(site: str, database: Database, mara: Person) -> None:
    for _ in range(PER_PAIR):
        assert try_in(site, password="guess")[0] == 401
    status, headers, _ = try_in(site)
    assert (status, headers["retry-after"]) == (429, "900")
    with database.session() as session:
        old = utcnow() - timedelta(minutes=16)
        session.execute(update(SignInAttempt).values(at=old))
    assert try_in(site)[0] == 303


def test_one_address_cannot_try_many_names(database: Database, site: str, mara: Person) -> None:
    with database.session() as session:
        session.add_all(SignInAttempt(account=f"{n}", address="127.0.0.1") for n in range(PER_ADDRESS))
    assert try_in(site, "another")[0] == 429
    assert try_in(site)[0] == 429


def test_a_brute_script_gets_nowhere(site: str, mara: Person) -> None:
    statuses = [try_in(site, password=f"guess {n}")[0] for n in range(40)]
    assert statuses == [401] * PER_PAIR + [429] * (40 - PER_PAIR)


def test_codes_and_recovery_codes_work_once(database: Database, site: str, mara: Person) -> None:
    secret = totp.new_secret()
    with database.session() as session:
        session.get_one(User, mara.user_id).totp_secret = secret
        new_recovery_codes(session, mara.user_id, ["abcde-fghjk"])
    assert try_in(site)[0] == 401
    code = totp.code_at(secret, int(time.time()) // totp.STEP)
    assert try_in(site, code=f"{code[:3]} {code[3:]}")[0] == 303
    assert try_in(site, code=code)[0] == 401
    assert try_in(site, code="ABCDE-FGHJK ")[0] == 303
    assert try_in(site, code="abcde-fghjk")[0] == 401


# RFC 6238, appendix B, SHA-1.
@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "94287082"), (1111111109, "07081804"), (1234567890, "89005924"), (20000000000, "65353130")],
)
def test_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert totp.code_at(secret, seconds // 30, digits=8) == code
    assert totp.step_of(secret, code[2:], seconds + 30) == seconds // 30
    assert totp.step_of(secret, code[2:], seconds + 61) is None


def test_signing_in_changes_the_session(database: Database, site: str, mara: Person) -> None:
    planted = "=".join(mara.cookie)
    answer = try_in(site, Cookie=planted)
    assert cookie_of(answer) != planted
    assert ask(site, "GET", "/", Cookie=planted)[0] == 303
    unknown = f"{mara.cookie[0]}=chosen-by-an-attacker"
    assert cookie_of(try_in(site, Cookie=unknown)) != unknown
    assert ask(site, "GET", "/", Cookie=unknown)[0] == 303


def test_signing_out_ends_it(site: str, mara: Person) -> None:
    assert mara.ask("POST", "/logout")[1]["location"] == "/login"
    assert mara.ask("GET", "/")[1]["location"] == "/login?next=%2F"


@pytest.mark.parametrize("change", [{"seen_at": utcnow() - IDLE}, {"expires_at": utcnow()}, {"ended_at": utcnow()}])
def test_a_session_ends_by_itself(database: Database, mara: Person, change: dict[str, object]) -> None:
    assert mara.ask("GET", "/")[0] == 200
    with database.session() as session:
        session.execute(update(SignedIn).values(change))
    assert mara.ask("GET", "/review/1?language=th")[1]["location"] == "/login?next=%2Freview%2F1%3Flanguage%3Dth"
    status, headers, _ = mara.ask("POST", "/undo", HX_Request="true", HX_Current_URL=f"{mara.site}/review/2?part=1")
    assert (status, headers["hx-redirect"]) == (401, "/login?next=%2Freview%2F2%3Fpart%3D1")
    assert mara.ask("POST", "/undo")[1]["location"] == "/login?next=%2F"


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("/queue?language=th", "/queue?language=th"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/x\nSet-Cookie: a=b", "/"),
        ("", "/"),
    ],
)
def test_the_way_back_never_leaves_the_app(asked: str, given: str) -> None:
    assert local(asked) == given


def test_a_link_sets_a_password_once(database: Database, site: str, reviewer: Person) -> None:
    with database.session() as session:
        secret = new_ticket(session, TicketKind.PASSWORD, timedelta(hours=1), user_id=reviewer.user_id)
    path = f"/link/{secret}"
    assert b"mara" in ask(site, "GET", path)[2]
    for weak in ("short", "mara mara mara", "aaaaaaaaaaaaaaaa"):
        assert ask(site, "POST", path, urlencode({"password": weak}), Origin=site)[0] == 400, weak
    answer = ask(site, "POST", path, urlencode({"password": PASSWORD}), Origin=site)
    assert ask(site, "GET", "/account", Cookie=cookie_of(answer))[0] == 200
    assert ask(site, "POST", path, urlencode({"password": PASSWORD + "2"}), Origin=site)[0] == 404
    assert ask(site, "GET", path)[0] == 404
    assert try_in(site)[0] == 303


def test_old_and_foreign_links_do_nothing(database: Database, site: str, reviewer: Person) -> None:
    with database.session() as session:
        old = new_ticket(session, TicketKind.PASSWORD, timedelta(seconds=-1), user_id=reviewer.user_id)
        challenge = new_ticket(session, TicketKind.PASSKEY, timedelta(hours=1), user_id=reviewer.user_id)
    for secret in (old, challenge, "x", "a" * 5000):
        assert ask(site, "GET", f"/link/{secret}")[0] == 404
        assert ask(site, "POST", f"/link/{secret}", urlencode({"password": PASSWORD}), Origin=site)[0] == 404


def test_every_sign_in_is_on_record_and_no_secret_is(database: Database, site: str, mara: Person) -> None:
    try_in(site)
    try_in(site, password="a wrong one")
    try_in(site, name=PASSWORD)
    with database.session(read_only=True) as session:
        rows = session.scalars(select(AuditRow).order_by(AuditRow.seq)).all()
    assert [(row.action, row.actor, row.ip) for row in rows] == [
        ("sign_in", "mara", "127.0.0.1"),
        ("sign_in_failed", "mara", "127.0.0.1"),
        ("sign_in_failed", "unknown", "127.0.0.1"),
    ]


def test_own_sessions_only(database: Database, signed_in: Callable[..., Person]) -> None:
    fill(database, 1)
    mara, joe = signed_in("reviewer"), signed_in("reviewer", name="joe")
    again = signed_in("reviewer")
    with database.session(read_only=True) as session:
        ids = dict(session.execute(select(SignedIn.token_hash, SignedIn.id)).all())
    assert joe.ask("POST", f"/account/sessions/{ids[digest(mara.secret)]}/end")[0] == 303
    assert mara.ask("GET", "/")[0] == 200
    assert again.ask("POST", f"/account/sessions/{ids[digest(mara.secret)]}/end")[0] == 303
    assert mara.ask("GET", "/")[0] == 303
    assert again.ask("GET", "/")[0] == 200


def test_changing_the_password_ends_the_other_sessions(mara: Person, signed_in: Callable[..., Person]) -> None:
    other = signed_in("reviewer")
    new = "eight pangolins in a boat"
    assert mara.ask("POST", "/account/password", {"current": "wrong", "password": new})[0] == 400
    assert other.ask("GET", "/")[0] == 200
    assert mara.ask("POST", "/account/password", {"current": PASSWORD, "password": new})[0] == 303
    assert (mara.ask("GET", "/")[0], other.ask("GET", "/")[0]) == (200, 303)
    assert try_in(mara.site)[0] == 401
    assert try_in(mara.site, password=new)[0] == 303


def test_the_last_manager_stays(database: Database, signed_in: Callable[..., Person]) -> None:
    admin = signed_in("admin", name="ada")
    own = f"/admin/users/{admin.user_id}"
    assert admin.ask("POST", f"{own}/disable")[0] == 400
    assert admin.ask("POST", f"{own}/roles", {"roles": ["viewer"]})[0] == 400
    second = signed_in("admin", name="bea")
    assert admin.ask("POST", f"{own}/disable")[0] == 303
    assert admin.ask("GET", "/")[0] == 303
    assert second.ask("POST", f"{own}/enable")[0] == 303
    with database.session(read_only=True) as session:
        assert [row.action for row in session.scalars(select(AuditRow))] == ["user_disable", "user_enable"]

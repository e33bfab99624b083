"""Deny by default: every role against every route of the app, made from the app itself."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable

import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute

from review import app as built
from review.auth import PUBLIC, SIGNED_IN
from review.navigation import page_modules
from storage.database import Database
from storage.models import Role, User, utcnow
from storage.rights import load_rights, rights_of_roles, set_roles
from storage.sessions import new_token
from storage.workspace import Mode, set_mode, set_training
from tests.review.conftest import Person, ask, fill

FILE = load_rights()
ROLES = sorted(FILE.roles)
ROUTES = [route for module in page_modules() for route in module.router.routes if isinstance(route, APIRoute)]
CASES = [(route, method) for route in ROUTES for method in sorted(route.methods)]
BACK_TO_SIGN_IN = "/login?next="
# Not tried as somebody who may: it ends the session every other case needs.
ENDS_ITSELF = {"/logout"}


def right_of(route: APIRoute) -> str:
    (right,) = built.rights_of_route(route)
    return right


def example(route: APIRoute) -> str:
    """An address of the route; there is nothing under the number."""
    return re.sub(r"\{\w+\}", "987654", route.path)


def is_allowed(status: int, headers: dict[str, str]) -> bool:
    """Whatever else came of it, nobody was stopped at the door (401 alone: wrong credentials at an open route)."""
    return status != 403 and not headers.get("location", "").startswith(BACK_TO_SIGN_IN)


def test_every_route_names_one_right_that_exists() -> None:
    assert len(ROUTES) > 25
    for route in ROUTES:
        assert right_of(route) in {PUBLIC, SIGNED_IN, *FILE.rights}, route.path


def test_a_route_without_a_right_stops_the_app() -> None:
    router = APIRouter()
    router.add_api_route("/open", lambda: None)
    with pytest.raises(RuntimeError, match="/open must name one right"):
        built._check([route for route in router.routes if isinstance(route, APIRoute)])


@pytest.mark.parametrize("role", ROLES)
def test_role_by_route(database: Database, signed_in: Callable[..., Person], role: str) -> None:
    fill(database, 1)
    person = signed_in(role, name=role)
    rights = FILE.roles[role].rights
    for route, method in CASES:
        if route.path in ENDS_ITSELF:
            continue
        right = right_of(route)
        answer = person.ask(method, example(route))
        expected = right in (PUBLIC, SIGNED_IN) or right in rights
        assert is_allowed(*answer[:2]) is expected, f"{role} {method} {route.path}: {answer[0]}"
        if not expected:
            assert answer[0] == 403, f"{role} {method} {route.path}"


def test_nobody_by_route(database: Database, site: str) -> None:
    fill(database, 1)
    for route, method in CASES:
        headers = {"Origin": site} if method == "POST" else {}
        status, answer, _ = ask(site, method, example(route), "" if method == "POST" else None, **headers)
        if right_of(route) != PUBLIC and route.path.startswith("/api/"):
            assert (status, answer["www-authenticate"]) == (401, "Bearer"), route.path
        elif right_of(route) != PUBLIC:
            assert status == 303, route.path
            assert answer["location"].startswith(BACK_TO_SIGN_IN), route.path


def test_somebody_without_a_role_by_route(signed_in: Callable[..., Person]) -> None:
    person = signed_in(name="nobody yet")
    for route, method in CASES:
        if right_of(route) not in (PUBLIC, SIGNED_IN):
            assert person.ask(method, example(route))[0] == 403, route.path


@pytest.mark.parametrize("role", ROLES)
def test_a_write_needs_the_token_of_its_own_session(signed_in: Callable[..., Person], role: str) -> None:
    person, other = signed_in(role, name=role), signed_in(role, name=f"{role} 2")
    for route, method in CASES:
        if method != "POST" or right_of(route) == PUBLIC:
            continue
        for token in ("", "x", "é", other.csrf, secrets.token_hex(32)):
            sent = token.encode().decode("latin-1")
            assert person.ask("POST", example(route), X_CSRF_Token=sent)[0] == 403, (route.path, token)


def test_a_role_is_rows_and_can_be_changed(database: Database, signed_in: Callable[..., Person]) -> None:
    person = signed_in("viewer")
    assert person.ask("GET", "/admin/users")[0] == 403
    with database.session() as session:
        assert rights_of_roles(session)["viewer"] == frozenset(FILE.roles["viewer"].rights)
        set_roles(session, person.user_id, ["admin"])
    assert person.ask("GET", "/admin/users")[0] == 200
    assert person.ask("GET", "/queue")[0] == 403


def test_the_navigation_shows_only_what_one_may_use(signed_in: Callable[..., Person]) -> None:
    for role in ROLES:
        page = signed_in(role, name=role).ask("GET", "/")[2].decode()
        assert ('href="/admin/users"' in page) is ("user.manage" in FILE.roles[role].rights), role
        assert ('href="/queue"' in page) is ("queue.read" in FILE.roles[role].rights), role


@pytest.mark.parametrize(
    ("mode", "reads", "writes"), [(Mode.NORMAL, 200, 409), (Mode.READ_ONLY, 200, 403), (Mode.NO_ACCESS, 403, 403)]
)
def test_modes(database: Database, signed_in: Callable[..., Person], mode: Mode, reads: int, writes: int) -> None:
    fill(database, 1)
    person, admin = signed_in("reviewer"), signed_in("admin", name="ada")
    with database.session() as session:
        set_mode(session, mode)
    assert person.ask("GET", "/queue")[0] == reads
    assert person.ask("POST", "/review/1", {"label": "unsure", "assessment_id": 9})[0] == writes
    assert person.ask("GET", "/account")[0] == 200
    assert admin.ask("POST", "/admin/users", {"name": "joe"})[0] == 200


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_a_token_can_do_what_its_scope_and_its_owner_may(
    database: Database, site: str, signed_in: Callable[..., Person]
) -> None:
    person = signed_in("reviewer")
    with database.session() as session:
        owner = session.get_one(User, person.user_id)
        row, token = new_token(session, owner, "robot", ["queue.read"], utcnow().replace(year=2099))
    assert ask(site, "GET", "/queue", **bearer(token))[0] == 200
    for path, status in (("/undo", 403), ("/queue", 405)):
        assert ask(site, "POST", path, "", **bearer(token))[0] == status
    for wrong in ("", "x", token + "x", token[:-1], person.secret):
        status, headers, body = ask(site, "GET", "/queue", Cookie="=".join(person.cookie), **bearer(wrong))
        assert (status, headers["www-authenticate"]) == (401, "Bearer"), wrong
        assert body.startswith(b'{"error"')
    with database.session() as session:
        set_roles(session, person.user_id, ["admin"])
    assert ask(site, "GET", "/queue", **bearer(token))[0] == 403
    assert row.scopes == ["queue.read"]


def test_training_roles_exist_in_training_workspaces_only(database: Database, signed_in: Callable[..., Person]) -> None:
    admin = signed_in("admin", name="ada")
    assert b"trainee" in admin.ask("GET", "/admin/users")[2]
    with database.session() as session:
        assert session.get_one(Role, "trainee").training
        set_training(session, False)
    assert b"trainee" not in admin.ask("GET", "/admin/users")[2]
    assert admin.ask("POST", "/admin/users", {"name": "joe", "roles": ["trainee"]})[0] == 400

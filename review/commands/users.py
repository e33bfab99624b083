"""``wildtrade users``: the same as the page of users, for whoever holds the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import typer
from sqlalchemy.orm import Session

users = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Add, list and disable users; give them roles.")
_JSON = typer.Option(False, "--json", help="Print one JSON object.")
_NAME = typer.Argument(..., help="The name a person signs in with.")
_URL = typer.Option("", "--url", help="Address of the review page, for the link; default: as in wildtrade.toml.")


@contextmanager
def opened() -> Iterator[Session]:
    """One transaction on the workspace's database, with the rights installed."""
    from storage.database import open_database
    from storage.rights import install_rights, load_rights
    from wildtrade.settings import open_workspace

    workspace = open_workspace()
    with closing(open_database(workspace.database_url)) as database, database.session() as session:
        install_rights(session, load_rights(workspace.policy))
        yield session


def _say(json: bool, text: str, data: dict[str, Any]) -> int:
    from wildtrade.output import print_json

    if json:
        print_json(data)
    else:
        print(text)
    return 0


def _link(session: Session, user_id: int, url: str) -> str:
    from review.first import PASSWORD_LINK
    from storage.models import TicketKind
    from storage.signin import new_ticket
    from wildtrade.settings import open_workspace

    review = open_workspace().settings.review
    base = (url or f"http://localhost:{review.port}").rstrip("/")
    return f"{base}/link/{new_ticket(session, TicketKind.PASSWORD, PASSWORD_LINK, user_id=user_id)}"


@users.command("add")
def add(
    name: str = _NAME,
    role: list[str] = typer.Option([], "--role", help="A role; may be given more than once."),
    url: str = _URL,
    json: bool = _JSON,
) -> int:
    """Add a user and print the link under which the person sets a password."""
    from storage.audit import COMMAND, record
    from storage.users import add_user

    with opened() as session:
        user = add_user(session, name, role)
        record(session, "user_add", COMMAND, kind="user", id=user.id, after=sorted(role))
        link = _link(session, user.id, url)
    text = f"{user.name} sets a password within 24 hours at {link}"
    return _say(json, text, {"name": user.name, "roles": sorted(role), "link": link})


@users.command("list")
def list_users(json: bool = _JSON) -> int:
    """Everybody, with roles and second factor."""
    from storage.users import list_users as everybody
    from wildtrade.output import print_json, print_table

    with opened() as session:
        people = everybody(session)
    if json:
        print_json(people)
        return 0
    rows = [
        (
            one["name"],
            ", ".join(one["roles"]),
            "disabled" if one["disabled_at"] else "",
            " ".join(word for word in ("password", "totp", "passkeys") if one[word]) or "never signed in",
        )
        for one in people
    ]
    print_table("Users", ("name", "roles", "state", "signs in with"), rows)
    return 0


@users.command("disable")
def disable(name: str = _NAME, json: bool = _JSON) -> int:
    """Let a user no longer in; open sessions end at once."""
    from storage import users as people
    from storage.audit import COMMAND, record
    from wildtrade.errors import RefusedError

    with opened() as session:
        user = people.get_user(session, name)
        if not people.somebody_manages(session, but=user.id):
            fix = "give somebody else the role admin first"
            raise RefusedError("then nobody could manage users any more", field="name", fix=fix)
        people.disable(session, user)
        record(session, "user_disable", COMMAND, kind="user", id=user.id)
    return _say(json, f"{user.name} is disabled", {"name": user.name, "disabled": True})


@users.command("enable")
def enable(name: str = _NAME, json: bool = _JSON) -> int:
    """Let a user in again."""
    from storage.audit import COMMAND, record
    from storage.users import get_user

    with opened() as session:
        user = get_user(session, name)
        user.disabled_at = None
        record(session, "user_enable", COMMAND, kind="user", id=user.id)
    return _say(json, f"{user.name} may sign in again", {"name": user.name, "disabled": False})


@users.command("reset-2fa")
def reset_second_factor(name: str = _NAME, json: bool = _JSON) -> int:
    """Forget a user's authenticator app, passkeys and recovery codes; open sessions end."""
    from storage import users as people
    from storage.audit import COMMAND, record

    with opened() as session:
        user = people.get_user(session, name)
        people.reset_second_factor(session, user)
        record(session, "second_factor_reset", COMMAND, kind="user", id=user.id)
    return _say(json, f"{user.name} signs in with the password alone now", {"name": user.name, "reset": True})


@users.command("reset-password")
def reset_password(name: str = _NAME, url: str = _URL, json: bool = _JSON) -> int:
    """Print a link under which a user sets a new password; the old one and open sessions end at once."""
    from storage import users as people
    from storage.audit import COMMAND, record

    with opened() as session:
        user = people.get_user(session, name)
        user.password_hash = None
        people.end_sessions(session, user.id)
        record(session, "password_reset", COMMAND, kind="user", id=user.id)
        link = _link(session, user.id, url)
    return _say(json, f"{user.name} sets a password within 24 hours at {link}", {"name": user.name, "link": link})


@users.command("roles")
def roles(
    name: str = typer.Argument("", help="A user; empty: list the roles and their rights."),
    role: list[str] = typer.Option(
        [], "--set", help="The roles the user has from now on; may be given more than once."
    ),
    json: bool = _JSON,
) -> int:
    """List roles and their rights, or give a user exactly these roles."""
    from storage.rights import rights_of_roles, roles_of
    from storage.users import get_user
    from wildtrade.output import print_json, print_table

    with opened() as session:
        if not name:
            table = {role: sorted(rights) for role, rights in sorted(rights_of_roles(session).items())}
        else:
            user = get_user(session, name)
            if role:
                _change_roles(session, user.id, role)
            return _say(json, ", ".join(found := roles_of(session, user.id)) or "no role", {"roles": list(found)})
    if json:
        print_json(table)
    else:
        print_table("Roles", ("role", "rights"), [(role, ", ".join(rights)) for role, rights in table.items()])
    return 0


def _change_roles(session: Session, user_id: int, roles: list[str]) -> None:
    from storage.audit import COMMAND, record
    from storage.rights import set_roles
    from storage.users import somebody_manages
    from wildtrade.errors import RefusedError

    before = set_roles(session, user_id, roles)
    if not somebody_manages(session):
        raise RefusedError("then nobody could manage users any more", field="--set", fix="keep the role admin")
    record(session, "role_change", COMMAND, kind="user", id=user_id, before=list(before), after=sorted(roles))

"""The first start: somebody must be able to sign in, and nobody can yet."""

from __future__ import annotations

import getpass
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from storage.audit import COMMAND, record
from storage.database import open_database
from storage.models import TicketKind, User
from storage.rights import install_rights, load_rights, roles_of, set_roles
from storage.signin import new_ticket
from storage.users import add_user, find_user, first_user, somebody_can_sign_in
from storage.workspace import set_training

FIRST_ROLES = ("admin", "senior", "investigator", "operator")  # one person alone must be able to do everything
PRACTICE_ROLES = ("admin", "reviewer", "senior", "investigator", "operator", "trainer")
PASSWORD_LINK = timedelta(hours=24)
PRACTICE_LINK = timedelta(hours=12)


def first_link(database_url: str, name: str, policy: Path | None = None) -> str:
    """Make the first user where there is none, and return the secret of a link that sets their password.

    Each start gives a new link until one was used; empty from then on. Raises UsageError for a name of no use.
    """
    with closing(open_database(database_url)) as database, database.session() as session:
        install_rights(session, load_rights(policy))
        user = first_user(session)
        if user is not None and somebody_can_sign_in(session):
            return ""
        user = user or _add(session, name, FIRST_ROLES)
        return new_ticket(session, TicketKind.PASSWORD, PASSWORD_LINK, user_id=user.id)


def practice_link(database_url: str, name: str) -> str:
    """The secret of a link that signs the one user of a practice workspace in, as often as it is opened today.

    That user may see every screen.
    """
    with closing(open_database(database_url)) as database, database.session() as session:
        install_rights(session, load_rights())
        set_training(session, True)
        user = find_user(session, name) or _add(session, name, PRACTICE_ROLES)
        set_roles(session, user.id, {*roles_of(session, user.id), *PRACTICE_ROLES})  # a demo of an earlier version
        return new_ticket(session, TicketKind.PRACTICE, PRACTICE_LINK, user_id=user.id)


def login_name() -> str:
    """The name of whoever runs the command, for a first user."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # an account without a name, as in a container
        return "reviewer"


def _add(session: Session, name: str, roles: tuple[str, ...]) -> User:
    user = add_user(session, name, roles)
    record(session, "user_add", COMMAND, kind="user", id=user.id, after=list(roles), reason="first start")
    return user

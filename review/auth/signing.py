"""Signing in with name, password and code: one answer for everything that is wrong, in the same time."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy.orm import Session

from review.auth import passwords, totp
from storage.audit import Actor, record
from storage.database import Database
from storage.models import User
from storage.rights import roles_of
from storage.signin import begin_attempt, succeeded, use_recovery_code, use_step
from storage.users import find_user


class TooManyAttempts(Exception):
    """This account or address has failed too often of late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What a person typed. ``code``: of the authenticator app, or a recovery code."""

    name: str
    password: str
    code: str = ""


def check(database: Database, typed: Credentials, address: str) -> User | None:
    """The person whose credentials these are; None where anything is wrong with them. Raises TooManyAttempts."""
    with database.session() as session:
        attempt = begin_attempt(session, typed.name, address)
        user = find_user(session, typed.name)
    if attempt is None:
        raise TooManyAttempts
    known = passwords.fits(typed.password, user.password_hash if user else None)
    with database.session() as session:
        if user and known and user.disabled_at is None and _second(session, user, typed.code):
            succeeded(session, attempt)
            return user
        record(session, "sign_in_failed", Actor(name=user.name if user else "unknown", ip=address))
    return None


def _second(session: Session, user: User, code: str) -> bool:
    """Whether the second factor fits; a code and a recovery code work once."""
    if user.totp_secret is None:
        return True
    step = totp.step_of(user.totp_secret, code)
    if step is not None:
        return use_step(session, user.id, step)
    return use_recovery_code(session, user.id, re.sub(r"\s", "", code).lower())


def who(session: Session, user: User, address: str) -> Actor:
    """A person who is just signing in, for the audit trail."""
    return Actor(name=user.name, roles=roles_of(session, user.id), ip=address)

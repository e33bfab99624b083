"""People who sign in: adding, finding, disabling, what they prefer."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from storage.models import Passkey, RecoveryCode, RoleRight, SignedIn, User, UserRole, utcnow
from storage.rights import set_roles
from wildtrade.errors import UsageError

LONGEST_NAME = 80  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """How a person likes the pages: single keys on, pictures blurred, pictures without colour, after how many minutes
    of work a break is proposed (0: never). ``keymap`` holds the keys they moved, by action; see ``review.keys``."""

    keys: bool = True
    blur: bool = True
    greyscale: bool = False
    break_after: int = 45
    keymap: Mapping[str, str] = field(default_factory=dict)


def preferences(user: User, usual: Preferences = Preferences()) -> Preferences:
    """What a person prefers; what they never said is as ``usual``."""
    known = asdict(usual)
    return replace(usual, **{name: value for name, value in user.settings.items() if name in known})


def set_preferences(user: User, wanted: Preferences) -> None:
    """Keep what a person prefers; other entries of ``settings`` stay."""
    user.settings = {**user.settings, **asdict(wanted)}


def name_key(name: str) -> str:
    """The form of a name that signs in: two names that look the same are one."""
    return unicodedata.normalize("NFKC", " ".join(name.split())).casefold()[:160]


def add_user(session: Session, name: str, roles: Iterable[str]) -> User:
    """Add a person, still without a password. Raises UsageError for a name that is taken or cannot be used."""
    shown = " ".join(name.split())
    if not shown or len(shown) > LONGEST_NAME or not shown.isprintable():
        fix = f"use 1 to {LONGEST_NAME} letters"
        raise UsageError("this name cannot be used", field="name", fix=fix)
    if find_user(session, shown) is not None:
        raise UsageError(f"there is a user {shown!r} already", field="name", fix="choose another name")
    user = User(name=shown, name_key=name_key(shown), settings={})
    session.add(user)
    session.flush()
    set_roles(session, user.id, roles)
    return user


def find_user(session: Session, name: str) -> User | None:
    """The person who signs in under a name, also one who is disabled."""
    return session.scalars(select(User).where(User.name_key == name_key(name))).first()


def get_user(session: Session, name: str) -> User:
    """The same; raises UsageError where there is none."""
    user = find_user(session, name)
    if user is None:
        raise UsageError(f"there is no user {name!r}", field="name", fix="see `wildtrade users list`")
    return user


def first_user(session: Session) -> User | None:
    """Whoever was added first."""
    return session.scalars(select(User).order_by(User.id).limit(1)).first()


def somebody_can_sign_in(session: Session) -> bool:
    """Whether anybody has a password or a passkey yet."""
    return session.scalar(select(User.id).where(User.password_hash.is_not(None)).limit(1)) is not None or (
        session.scalar(select(Passkey.id).limit(1)) is not None
    )


def list_users(session: Session) -> list[dict[str, Any]]:
    """Everybody by name: {id, name, roles, disabled_at, password, totp, passkeys, seen_at}."""
    roles: dict[int, list[str]] = {}
    for user_id, role in session.execute(select(UserRole.user_id, UserRole.role).order_by(UserRole.role)):
        roles.setdefault(user_id, []).append(role)
    seen = dict(session.execute(select(SignedIn.user_id, func.max(SignedIn.seen_at)).group_by(SignedIn.user_id)).all())
    keys = dict(session.execute(select(Passkey.user_id, func.count()).group_by(Passkey.user_id)).all())
    return [
        {
            "id": user.id,
            "name": user.name,
            "roles": roles.get(user.id, []),
            "disabled_at": user.disabled_at,
            "password": user.password_hash is not None,
            "totp": user.totp_secret is not None,
            "passkeys": keys.get(user.id, 0),
            "seen_at": seen.get(user.id),
        }
        for user in session.scalars(select(User).order_by(User.name_key))
    ]


def disable(session: Session, user: User) -> None:
    """Let a person no longer in, at once: open sessions end."""
    user.disabled_at = utcnow()
    end_sessions(session, user.id)


def end_sessions(session: Session, user_id: int, but: int | None = None) -> None:
    """End all sessions of a person, but one."""
    here = (SignedIn.user_id == user_id, SignedIn.ended_at.is_(None), SignedIn.id != (but or 0))
    session.execute(update(SignedIn).where(*here).values(ended_at=utcnow()))


def reset_second_factor(session: Session, user: User) -> None:
    """Forget authenticator app, passkeys and recovery codes, and end all sessions."""
    user.totp_secret, user.totp_step = None, 0
    session.execute(delete(Passkey).where(Passkey.user_id == user.id))
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    end_sessions(session, user.id)


def somebody_manages(session: Session, but: int = 0) -> bool:
    """Whether anybody who is not disabled may manage users, leaving one person aside."""
    query = (
        select(User.id)
        .join(UserRole, UserRole.user_id == User.id)
        .join(RoleRight, RoleRight.role == UserRole.role)
        .where(RoleRight.right == "user.manage", User.disabled_at.is_(None), User.id != but)
    )
    return session.scalar(query.limit(1)) is not None

"""Sessions of browsers and tokens of programs: opened, found by hash, ended, listed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from storage.models import ApiToken, SignedIn, User, utcnow
from storage.rights import rights_of, roles_of
from storage.secrets import digest, new_secret
from storage.users import Preferences, preferences
from storage.usual import usual_preferences
from wildtrade.errors import UsageError

IDLE = timedelta(hours=2)
LONGEST = timedelta(hours=12)
_MINUTE = timedelta(minutes=1)  # how exactly the last use is kept: a write per request would cost more than it tells
TOKEN_PREFIX = "wt_"  # noqa: S105  (so that a secret scanner knows one)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who a request comes from. ``session_id`` is None for a program's token, ``token_id`` for a browser."""

    user_id: int
    name: str
    roles: tuple[str, ...]
    rights: frozenset[str]
    language: str | None
    preferences: Preferences
    session_id: int | None = None
    token_id: int | None = None
    stale: bool = False

    def may(self, right: str) -> bool:
        """Whether this person, or program, has a right."""
        return right in self.rights


def open_session(session: Session, user_id: int, address: str, agent: str, *, replaces: str | None = None) -> str:
    """Open a session and return its secret; the one of the cookie ``replaces`` ends, so that none can be planted."""
    if replaces:
        end_session(session, replaces)
    secret = new_secret()
    session.add(
        SignedIn(
            user_id=user_id,
            token_hash=digest(secret),
            address=address[:64],
            agent=agent[:200],
            expires_at=utcnow() + LONGEST,
        )
    )
    session.flush()
    return secret


def identify(session: Session, secret: str) -> Identity | None:
    """The person behind a session's secret; None where it is unknown, ended or expired, or the person disabled."""
    now = utcnow()
    query = (
        select(SignedIn.id, SignedIn.seen_at, User)
        .join(User, User.id == SignedIn.user_id)
        .where(
            SignedIn.token_hash == digest(secret),
            SignedIn.ended_at.is_(None),
            SignedIn.expires_at > now,
            SignedIn.seen_at > now - IDLE,
            User.disabled_at.is_(None),
        )
    )
    row = session.execute(query).first()
    if row is None:
        return None
    session_id, seen_at, user = row
    rights = rights_of(session, user.id)
    return _identity(session, user, rights, session_id=session_id, stale=now - seen_at > _MINUTE)


def identify_program(session: Session, secret: str) -> Identity | None:
    """The owner behind a program's token, with those of its scopes that the owner still has as rights."""
    now = utcnow()
    query = (
        select(ApiToken, User)
        .join(User, User.id == ApiToken.user_id)
        .where(
            ApiToken.token_hash == digest(secret),
            ApiToken.revoked_at.is_(None),
            ApiToken.expires_at > now,
            User.disabled_at.is_(None),
        )
    )
    row = session.execute(query).first()
    if row is None:
        return None
    token, user = row
    rights = rights_of(session, user.id) & frozenset(token.scopes)
    stale = token.used_at is None or now - token.used_at > _MINUTE
    return _identity(session, user, rights, token_id=token.id, stale=stale)


def identity_of(session: Session, user: User) -> Identity:
    """A person who is not here, with all their rights: for work that is done in their name."""
    return _identity(session, user, rights_of(session, user.id), stale=False)


def _identity(
    session: Session,
    user: User,
    rights: frozenset[str],
    *,
    stale: bool,
    session_id: int | None = None,
    token_id: int | None = None,
) -> Identity:
    return Identity(
        user_id=user.id,
        name=user.name,
        roles=roles_of(session, user.id),
        rights=rights,
        language=user.language,
        preferences=preferences(user, usual_preferences(session)),
        session_id=session_id,
        token_id=token_id,
        stale=stale,
    )


def touch(session: Session, who: Identity) -> None:
    """Note that a session or token was used just now."""
    if who.session_id is not None:
        session.execute(update(SignedIn).where(SignedIn.id == who.session_id).values(seen_at=utcnow()))
    else:
        session.execute(update(ApiToken).where(ApiToken.id == who.token_id).values(used_at=utcnow()))


def end_session(session: Session, secret: str) -> None:
    """End the session of a secret, if there is one."""
    here = (SignedIn.token_hash == digest(secret), SignedIn.ended_at.is_(None))
    session.execute(update(SignedIn).where(*here).values(ended_at=utcnow()))


def revoke(session: Session, user_id: int, session_id: int) -> bool:
    """End one session of a person; False where it is none of theirs."""
    row = session.get(SignedIn, session_id)
    if row is None or row.user_id != user_id:
        return False
    row.ended_at = row.ended_at or utcnow()
    return True


def open_sessions(session: Session, user_id: int) -> list[SignedIn]:
    """A person's open sessions, the last used first."""
    now = utcnow()
    alive = (SignedIn.ended_at.is_(None), SignedIn.expires_at > now, SignedIn.seen_at > now - IDLE)
    query = select(SignedIn).where(SignedIn.user_id == user_id, *alive).order_by(SignedIn.seen_at.desc())
    return list(session.scalars(query))


def new_token(
    session: Session, user: User, name: str, scopes: Sequence[str], expires_at: datetime
) -> tuple[ApiToken, str]:
    """Make a token for a program; returns its row and the secret, which is shown once.

    Raises UsageError where a scope is none of the owner's rights.
    """
    mine = rights_of(session, user.id)
    if unknown := set(scopes) - mine:
        fix = f"choose of {', '.join(sorted(mine)) or 'nothing: this user has no rights'}"
        raise UsageError(f"{user.name} has no right {', '.join(sorted(unknown))}", field="--scope", fix=fix)
    secret = TOKEN_PREFIX + new_secret()
    row = ApiToken(
        user_id=user.id, name=name, token_hash=digest(secret), scopes=sorted(set(scopes)), expires_at=expires_at
    )
    session.add(row)
    session.flush()
    return row, secret


def list_tokens(session: Session) -> list[tuple[ApiToken, str]]:
    """All tokens with their owner's name, newest first; those revoked or expired too."""
    rows = session.execute(
        select(ApiToken, User.name).join(User, User.id == ApiToken.user_id).order_by(ApiToken.id.desc())
    )
    return [(token, name) for token, name in rows]


def revoke_token(session: Session, token_id: int) -> ApiToken:
    """Make a token useless. Raises UsageError where there is none."""
    row = session.get(ApiToken, token_id)
    if row is None:
        raise UsageError(f"there is no token {token_id}", field="id", fix="see `wildtrade token list`")
    row.revoked_at = row.revoked_at or utcnow()
    return row

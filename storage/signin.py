"""Signing in: the rate limit, second factors, and tickets for one purpose."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session

from storage.dialects import lock_name
from storage.models import Passkey, RecoveryCode, SignInAttempt, Ticket, TicketKind, User, utcnow
from storage.secrets import digest, new_secret
from storage.users import name_key

WINDOW = timedelta(minutes=15)
PER_PAIR = 5  # failures of one account from one address
PER_ACCOUNT = 20  # of one account from anywhere
PER_ADDRESS = 50  # from one address: a class sits behind one


def begin_attempt(session: Session, name: str, address: str) -> int | None:
    """Count a try to sign in and return its id; None where there were too many failures of late.

    It counts as failed until ``succeeded`` is called, so that tries at the same time cannot slip through.
    """
    account = digest(name_key(name))
    for lock in sorted({f"sign in {account}", f"sign in {address}"}):
        lock_name(session.connection(), lock)
    since = utcnow() - WINDOW
    session.execute(delete(SignInAttempt).where(SignInAttempt.at < since))
    mine, here = SignInAttempt.account == account, SignInAttempt.address == address
    counts = session.execute(
        select(func.count().filter(mine, here), func.count().filter(mine), func.count().filter(here)).where(
            SignInAttempt.failed, SignInAttempt.at >= since, mine | here
        )
    ).one()
    if any(count >= most for count, most in zip(counts, (PER_PAIR, PER_ACCOUNT, PER_ADDRESS), strict=True)):
        return None
    attempt = SignInAttempt(account=account, address=address)
    session.add(attempt)
    session.flush()
    return attempt.id


def succeeded(session: Session, attempt_id: int) -> None:
    """An attempt was the right person's: earlier failures from there no longer count against them."""
    attempt = session.get(SignInAttempt, attempt_id)
    if attempt is not None:
        same = (SignInAttempt.account == attempt.account, SignInAttempt.address == attempt.address)
        session.execute(update(SignInAttempt).where(*same).values(failed=False))


def use_step(session: Session, user_id: int, step: int) -> bool:
    """Take a time step of the authenticator app; False where it, or a later one, was used before."""
    taken = session.execute(
        update(User).where(User.id == user_id, User.totp_step < step).values(totp_step=step).returning(User.id)
    )
    return taken.first() is not None


def new_recovery_codes(session: Session, user_id: int, codes: Sequence[str]) -> None:
    """Replace a person's recovery codes."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    session.add_all(RecoveryCode(user_id=user_id, code_hash=digest(code)) for code in codes)


def use_recovery_code(session: Session, user_id: int, code: str) -> bool:
    """Take a recovery code, which works once."""
    taken = session.execute(
        update(RecoveryCode)
        .where(RecoveryCode.user_id == user_id, RecoveryCode.code_hash == digest(code), RecoveryCode.used_at.is_(None))
        .values(used_at=utcnow())
        .returning(RecoveryCode.id)
    )
    return taken.first() is not None


def recovery_codes_left(session: Session, user_id: int) -> int:
    """How many recovery codes still work."""
    unused = select(func.count()).where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
    return session.scalar(unused) or 0


def passkeys_of(session: Session, user_id: int) -> list[Passkey]:
    """A person's passkeys, oldest first."""
    return list(session.scalars(select(Passkey).where(Passkey.user_id == user_id).order_by(Passkey.id)))


def find_passkey(session: Session, credential_id: bytes) -> tuple[Passkey, User] | None:
    """A passkey and its owner; None where it is unknown or its owner disabled."""
    row = session.execute(
        select(Passkey, User)
        .join(User, User.id == Passkey.user_id)
        .where(Passkey.credential_id == credential_id, User.disabled_at.is_(None))
    ).first()
    return None if row is None else (row[0], row[1])


def new_ticket(
    session: Session, kind: TicketKind, valid: timedelta, *, user_id: int | None = None, secret: str | None = None
) -> str:
    """Hand out a secret for one purpose; older ones of the same kind and person stop working."""
    secret, now = secret or new_secret(), utcnow()
    session.execute(delete(Ticket).where(Ticket.expires_at < now))
    if user_id is not None:
        session.execute(delete(Ticket).where(Ticket.user_id == user_id, Ticket.kind == kind))
    session.add(Ticket(kind=kind, token_hash=digest(secret), user_id=user_id, expires_at=now + valid))
    session.flush()
    return secret


def look_at_ticket(session: Session, secret: str, *kinds: TicketKind) -> tuple[Ticket, User | None] | None:
    """A ticket that still works, with its person, without using it up."""
    row = session.execute(
        select(Ticket, User)
        .outerjoin(User, User.id == Ticket.user_id)
        .where(*_works(secret, utcnow(), kinds), User.disabled_at.is_(None))
    ).first()
    return None if row is None else (row[0], row[1])


def use_ticket(session: Session, secret: str, kind: TicketKind) -> Ticket | None:
    """Use a ticket up; None where it does not work (any more)."""
    now = utcnow()
    return session.scalars(
        update(Ticket).where(*_works(secret, now, (kind,))).values(used_at=now).returning(Ticket)
    ).first()


def _works(secret: str, now: datetime, kinds: Sequence[TicketKind]) -> tuple[ColumnElement[bool], ...]:
    return (
        Ticket.token_hash == digest(secret),
        Ticket.kind.in_(kinds),
        Ticket.used_at.is_(None),
        Ticket.expires_at > now,
    )

"""Who may do what: people, roles as sets of rights, sessions, second factors, API tokens.

Secrets are kept as hashes; only a TOTP secret must be readable, because codes are computed from it.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, Json, Key, UtcTime, Word, utcnow


class User(Base):
    """A person who signs in. Never removed, only disabled: decisions name them."""

    __tablename__ = "user_account"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    name: Mapped[str] = mapped_column(String(80), comment="as shown, and as decisions are signed")
    name_key: Mapped[str] = mapped_column(String(160), unique=True, comment="casefolded, to sign in with")
    password_hash: Mapped[str | None] = mapped_column(String(200), comment="argon2id; None until it is set")
    totp_secret: Mapped[str | None] = mapped_column(String(64), comment="base32; None: no authenticator app")
    totp_step: Mapped[int] = mapped_column(Key, default=0, comment="last time step used: a code works once")
    language: Mapped[str | None] = mapped_column(String(8), comment="of the interface; None: as the browser asks")
    settings: Mapped[dict[str, Any]] = mapped_column(Json, default=dict, comment="see storage.users.Preferences")
    created_at: Mapped[datetime] = mapped_column(UtcTime, default=utcnow)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcTime)


class Right(Base):
    """One thing a role may allow; routes name it."""

    __tablename__ = "access_right"

    name: Mapped[str] = mapped_column(String(40), primary_key=True, comment="e.g. review.decide")
    meaning: Mapped[str] = mapped_column(Text)


class Role(Base):
    """A named set of rights."""

    __tablename__ = "role"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    meaning: Mapped[str] = mapped_column(Text)
    training: Mapped[bool] = mapped_column(default=False, comment="exists in training workspaces only")


class RoleRight(Base):
    """A role allows a right."""

    __tablename__ = "role_right"

    role: Mapped[str] = mapped_column(ForeignKey("role.name"), primary_key=True)
    right: Mapped[str] = mapped_column(ForeignKey("access_right.name"), primary_key=True)


class UserRole(Base):
    """A person has a role."""

    __tablename__ = "user_role"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    role: Mapped[str] = mapped_column(ForeignKey("role.name"), primary_key=True)


class SignedIn(Base):
    """One session of one browser; its cookie is never stored, only the hash."""

    __tablename__ = "web_session"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    address: Mapped[str] = mapped_column(String(64), comment="IP address it was opened from")
    agent: Mapped[str] = mapped_column(String(200), comment="what the browser says it is")
    created_at: Mapped[datetime] = mapped_column(UtcTime, default=utcnow)
    seen_at: Mapped[datetime] = mapped_column(UtcTime, default=utcnow, comment="last use, to the minute")
    expires_at: Mapped[datetime] = mapped_column(UtcTime, comment="however much it is used")
    ended_at: Mapped[datetime | None] = mapped_column(UtcTime, comment="signed out or revoked")


class Passkey(Base):
    """A WebAuthn credential of a person."""

    __tablename__ = "passkey"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    credential_id: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary, comment="COSE")
    sign_count: Mapped[int] = mapped_column(Key, default=0)
    name: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(UtcTime, default=utcnow)
    used_at: Mapped[datetime | None] = mapped_column(UtcTime)


class RecoveryCode(Base):
    """Stands in once for an authenticator app that is lost."""

    __tablename__ = "recovery_code"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime | None] = mapped_column(UtcTime)


class TicketKind(StrEnum):
    """What a ticket is good for."""

    PASSWORD = "password"  # noqa: S105  (a link under which its holder sets a password)
    PRACTICE = "practice"  # a link that signs in, more than once; practice workspaces on loopback only
    PASSKEY = "passkey"  # a WebAuthn challenge


class Ticket(Base):
    """A secret handed out for one purpose and a short time."""

    __tablename__ = "ticket"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    kind: Mapped[TicketKind] = mapped_column(Word(TicketKind))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    expires_at: Mapped[datetime] = mapped_column(UtcTime, index=True)
    used_at: Mapped[datetime | None] = mapped_column(UtcTime)


class SignInAttempt(Base):
    """One try to sign in, for the rate limit."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (
        Index("ix_sign_in_attempt_account", "account", "at"),
        Index("ix_sign_in_attempt_address", "address", "at"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    account: Mapped[str] = mapped_column(String(64), comment="hash of the name typed, which may be a password")
    address: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(UtcTime, default=utcnow)
    failed: Mapped[bool] = mapped_column(default=True, comment="until it has succeeded")


class ApiToken(Base):
    """A program's key to the API; it can do at most what its owner may."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[str]] = mapped_column(Json, comment="names of rights")
    created_at: Mapped[datetime] = mapped_column(UtcTime, default=utcnow)
    expires_at: Mapped[datetime] = mapped_column(UtcTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcTime, comment="last use, to the minute")
    revoked_at: Mapped[datetime | None] = mapped_column(UtcTime)


class WorkspaceFact(Base):
    """What is true of the workspace as a whole: its mode, whether it is for training."""

    __tablename__ = "workspace_fact"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[Any] = mapped_column(Json)

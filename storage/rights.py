"""Roles as sets of rights: rows of the database, first filled from ``config/policy/roles.yaml``."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pydantic import BaseModel, ConfigDict
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from storage.models import Right, Role, RoleRight, UserRole
from storage.workspace import is_training
from wildtrade.errors import ConfigError, UsageError
from wildtrade.policies import own_or_shipped, read_model


class RoleFile(BaseModel):
    """One role of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    meaning: str
    rights: tuple[str, ...]
    training: bool = False


class RightsFile(BaseModel):
    """``config/policy/roles.yaml``: what each right allows, and which role has which."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    rights: dict[str, str]
    roles: dict[str, RoleFile]


def load_rights(own: Path | None = None) -> RightsFile:
    """The workspace's file where it has one, else the shipped one. Raises ConfigError naming file and field."""
    path = own_or_shipped("roles.yaml", own)
    loaded = read_model(RightsFile, path)
    for name, role in loaded.roles.items():
        if unknown := set(role.rights) - set(loaded.rights):
            raise ConfigError(
                f"no such right: {', '.join(sorted(unknown))}",
                file=str(path),
                field=name,
                fix="see the shipped roles.yaml",
            )
    return loaded


def install_rights(session: Session, file: RightsFile) -> None:
    """Add the rights and roles that the database lacks. What an administrator changed stays as it is."""
    rights, roles = set(session.scalars(select(Right.name))), set(session.scalars(select(Role.name)))
    session.add_all(Right(name=name, meaning=text) for name, text in file.rights.items() if name not in rights)
    session.add_all(
        Role(name=name, meaning=role.meaning, training=role.training)
        for name, role in file.roles.items()
        if name not in roles
    )
    session.flush()
    session.add_all(
        RoleRight(role=name, right=right)
        for name, role in file.roles.items()
        for right in role.rights
        if name not in roles or right not in rights
    )
    session.flush()


def all_roles(session: Session) -> list[Role]:
    """The roles that may be given in this workspace, by name."""
    query = select(Role).order_by(Role.name)
    return list(session.scalars(query if is_training(session) else query.where(~Role.training)))


def rights_of_roles(session: Session) -> dict[str, frozenset[str]]:
    """Every role with its rights."""
    rows = session.execute(select(Role.name, RoleRight.right).outerjoin(RoleRight, RoleRight.role == Role.name)).all()
    found: dict[str, set[str]] = {}
    for role, right in rows:
        found.setdefault(role, set()).update([right] if right else [])
    return {role: frozenset(rights) for role, rights in found.items()}


def roles_of(session: Session, user_id: int) -> tuple[str, ...]:
    """The roles of a person, by name."""
    return tuple(session.scalars(select(UserRole.role).where(UserRole.user_id == user_id).order_by(UserRole.role)))


def rights_of(session: Session, user_id: int) -> frozenset[str]:
    """What a person may do."""
    query = select(RoleRight.right).join(UserRole, UserRole.role == RoleRight.role).where(UserRole.user_id == user_id)
    return frozenset(session.scalars(query))


def set_roles(session: Session, user_id: int, roles: Iterable[str]) -> tuple[str, ...]:
    """Give a person exactly these roles; returns those they had. Raises UsageError for an unknown role."""
    wanted, before = set(roles), roles_of(session, user_id)
    known = {role.name for role in all_roles(session)}
    if unknown := wanted - known:
        fix = f"choose of {', '.join(sorted(known))}"
        raise UsageError(f"no such role: {', '.join(sorted(unknown))}", field="roles", fix=fix)
    session.execute(delete(UserRole).where(UserRole.user_id == user_id, UserRole.role.not_in(wanted)))
    session.add_all(UserRole(user_id=user_id, role=role) for role in wanted - set(before))
    session.flush()
    return before


def set_rights(session: Session, role: str, rights: Iterable[str]) -> None:
    """Give a role exactly these rights. Raises UsageError for an unknown right."""
    wanted, known = set(rights), set(session.scalars(select(Right.name)))
    if unknown := wanted - known:
        raise UsageError(f"no such right: {', '.join(sorted(unknown))}", field="rights", fix="choose of the table")
    session.execute(delete(RoleRight).where(RoleRight.role == role))
    session.add_all(RoleRight(role=role, right=right) for right in sorted(wanted))
    session.flush()

"""The one door of the audit trail: every event that a person or a program must answer for enters through ``record``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from storage.database import clean_text
from storage.models import AuditRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts: a name, the roles at that time, and from where. A program has neither address nor session."""

    name: str
    roles: tuple[str, ...] = ()
    ip: str = ""
    session: int | None = None


COMMAND = Actor(name="command line")


def record(
    session: Session,
    action: str,
    who: Actor,
    *,
    kind: str = "",
    id: object = "",  # noqa: A002  (the column's name)
    before: Any = None,
    after: Any = None,
    reason: str = "",
) -> AuditRow:
    """Add one event in the caller's transaction, so that it is kept exactly when what it tells of is.

    ``action`` is a word such as ``sign_in``, ``decide``, ``undo``, ``view_identity``, ``export``, ``role_change``;
    ``kind`` and ``id`` name what was acted on; ``before`` and ``after`` are JSON values without secrets.
    """
    row = AuditRow(
        actor=who.name,
        role=",".join(who.roles),
        action=action,
        object_kind=kind,
        object_id=str(id),
        before=before,
        after=after,
        reason=clean_text(reason),
        ip=who.ip,
        session=who.session,
    )
    session.add(row)
    session.flush()
    return row

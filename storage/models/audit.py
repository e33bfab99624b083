"""What people and programs did. Rows are added by ``storage.audit.record`` and never changed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, Json, Key, UtcTime, utcnow


class AuditRow(Base):
    """One event."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_object", "object_kind", "object_id"),)

    seq: Mapped[int] = mapped_column(Key, primary_key=True)
    utc: Mapped[datetime] = mapped_column(UtcTime, default=utcnow, index=True)
    actor: Mapped[str] = mapped_column(String(80), index=True, comment="name of the person, or of the program")
    role: Mapped[str] = mapped_column(String(200), comment="roles at that time, comma separated")
    action: Mapped[str] = mapped_column(String(40), index=True, comment="e.g. sign_in, decide, export, role_change")
    object_kind: Mapped[str] = mapped_column(String(24), default="")
    object_id: Mapped[str] = mapped_column(String(80), default="")
    before: Mapped[Any | None] = mapped_column(Json)
    after: Mapped[Any | None] = mapped_column(Json)
    reason: Mapped[str] = mapped_column(Text, default="")
    ip: Mapped[str] = mapped_column(String(64), default="")
    session: Mapped[int | None] = mapped_column(Key, comment="web_session.id")

"""The audit trail under the chain: review, export and access events go into the log by their digest."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.custody.events import PROGRAM, Event
from storage.custody.line import canonical, digest
from storage.custody.log import CustodyLog
from storage.custody.report import Kind, Report
from storage.database import Database
from storage.models import AuditRow
from storage.models.base import utcnow

_SETTLED = timedelta(seconds=5)  # by then a transaction that took a smaller number has committed too
_COLUMNS = ("seq", "actor", "role", "action", "object_kind", "object_id", "before", "after", "reason", "ip", "session")
_MOST = 500  # rows in one entry


def mirror(log: CustodyLog, database: Database, settled: timedelta = _SETTLED) -> int:
    """Log the audit rows that are not in the log yet, some hundred in one entry; returns how many.

    Any process may call it at any time, as often as it likes: each row goes in once, and what a crash left out is
    caught up. An entry names who did what to what, and the SHA-256 of the whole row; the row's content stays in the
    database, where retention can reach it.
    """
    total = 0
    while rows := _mirror_some(log, database, settled):
        total += rows
    return total


def _mirror_some(log: CustodyLog, database: Database, settled: timedelta) -> int:
    with log.held():
        after = log.state().audited
        query = select(AuditRow).where(AuditRow.seq > after, AuditRow.utc <= utcnow() - settled)
        with database.session(read_only=True) as session:
            rows = [_said(row) for row in session.scalars(query.order_by(AuditRow.seq).limit(_MOST))]
        if rows:
            log.append_all([Event("audit", PROGRAM, {"rows": rows})])
        return len(rows)


def _said(row: AuditRow) -> dict[str, object]:
    return {"id": row.seq, "actor": row.actor, "action": row.action, "sha256": row_digest(row)}


def row_digest(row: AuditRow) -> str:
    """SHA-256 of a row's canonical JSON, without columns that came later."""
    values = {name: getattr(row, name) for name in _COLUMNS}
    values["utc"] = row.utc.isoformat(timespec="microseconds")
    return digest(canonical(values))


def compare_audit(session: Session, logged: dict[int, str], report: Report) -> None:
    """Hold the rows of the audit trail against what the log says of them."""
    if not logged:
        return
    seen = set()
    for row in session.scalars(select(AuditRow).order_by(AuditRow.seq).execution_options(yield_per=500)):
        seen.add(row.seq)
        if row.seq in logged and logged[row.seq] != row_digest(row):
            report.add(Kind.ROW, "audit trail", f"row {row.seq} ({row.action} by {row.actor}) was changed")
        elif row.seq not in logged and row.seq < max(logged):
            report.add(Kind.ROW, "audit trail", f"row {row.seq} ({row.action} by {row.actor}) was slipped in")
    for missing in sorted(logged.keys() - seen):
        report.add(Kind.ROW, "audit trail", f"row {missing} is not there any more")

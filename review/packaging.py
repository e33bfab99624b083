"""The report of a case as a file of its own."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from typing import Any

from storage.audit import Actor, record
from storage.cases import find_case
from storage.custody import CustodyLog, Event
from storage.database import Database
from storage.exporting.material import gather
from storage.exporting.package import Report
from wildtrade.errors import StorageError


def write_report(
    database: Database,
    log: CustodyLog,
    number: str,
    who: Actor,
    target: Path,
    report: Report,
    *,
    identities: bool = True,
    organisation: str = "",
) -> dict[str, Any]:
    """Write the PDF whole or not at all; audit trail and custody log tell of it. Returns {case, sha256, file, ...}."""
    with database.session(read_only=True) as session:
        case = find_case(session, number)
        material = gather(session, log, case, who.name, identities=identities, organisation=organisation)
    data = report(material)
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=".report.")
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(name).replace(target)
    except OSError as error:
        fix = "free some space, or name a file in a folder that is yours"
        raise StorageError(f"cannot be written: {error.strerror}", file=str(target), fix=fix) from error
    sha256 = hashlib.sha256(data).hexdigest()
    said = {"case": case.number, "sha256": sha256, "identities": identities, "what": "report"}
    log.append_all([Event("export", who.name, said)])
    with database.session() as session:
        record(session, "export", who, kind="case", id=case.id, after=said)
    return said | {"file": str(target)}

"""The report of a case as a file of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from storage.audit import Actor, record
from storage.cases import find_case
from storage.custody import CustodyLog, Event
from storage.database import Database
from storage.exporting.house import House
from storage.exporting.material import gather
from storage.exporting.package import Report
from storage.exporting.pdf_seal import seal_pdf
from wildtrade.writing import put


def write_report(
    database: Database,
    log: CustodyLog,
    number: str,
    who: Actor,
    target: Path,
    *,
    report: Report,
    identities: bool = True,
    house: House | None = None,
) -> dict[str, Any]:
    """Write the PDF, sealed where the house has a certificate, whole or not at all; audit trail and custody log tell of
    it. Returns {case, sha256, file, ...}."""
    with database.session(read_only=True) as session:
        case = find_case(session, number)
        material = gather(session, log, case, who.name, identities=identities, house=house)
    data, certificate = report(material), material.house.certificate
    if certificate is not None:
        data = seal_pdf(data, certificate)
    written = put(target, lambda file: {"bytes": file.write(data)})
    said = {"case": case.number, "sha256": written["sha256"], "identities": identities, "what": "report"}
    log.append_all([Event("export", who.name, said)])
    with database.session() as session:
        record(session, "export", who, kind="case", id=case.id, after=said)
    return said | {"file": str(target)}

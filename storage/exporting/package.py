"""The evidence package of a case: a bag anyone can check with sha256sum, openssl and unzip."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import IO, Any

from storage.audit import Actor, record
from storage.cases import find_case
from storage.custody import CustodyLog, Event
from storage.custody.checkpoints import checkpoint
from storage.database import Database
from storage.exporting.about import about, exhibit_meta, lexicon_version, software, to_bytes
from storage.exporting.bag import Bag
from storage.exporting.extract import Extract, extract
from storage.exporting.forms import write_csv
from storage.exporting.graph import Item, case_graph
from storage.exporting.house import House
from storage.exporting.material import Document, Material, Piece, documents, gather
from storage.exporting.pdf_seal import Certificate, seal_pdf
from storage.exporting.secrets import address_without_secrets
from storage.exporting.stamping import add_stamps
from storage.exporting.tables import audit_rows, chronology_rows, decision_rows, hash_rows, listing_rows, seller_rows
from storage.exporting.verifytext import verify_text
from wildtrade.output import to_json
from wildtrade.writing import put

MEDIA_TYPE = "application/zip"
_NO_ROWS = b"(no rows)\r\n"
Report = Callable[[Material], bytes]
_ENDINGS = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/webp": "webp",
    "text/html": "html",
    "application/json": "json",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """A package that was written: the SHA-256 of the zip and of its signed manifest, and the key that signed."""

    path: Path
    sha256: str
    manifest_sha256: str
    key: str
    exhibits: int
    anchor: str


def build_package(
    database: Database,
    log: CustodyLog,
    number: str,
    who: Actor,
    target: Path,
    *,
    identities: bool = True,
    house: House | None = None,
    report: Report | None = None,
) -> Packed:
    """Write the package of a case to ``target``, whole or not at all; audit trail and custody log tell of it.

    Without ``identities`` sellers are pseudonyms and captures stay out, since a page shows who sells. ``report``
    makes the PDF, ``house`` stamps and seals. Raises UsageError for an unknown case, StorageError where an exhibit or
    the target fails.
    """
    with database.session(read_only=True) as session:
        material = gather(session, log, find_case(session, number), who.name, identities=identities, house=house)
    _log_derived(log, material)
    checkpoint(log, material.house.authority, who.name)
    runs = {piece.page.run_id for piece in material.pieces}
    found = extract(log, {piece.page.record_sha256 for piece in material.pieces}, number, runs)
    material = replace(material, anchor=found.anchor)  # the head that the package holds is the one it names
    said = put(target, lambda file: {"manifest": _fill(file, log, material, found, report)})
    sha256, manifest = said["sha256"], said["manifest"]
    said |= {"case": number, "identities": identities, "what": "package"}
    log.append_all([Event("export", who.name, said)])
    with database.session() as session:
        record(session, "export", who, kind="case", id=material.case.id, after=said)
    return Packed(
        path=target,
        sha256=sha256,
        manifest_sha256=manifest,
        key=material.key,
        exhibits=len(material.pieces),
        anchor=log.anchor,
    )


def _log_derived(log: CustodyLog, material: Material) -> None:
    """Tell which copy without secrets was made of which original: the signed entry is the map a reader follows."""
    derived = [
        {"original": piece.page.record_sha256, "derived": piece.derived, "removed": piece.clean.removed}
        for piece in material.pieces
        if piece.clean.removed
    ]
    if derived:
        log.append_all([Event("redacted", material.who, {"case": material.case.number, "records": derived})])


def _fill(file: IO[bytes], log: CustodyLog, material: Material, found: Extract, report: Report | None) -> str:
    bag = Bag(file, material.case.number, material.at)
    items = [_add_exhibit(bag, piece) for piece in material.pieces] if material.identities else []
    for name, rows in _tables(material):
        table = BytesIO()
        write_csv(rows, table)
        bag.add(f"case/{name}.csv", table.getvalue() or _NO_ROWS)
    lines = "".join(f"{to_json(row)}\n" for row in audit_rows(material))
    bag.add("case/audit.jsonl", lines.encode())
    bag.add("case/case.jsonld", to_bytes(case_graph(material.case.number, material.case.title, items)))
    bag.add("case/software.json", to_bytes(software(material)))
    bag.add("case/lexicon_version.json", to_bytes(lexicon_version(material)))
    bag.add("case/package.json", to_bytes(about(material)))
    if report is not None:
        _add_report(bag, report(material), material.house.certificate)
    _add_custody(bag, found)
    stamps = add_stamps(bag, found, material.house.authority)
    bag.tag("VERIFY.txt", verify_text(material, found, stamps, report=report is not None).encode())
    bag.tag("verify.py", Path(__file__).with_name("standalone.py").read_bytes())
    info = {
        "Source-Organization": material.organisation,
        "External-Identifier": material.case.number,
        "External-Description": material.case.title,
    }
    return bag.close(info, log.signer.sign)


def _tables(material: Material) -> Iterator[tuple[str, Iterator[dict[str, Any]]]]:
    yield "chronology", chronology_rows(material)
    yield "listings", listing_rows(material)
    yield "sellers", seller_rows(material)
    yield "decisions", decision_rows(material)
    yield "hashes", hash_rows(material)


def _add_exhibit(bag: Bag, piece: Piece) -> Item:
    folder = f"exhibits/{piece.name}"
    sha256 = bag.add(f"{folder}/capture.wacz", piece.wacz)
    bag.add(f"{folder}/page.txt", piece.text.encode())
    bag.add(f"{folder}/meta.json", to_bytes(exhibit_meta(piece)))
    found = list(documents(piece.clean.data))
    bag.add(f"{folder}/headers.json", to_bytes([{"kind": one.kind, "url": one.url, "head": one.head} for one in found]))
    bag.add(f"{folder}/network.json", to_bytes([{"kind": one.kind, **one.said} for one in found]))
    for name, one in _named(found):
        bag.add(f"{folder}/{name}", one.body)
    for name, kept in piece.files.items():
        bag.add(f"{folder}/{name}", kept.data)
    return Item(
        name=piece.name,
        url=address_without_secrets(piece.page.url),
        path=f"data/{folder}/capture.wacz",
        sha256=sha256,
        size=len(piece.wacz),
        captured_at=piece.page.captured_at,
        sealed_at=piece.exhibit.sealed_at,
        sealed_by=piece.exhibit.sealed_by,
    )


def _named(found: list[Document]) -> Iterator[tuple[str, Document]]:
    """The page first, then what was made of it (screenshot, rendered DOM), each under a name of ours."""
    shown = [one for one in found if one.kind in ("response", "resource") and one.body]
    for at, one in enumerate(shown):
        ending = _ENDINGS.get(one.media_type, "bin")
        yield f"page.{ending}" if at == 0 else f"more-{at}.{ending}", one


def _add_report(bag: Bag, pdf: bytes, certificate: Certificate | None) -> None:
    """The report, and the same sealed with the certificate that lies beside it."""
    bag.add("case/report.pdf", pdf)
    if certificate is not None:
        bag.add("case/report.signed.pdf", seal_pdf(pdf, certificate))
        bag.add("case/report_certificate.pem", certificate.file.read_bytes())


def _add_custody(bag: Bag, found: Extract) -> None:
    bag.add("custody/log.jsonl", found.log)
    bag.add("custody/anchor.txt", f"{found.anchor}\n".encode())
    for name, pem in found.keys.items():
        bag.add(f"custody/keys/{name}.pub", pem)
    for name, data in found.files.items():
        if name.endswith(".tsr"):
            continue
        bag.add(name if name.startswith("custody/") else f"custody/{name}", data)

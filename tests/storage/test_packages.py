"""Cases, exhibits and evidence packages: what is sealed stays, what leaves can be checked by anybody."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from warcio.archiveiterator import ArchiveIterator

from storage.audit import Actor
from storage.cases import (
    add_entry,
    add_listing,
    change_case,
    chronology,
    find_case,
    held_pages,
    open_case,
    read_case,
    remove_listing,
    set_hold,
)
from storage.custody import CustodyLog
from storage.custody.verify import Trust, verify_folder
from storage.database import Database
from storage.evidence import seal
from storage.exhibits import captures_of, check_exhibit, seal_exhibit, sealed_bytes
from storage.exporting.check import verify_package
from storage.exporting.house import House
from storage.exporting.package import build_package
from storage.exporting.pdf_seal import check_pdf, own_certificate, read_certificate
from storage.models import AuditRow, EntryKind, Exhibit, PageCapture
from storage.writer import Writer
from tests.storage.helpers import START, Crawl, exchange, listing
from wildtrade.cli import run
from wildtrade.errors import ConfigError, Exit, StorageError, UsageError

ANA = Actor(name="ana", roles=("investigator",))
BODY = "<html><title>Ngà voi</title><body>Vòng ngà voi, งาช้าง, 象牙. Call +66 81 234 5678</body></html>".encode()
REQUEST = (
    b"GET /item/1?access_token=CANARY-1&page=2 HTTP/1.1\r\nHost: market.example\r\n"
    b"Cookie: a=CANARY-2\r\nAuthorization: Bearer CANARY-3\r\n\r\n"
)


@pytest.fixture
def log(tmp_path: Path) -> CustodyLog:
    return CustodyLog(tmp_path / "evidence")


@pytest.fixture
def case(database: Database, crawl: Crawl, log: CustodyLog) -> str:
    """A case of two listings, each with a sealed capture; the first was asked for with an account."""
    with closing(Writer(database, log.evidence, log=log)) as writer:
        for number, request in enumerate((REQUEST, exchange().request)):
            url = f"https://market.example/item/{number}"
            sealed = seal(exchange(BODY, url, request=request))
            one = listing(str(number), url=url, title=f"Vòng ngà voi {number}", seller=f"Seller {number}")
            writer.submit(replace(crawl.visit(one), capture=None), sealed).result(60)
    with database.session() as session:
        case = open_case(session, "Ngà voi งาช้าง", ANA, country="th", legal_basis="Act 1")
        for listing_id in (1, 2):
            assert add_listing(session, case, listing_id, ANA)
            capture = captures_of(session, listing_id)[0][0]
            seal_exhibit(session, log, case, capture, ANA, shows="A bangle")
        add_entry(session, case, EntryKind.EVENT, "The seller was called", ANA, happened_at=START)
        return case.number


@pytest.fixture
def package(database: Database, log: CustodyLog, case: str, tmp_path: Path) -> Path:
    return build_package(database, log, case, ANA, tmp_path / f"{case}.zip").path


def unpacked(package: Path, folder: Path) -> Path:
    subprocess.run(["unzip", "-q", package, "-d", folder], check=True)
    return folder / package.stem


def trust(log: CustodyLog) -> Trust:
    return Trust(keys=[log.signer.public])


def test_a_sealed_capture_is_a_copy_the_custody_log_knows(database: Database, log: CustodyLog, case: str) -> None:
    with database.session() as session:
        row = find_case(session, case.lower())
        (first, page), (second, _) = read_case(session, row).exhibits
        assert (first.number, second.number) == (1, 2)
        assert check_exhibit(log.evidence, first, page).ok
        again = seal_exhibit(session, log, row, captures_of(session, 1)[0][0], ANA)
        assert again.id == first.id
        with pytest.raises(UsageError, match="sealed"):
            remove_listing(session, row, 1, ANA)
        assert held_pages(session) == {1, 2}
        path = log.evidence / first.path
        assert path.stat().st_mode & 0o777 == 0o444
    assert verify_folder(log.evidence).report.ok
    path.chmod(0o644)
    whole = path.read_bytes()
    for changed in (whole + b"x", whole[:-1] + b"x"):
        path.write_bytes(changed)
        checked = check_exhibit(log.evidence, first, page)
        assert (checked.copy, checked.original) == ("changed", "same")
    assert [one.file for one in verify_folder(log.evidence).report.problems] == [first.path]
    with pytest.raises(StorageError, match="not what was kept"):
        sealed_bytes(log.evidence, first)


def test_a_changed_capture_is_not_sealed(database: Database, crawl: Crawl, log: CustodyLog, case: str) -> None:
    with database.session() as session:
        other = open_case(session, "Other", ANA)
        with pytest.raises(UsageError, match="not in the case"):
            seal_exhibit(session, log, other, captures_of(session, 1)[0][0], ANA)
        add_listing(session, other, 1, ANA)
        page = session.get_one(PageCapture, 1)
        whole = (log.evidence / page.file).read_bytes()
        (log.evidence / page.file).write_bytes(whole[: page.offset + 9] + b"!" + whole[page.offset + 10 :])
        with pytest.raises(StorageError, match="has changed"):
            seal_exhibit(session, log, other, captures_of(session, 1)[0][0], ANA)


def test_changes_of_a_case_are_in_the_audit_trail(database: Database, case: str) -> None:
    with database.session() as session:
        row = find_case(session, case)
        change_case(session, row, ANA, title="Ivory", status="closed")
        set_hold(session, row, ANA, "court order 7")
        assert row.hold and row.closed_at is not None
        with pytest.raises(UsageError, match="country"):
            change_case(session, row, ANA, country="XYZ")
        session.expire(row)
    with database.session(read_only=True) as session:
        rows = session.scalars(select(AuditRow).where(AuditRow.object_kind == "case").order_by(AuditRow.seq)).all()
        assert [one.action for one in rows] == [
            "case_open",
            "case_add",
            "case_add",
            "case_event",
            "case_change",
            "case_hold",
        ]
        assert rows[4].before == {"title": "Ngà voi งาช้าง", "status": "open"}
        file = read_case(session, find_case(session, case))
        told = [one.what for one in chronology(session, file)]
    assert sorted(told) == sorted(["captured"] * 2 + ["opened", "event", "closed"] + ["added"] * 2 + ["sealed"] * 2)


def test_anybody_can_check_a_package_without_our_program(package: Path, tmp_path: Path) -> None:
    """The commands of VERIFY.txt, as they stand there."""
    folder = unpacked(package, tmp_path / "out")
    words = (folder / "VERIFY.txt").read_text().replace("\\\n", " ").splitlines()
    commands = [
        line.strip() for line in words if line.strip().startswith(("sha256sum -c", "openssl pkeyutl", "unzip -p"))
    ]
    assert len(commands) == 3
    answers = [
        subprocess.run(["bash", "-c", one], cwd=folder, check=True, capture_output=True, text=True).stdout
        for one in commands
    ]
    assert answers[0].count(": OK") == len(answers[0].splitlines()) > 25
    assert "Signature Verified Successfully" in answers[1]
    assert answers[2].split()[0] in (folder / "data/case/hashes.csv").read_text()
    (folder / "data/case/listings.csv").write_text("other")
    assert subprocess.run(["bash", "-c", commands[0]], cwd=folder, capture_output=True, check=False).returncode == 1


def test_what_a_package_holds(package: Path, tmp_path: Path, log: CustodyLog) -> None:
    folder = unpacked(package, tmp_path / "out")
    exhibit = folder / "data/exhibits/EX-001"
    assert (exhibit / "page.html").read_bytes() == BODY
    assert "Vòng ngà voi 0" in (exhibit / "page.txt").read_text()
    meta = json.loads((exhibit / "meta.json").read_text())
    assert meta["secrets_removed"] == ["Authorization", "Cookie", "access_token"]
    assert (folder / "bagit.txt").read_text().startswith("BagIt-Version: 1.0\n")
    everything = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    with zipfile.ZipFile(exhibit / "capture.wacz") as wacz:
        warc = wacz.read("archive/data.warc.gz")
        (line,) = wacz.read("indexes/index.cdx").decode().splitlines()
        pages = [json.loads(one) for one in wacz.read("pages/pages.jsonl").decode().splitlines()]
    assert line.startswith("example,market)/item/0 2026") and pages[1]["url"] == "https://market.example/item/0"
    for record in ArchiveIterator(BytesIO(warc), check_digests="raise"):
        everything += record.raw_stream.read() + str(record.http_headers).encode()
    assert b"CANARY" not in everything
    assert b"page=2" in everything and b"REDACTED" in everything


def test_the_copy_without_secrets_is_followed_to_its_original(package: Path, log: CustodyLog) -> None:
    report = verify_package(package, trust(log))
    assert (report.problems, report.records) == ([], 2)
    with zipfile.ZipFile(package) as whole:
        about = json.loads(whole.read(f"{package.stem}/data/case/package.json"))
    first, second = about["exhibits"]
    assert first["original"] != first["derived"] and second["original"] == second["derived"]


def test_a_graph_that_case_utils_accepts(package: Path, tmp_path: Path) -> None:
    graph = unpacked(package, tmp_path / "out") / "data/case/case.jsonld"
    words = [str(Path(sys.executable).with_name("case_validate")), str(graph)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert "Conforms: True" in done.stdout, done.stdout + done.stderr


def test_captures_are_valid_wacz(package: Path, tmp_path: Path) -> None:
    program = shutil.which("wacz")
    if program is None:
        pytest.skip("the program `wacz` is not on this machine (pipx install wacz)")
    wacz = unpacked(package, tmp_path / "out") / "data/exhibits/EX-001/capture.wacz"
    assert (
        "Validation succeeded"
        in subprocess.run([program, "validate", "-f", wacz], capture_output=True, text=True).stdout
    )


def test_without_identities_no_capture_and_no_name_leaves(
    database: Database, log: CustodyLog, case: str, tmp_path: Path
) -> None:
    path = build_package(database, log, case, ANA, tmp_path / f"{case}.zip", identities=False).path
    assert verify_package(path, trust(log)).ok
    with zipfile.ZipFile(path) as whole:
        names = whole.namelist()
        content = b"".join(map(whole.read, names))
    assert not [name for name in names if "/exhibits/" in name]
    for secret in (b"Seller 0", b"market.example/item", b"CANARY", b"234 5678"):
        assert secret not in content


def test_writing_a_package_is_told_in_audit_trail_and_custody_log(
    database: Database, log: CustodyLog, case: str, tmp_path: Path
) -> None:
    packed = build_package(database, log, case, ANA, tmp_path / "a.zip")
    with database.session(read_only=True) as session:
        row = session.scalars(select(AuditRow).where(AuditRow.action == "export")).one()
    assert row.after["sha256"] == packed.sha256
    assert packed.sha256 in log.path.read_text().splitlines()[-1]
    with pytest.raises(StorageError, match="cannot be written"):
        build_package(database, log, case, ANA, tmp_path / "no" / "a.zip")
    with pytest.raises(UsageError, match="no case"):
        build_package(database, log, "WT-1", ANA, tmp_path / "b.zip")
    assert sorted(path.name for path in tmp_path.glob("*.zip")) == ["a.zip"]


def repacked(package: Path, change: dict[str, bytes | None], target: Path) -> Path:
    """The same package with some files changed, added or (None) left out."""
    with zipfile.ZipFile(package) as old, zipfile.ZipFile(target, "w") as new:
        kept = {name: old.read(name) for name in old.namelist()}
        for name, data in {**kept, **{f"{package.stem}/{one}": data for one, data in change.items()}}.items():
            if data is not None:
                new.writestr(name, data)
    return target


def test_what_was_changed_in_a_package_is_named(package: Path, tmp_path: Path, log: CustodyLog) -> None:
    with zipfile.ZipFile(package) as whole:
        names = [name.removeprefix(f"{package.stem}/") for name in whole.namelist()]
    for name in names:
        for data in (b"x", None):
            report = (
                verify_package(repacked(package, {name: data}, tmp_path / "bad.zip"), trust(log))
                if name not in ("bagit.txt", "manifest-sha256.txt") or data
                else None
            )
            assert report is None or name in {one.file for one in report.problems} or name.startswith("tagmanifest"), (
                name
            )
            assert report is None or not report.ok, name
    report = verify_package(repacked(package, {"data/more.txt": b"x"}, tmp_path / "bad.zip"), trust(log))
    assert [(one.kind.value, one.file) for one in report.problems] == [("added", "data/more.txt")]


def test_a_package_that_somebody_else_signed_is_refused(
    package: Path, tmp_path: Path, log: CustodyLog, database: Database
) -> None:
    other = CustodyLog(tmp_path / "other" / "evidence")
    report = verify_package(package, trust(other))
    assert {one.kind.value for one in report.problems} == {"signature"}
    with pytest.raises(ConfigError, match="no evidence package"):
        verify_package(tmp_path)


def test_cases_hold_on_to_exhibits(database: Database, case: str) -> None:
    with database.session() as session:
        assert len(session.scalars(select(Exhibit)).all()) == 2
        with pytest.raises(UsageError, match="no listing"):
            add_listing(session, find_case(session, case), 99, ANA)
        with pytest.raises(UsageError, match="title"):
            open_case(session, " ", ANA)


def test_evidence_verify_takes_a_package(package: Path, tmp_path: Path) -> None:
    assert run(["evidence", "verify", str(package)]) == Exit.OK
    folder = unpacked(package, tmp_path / "out")
    assert run(["evidence", "verify", str(folder)]) == run(["case", "verify", str(folder)]) == Exit.OK
    (folder / "data/exhibits/EX-002/page.txt").write_text("other")
    assert run(["evidence", "verify", str(folder), "--json"]) == run(["case", "verify", str(folder)]) == Exit.PROBLEM


def test_a_package_says_with_what_it_was_captured(
    database: Database, log: CustodyLog, case: str, tmp_path: Path
) -> None:
    """Facts of the run are in the signed extract, in software.json and beside each exhibit."""
    facts = {"run": 1, "operator": "ana", "exit": "http://127.0.0.1:3128", "clock": {"synchronised": True}}
    log.append("crawl", "ana", facts)
    log.append("crawl", "ana", facts | {"run": 99})
    house = House(organisation="Office", settings_sha256="5" * 64)
    package = build_package(database, log, case, ANA, tmp_path / f"{case}.zip", house=house).path
    folder = unpacked(package, tmp_path / "out") / "data"
    software = json.loads((folder / "case/software.json").read_text())
    assert software["settings_sha256"] == "5" * 64 and len(software["build"]["code_sha256"]) == 64
    assert [one["run"] for one in software["captured_with"]] == [1]
    assert (folder / "custody/log.jsonl").read_text().count('"action":"crawl"') == 1
    assert json.loads((folder / "case/lexicon_version.json").read_text())
    meta = json.loads((folder / "exhibits/EX-001/meta.json").read_text())
    assert meta["run"] == 1 and meta["clock"]["server_date"] is None and "ocr.json" in meta["not_made"]


def test_a_sealed_report_shows_a_changed_byte(
    database: Database, log: CustodyLog, case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By our check and by pyHanko's own; whatever byte it is, the place of the signature itself among them."""
    certificate = own_certificate(tmp_path / "keys", "Office")
    assert read_certificate(certificate.key, certificate.file) == certificate and certificate.self_signed
    house = House(certificate=certificate)
    made = build_package(database, log, case, ANA, tmp_path / f"{case}.zip", house=house, report=lambda _: plain_pdf())
    folder = unpacked(made.path, tmp_path / "out")
    sealed = folder / "data/case/report.signed.pdf"
    report = verify_package(made.path, trust(log))
    assert report.ok and any("self-signed" in one and certificate.fingerprint in one for one in report.notices)
    assert "THIS CERTIFICATE IS SELF-SIGNED" in (folder / "VERIFY.txt").read_text()
    whole = sealed.read_bytes()
    start = whole.index(b"/Contents <")
    signed, place = (100, start - 40, len(whole) - 30), range(start + 12, start + 3000, 97)
    for at in (*signed, *place):
        changed = whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]
        assert not intact(changed, check_pdf), at
        assert at in place or not intact(changed, by_pyhanko), at
    assert intact(whole, check_pdf) and intact(whole, by_pyhanko)
    assert run(["evidence", "verify", str(sealed)]) == Exit.OK
    sealed.write_bytes(whole + b" ")
    assert run(["evidence", "verify", str(sealed)]) == Exit.PROBLEM
    assert "self-signed" in capsys.readouterr().out
    kinds = {(one.kind.value, one.file) for one in verify_package(folder, trust(log)).problems}
    assert kinds == {(kind, "data/case/report.signed.pdf") for kind in ("changed", "signature")}


def test_a_report_is_sealed_with_the_key_that_fits(tmp_path: Path) -> None:
    one, other = (own_certificate(tmp_path / name, "") for name in ("a", "b"))
    with pytest.raises(ConfigError, match="not the one of the certificate"):
        read_certificate(one.key, other.file)
    one.key.chmod(0o644)
    with pytest.raises(ConfigError, match="other users can read"):
        read_certificate(one.key, one.file)
    with pytest.raises(ConfigError, match="no certificate can be read"):
        read_certificate(tmp_path / "no", tmp_path / "no")
    with pytest.raises(ValueError, match="no signature"):
        check_pdf(plain_pdf())


def intact(pdf: bytes, check: Callable[[bytes], Any]) -> bool:
    try:
        return bool(check(pdf).intact)
    except ValueError:
        return False


def by_pyhanko(pdf: bytes) -> Any:
    """What pyHanko's own reader makes of it, without ours."""
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    try:
        (one,) = PdfFileReader(BytesIO(pdf)).embedded_signatures
        return validate_pdf_signature(one, ValidationContext(trust_roots=[one.signer_cert], allow_fetching=False))
    except Exception as error:
        raise ValueError from error


def plain_pdf() -> bytes:
    """A PDF of one empty page."""
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 99 99] >>",
    ]
    pdf, places = b"%PDF-1.7\n", []
    for number, part in enumerate(parts, start=1):
        places.append(len(pdf))
        pdf += b"%d 0 obj\n%b\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % one for one in places)
    trailer = b"trailer << /Size 4 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % len(pdf)
    return pdf + b"xref\n0 4\n0000000000 65535 f \n" + table + trailer

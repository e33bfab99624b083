"""From a listing in the queue to a package that anybody can check, in a browser; reports; exports."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import socket
import subprocess
import threading
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from ctypes.util import find_library
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import pytest
import uvicorn
from PIL import Image
from playwright.sync_api import Browser
from sqlalchemy import delete, select

from review.app import create_app
from review.certificates import certificate_text, countries
from review.exporting import Selection, write_export
from review.packaging import write_report
from review.pages.exports import house_at
from review.report import Times, make_report, report_page, set_page
from review.serving import address_of, config_of, listen
from review.text import LANGUAGES, use_language
from storage.audit import COMMAND
from storage.cases import add_listing, find_case, open_case
from storage.custody import CustodyLog
from storage.custody.verify import Trust
from storage.database import Database
from storage.door import Found, Visit
from storage.evidence import Attachment, Exchange, seal
from storage.exporting.check import verify_package
from storage.exporting.house import House
from storage.exporting.material import gather
from storage.exporting.pdf_seal import check_pdf, own_certificate
from storage.models import AuditRow, RoleRight, UnitKind, utcnow
from storage.runs import NewUnit, claim, open_run
from storage.search.index import catch_up
from storage.writer import Writer
from tests.review.conftest import Person, Watched, listing, opinion, store, watching
from wildtrade.errors import UsageError
from wildtrade.records import PageKind

TEXTS = ["Vòng ngà voi cổ, gọi 081 234 5678", "กำไลงาช้าง แท้ ร้อยเปอร์เซ็นต์ ส่งทั่วประเทศ", "象牙手镯 老货", "خاتم عاج"]


needs_pango = pytest.mark.skipif(
    find_library("pangoft2-1.0") is None, reason="reports are set with Pango, which this machine lacks"
)


@pytest.fixture
def log(tmp_path: Path) -> CustodyLog:
    return CustodyLog(tmp_path / "data" / "evidence")


def red_square() -> bytes:
    """A picture as a browser would make one of a page."""
    whole = BytesIO()
    Image.new("RGB", (40, 40), "red").save(whole, "PNG")
    return whole.getvalue()


@pytest.fixture
def captured(database: Database, log: CustodyLog) -> None:
    """Listings in four scripts, each captured for real: WARC, custody log, database."""
    with closing(Writer(database, log.evidence, log=log)) as writer:
        units = [NewUnit(kind=UnitKind.LISTING, url=f"https://market.example/{n}") for n in range(len(TEXTS))]
        with database.session() as session:
            run = open_run(session, "market", units, {}, fresh=True)
            tasks = claim(session, run.id, len(units))
        for task, text in zip(tasks, TEXTS, strict=True):
            body = f"<html><title>{text}</title><p>{text}".encode()
            head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {len(body)}\r\n\r\n"
            exchange = Exchange(
                url=task.url,
                requested_url=task.url,
                request=b"GET / HTTP/1.1\r\nHost: market.example\r\nCookie: sid=CANARY\r\n\r\n",
                response=head.encode() + body,
                payload=body,
                status=200,
                ip="192.0.2.7",
                started_at=utcnow(),
            )
            one = listing(str(task.id), url=task.url, title=text, description=text, seller="Somchai Jewelry")
            found = (Found(listing=one, assessment=replace(opinion(), signals=())),)
            picture = Attachment(
                kind="screenshot", url=task.url, media_type="image/png", body=red_square(), captured_at=utcnow()
            )
            visit = Visit(
                run_id=run.id,
                unit_id=task.id,
                kind=PageKind.LISTING,
                source="market",
                capture=None,
                found=found,
                attachments=(picture,),
            )
            writer.submit(visit, seal(exchange)).result(60)


@pytest.fixture
def site(database: Database, log: CustodyLog, captured: None) -> Iterator[str]:
    """The app over database and evidence."""
    listener = listen("127.0.0.1", 0)
    server = uvicorn.Server(config_of(create_app(database, custody=log)))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    yield address_of(listener).rstrip("/")
    server.should_exit = True
    thread.join()
    listener.close()


@pytest.fixture
def ana(signed_in: Callable[..., Person]) -> Person:
    return signed_in("investigator", name="ana")


def open_with_exhibits(ana: Person, count: int = 4) -> None:
    """Case 1 with listings and an exhibit of each."""
    assert ana.ask("POST", "/cases", {"title": "Ngà voi งาช้าง 象牙"})[0] == 303
    for n in range(1, count + 1):
        assert ana.ask("POST", "/cases/add", {"listing": n, "case": 1, "why": "same seller"})[0] == 303
        assert ana.ask("POST", "/cases/1/seal", {"capture": n, "shows": "A bangle"})[0] == 303


@pytest.fixture
def desk(browser: Browser, site: str, ana: Person) -> Iterator[Watched]:
    """Ana's browser."""
    with watching(browser, site, ana) as opened:
        yield opened


@needs_pango
@pytest.mark.browser
def test_from_a_listing_to_a_package_anybody_can_check(
    desk: Watched, database: Database, log: CustodyLog, tmp_path: Path
) -> None:
    page = desk.page
    for listing_id, case in ((1, "a new case"), (2, "WT-2026-0001 Ngà voi")):
        page.goto(f"/cases/add?listing={listing_id}")
        page.get_by_label("Case", exact=True).select_option(label=case.replace("2026", f"{utcnow():%Y}"))
        page.get_by_label("Title of the case, if it is new").fill("Ngà voi" if listing_id == 1 else "")
        page.get_by_label("Why").fill("same seller")
        page.get_by_role("button", name="Add").click()
        page.locator("#notice").get_by_text("The listing is in the case.").wait_for()
    for listing_id in (1, 2):
        page.get_by_label("What it shows").first.fill(f"Bangle {listing_id}")
        page.get_by_role("button", name="Seal the capture of").first.click()
        page.get_by_role("heading", name=f"EX-00{listing_id}").wait_for()
        page.get_by_role("button", name="Verify now").click()
        page.locator("#notice").get_by_text("The sealed copy: unchanged. The original in the evidence: unch").wait_for()
        page.get_by_role("link", name="Back to the case").click()
        page.get_by_role("heading", name="Chronology").wait_for()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Evidence package (zip)").click()
    package = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(package)
    subprocess.run(["unzip", "-q", package, "-d", tmp_path], check=True)
    folder = tmp_path / package.stem
    words = ["sha256sum", "-c", "tagmanifest-sha256.txt", "manifest-sha256.txt"]
    done = subprocess.run(words, cwd=folder, check=True, capture_output=True, text=True).stdout
    assert done.count(": OK") == len(done.splitlines()) > 25
    report = verify_package(package, Trust(keys=[log.signer.public]))
    assert (report.problems, report.records) == ([], 2)
    assert (folder / "data/case/report.pdf").read_bytes().startswith(b"%PDF-")
    exported = select(AuditRow).where(AuditRow.action == "export")
    with database.session(read_only=True) as session:
        assert session.scalars(exported).one().after["sha256"] == hashlib.sha256(package.read_bytes()).hexdigest()


@pytest.mark.slow
@pytest.mark.browser
def test_pages_of_cases_are_for_everybody(desk: Watched, ana: Person, axe: Callable[..., None]) -> None:
    open_with_exhibits(ana)
    entries = {"note": {}, "task": {"due_on": "2027-01-31"}, "event": {"happened_at": "2026-11-01T12:00"}}
    for kind, more in entries.items():
        assert ana.ask("POST", "/cases/1/entries", {"kind": kind, "text": "x" * 300, **more})[0] == 303
    desk.page.goto("/cases")
    for path in ("/cases", "/cases/1", "/cases/add?listing=2&back=/queue", "/exhibits/1", "/exports"):
        axe(desk.page, path)


def test_everything_about_a_case_can_be_changed(ana: Person, database: Database) -> None:
    open_with_exhibits(ana, 1)
    facts = {
        "title": "Other",
        "status": "paused",
        "country": "ng",
        "legal_basis": "Act",
        "retention_until": "2030-01-01",
    }
    assert ana.ask("POST", "/cases/1", facts)[0] == 303
    assert ana.ask("POST", "/cases/1/hold", {"reason": "order"})[0] == 303
    assert ana.ask("POST", "/cases/1/team", {"names": "ana\nnobody"})[0] == 400
    assert ana.ask("POST", "/cases/1/entries", {"kind": "task", "text": "call"})[0] == 303
    assert ana.ask("POST", "/cases/1/entries/done", {"entry": 1})[0] == 303
    assert ana.ask("POST", "/cases/1/remove", {"listing": 1})[0] == 400
    assert ana.ask("POST", "/cases/1", {**facts, "retention_until": "soon"})[0] == 400
    assert ana.ask("POST", "/cases/1/entries", {"kind": "event", "text": "x"})[0] == 400
    page = ana.ask("GET", "/cases/1")[2].decode()
    for words in ("Paused", "legal hold", "order", "2030-01-01", "done "):
        assert words in page
    status, headers, _ = ana.ask("POST", "/cases/add", {"listing": 2, "case": 1, "back": "//evil.example"})
    assert (status, headers["location"]) == (303, "/cases/1?done=added")


def test_names_and_contacts_of_sellers_are_masked_on_the_pages(ana: Person) -> None:
    open_with_exhibits(ana)
    for path in ("/cases/1", "/exhibits/1"):
        page = ana.ask("GET", path)[2].decode()
        assert "Somchai" not in page and "234 5678" not in page and "Vòng ngà voi" in page


def test_identities_leave_only_with_the_right_to_it(ana: Person, database: Database, log: CustodyLog) -> None:
    open_with_exhibits(ana, 1)
    with database.session() as session:
        session.execute(delete(RoleRight).where(RoleRight.right == "export.identity"))
    for path in ("/cases/1/package", "/cases/1/report", "/exports"):
        assert ana.ask("POST", path, {"identities": "true"})[0] == 403
        status, _, body = ana.ask("POST", path)
        assert status == 200, path
        if body.startswith(b"PK"):
            with zipfile.ZipFile(BytesIO(body)) as file:
                body = b"".join(map(file.read, file.namelist()))
            assert b"Somchai" not in body and b"234 5678" not in body
    with database.session(read_only=True) as session:
        case = find_case(session, f"WT-{utcnow():%Y}-0001")
        for identities in (True, False):
            page = report_page(gather(session, log, case, "ana", identities=identities), "en")
            assert ("Somchai" in page) is ("081 234 5678" in page) is identities
    assert ana.ask("POST", "/exhibits/1/capture.wacz")[0] == 403
    assert ana.ask("POST", "/exports", {"query": "0812345678"})[0] == 403


def test_a_report_says_how_the_pages_were_asked_for(ana: Person, database: Database, log: CustodyLog) -> None:
    open_with_exhibits(ana, 1)
    clock = {"synchronised": True, "max_error_us": 42_000}
    facts = {"run": 1, "source": "market", "operator": "bo", "host": "desk", "exit": "http://192.0.2.9:3128"}
    facts |= {"user_agent": "wildtrade/9", "accept_language": "th,en", "clock": clock}
    log.append("crawl", "bo", {**facts, "browser": {"viewport": {"width": 1280, "height": 720}}})
    certificate = own_certificate(log.evidence.parent / "keys", "Office")
    house = House(organisation="Office", legal_basis="Act 9", certificate=certificate, settings_sha256="5" * 64)
    with database.session(read_only=True) as session:
        case = find_case(session, f"WT-{utcnow():%Y}-0001")
        page = report_page(gather(session, log, case, "ana", house=house), "en")
    told = ("bo, desk", "http://192.0.2.9:3128", "wildtrade/9; th,en; browser window of 1280 × 720", "42 ms off")
    for words in (*told, "Act 9", "5" * 64, certificate.fingerprint, "self-signed", "The seal is no person"):
        assert words in page, words
    assert "seconds from the clock" not in page  # this site's answer had no date
    assert "stored verbatim" in page and "the bytes that crossed the network were not kept" not in page


@needs_pango
def test_the_app_seals_what_it_packs(database: Database, log: CustodyLog, captured: None, tmp_path: Path) -> None:
    """With the workspace's own certificate and the organisation that its settings name."""
    (tmp_path / "wildtrade.toml").write_text('[crawl]\norganisation = "Office of settings"\n')
    with database.session() as session:
        case = open_case(session, "Ivory", COMMAND)
        add_listing(session, case, 1, COMMAND)
        number = case.number
    house = house_at(tmp_path, "name of the folder")
    assert house.organisation == "Office of settings"
    said = write_report(
        database, log, number, COMMAND, tmp_path / "r.pdf", house=house, report=partial(make_report, language="fr")
    )
    assert house.certificate is not None and (tmp_path / "data/keys/report.key").stat().st_mode & 0o777 == 0o600
    sealed = check_pdf(Path(said["file"]).read_bytes())
    assert sealed.intact and sealed.fingerprint == house.certificate.fingerprint
    assert house_at(tmp_path, "x").certificate == house.certificate  # made once


@needs_pango
@pytest.mark.parametrize("language", list(LANGUAGES))
def test_a_report_is_a_tagged_pdf_in_its_language(ana: Person, language: str) -> None:
    open_with_exhibits(ana)
    ana.ask("POST", "/cases/1", {"title": "Ngà voi", "country": "TH"})
    status, headers, body = ana.ask("POST", "/cases/1/report", {"language": language, "identities": "true"})
    assert (status, headers["content-type"]) == (200, "application/pdf")
    assert body.startswith(b"%PDF-1.7")
    plain = b"".join(_inflated(body))
    assert b"pdfuaid:part" in plain and b"/MarkInfo" in plain and b"/StructTreeRoot" in plain
    assert re.search(rb"/Lang ?\(" + language.encode(), plain)
    assert b"/Image" in plain  # the screenshots


@needs_pango
def test_a_report_loads_nothing(tmp_path: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(1)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/x.png"
        (tmp_path / "x.png").write_bytes(red_square())
        made = set_page(
            f'<html lang="en"><title>x</title><img alt="a" src="{address}">'
            f'<img alt="b" src="file://{tmp_path}/x.png"><link rel="stylesheet" href="{address}">'
        )
        with pytest.raises(TimeoutError):
            listener.accept()
    assert b"/Image" not in b"".join(_inflated(made))


def _inflated(pdf: bytes) -> Iterator[bytes]:
    """A PDF with its packed streams laid open."""
    yield pdf
    for match in re.finditer(rb"stream\r?\n", pdf):
        with suppress(zlib.error):
            yield zlib.decompressobj().decompress(pdf[match.end() :])


def test_a_report_gives_utc_first_then_local_time_and_the_thai_year() -> None:
    moment = datetime(2026, 11, 1, 20, 0, 5, tzinfo=UTC)
    assert Times(None)(moment) == "2026-11-01 20:00:05 UTC"
    assert Times(certificate_text("TH"))(moment) == "2026-11-01 20:00:05 UTC (2026-11-02 03:00:05 +07:00)"
    assert Times(certificate_text("CO"))(moment) == "2026-11-01 20:00:05 UTC (15:00:05 -05:00)"
    use_language("th")
    assert Times(None)(moment).endswith("พ.ศ. 2569")
    use_language("en")


def test_no_certificate_is_called_checked_before_counsel_did() -> None:
    texts = [certificate_text(code) for code in countries()]
    assert len(texts) == 8 and not any(one.checked_by_counsel for one in texts if one)
    assert certificate_text("XX") is None


HOSTILE = [
    "=1+1",
    "＝1",
    "＋1",
    "－1",
    "＠x",
    "\ufeff=1",
    "@SUM(A1)",
    "\t=1",
    "<script>x</script>",
    "\u202egnp",
    "a\x01b",
]


@pytest.fixture
def hostile(database: Database) -> Database:
    """Listings that try to be formulas, markup and control characters."""
    texts = [(listing(f"h{n}", title=one, seller=one, location=one), opinion()) for n, one in enumerate(HOSTILE)]
    store(database, texts)
    return database


@pytest.mark.parametrize("form", ["csv", "xlsx", "jsonl", "geojson", "graphml"])
@pytest.mark.parametrize("identities", [True, False])
def test_every_form_is_well_formed_and_inert(hostile: Database, tmp_path: Path, form: str, identities: bool) -> None:
    target = tmp_path / f"out.{form}"
    manifest = write_export(hostile, Selection(), form, target, COMMAND, identities=identities)
    data = target.read_bytes()
    assert manifest["sha256"] == hashlib.sha256(data).hexdigest()
    assert json.loads((tmp_path / f"out.{form}.manifest.json").read_text())["redacted"] is not identities
    assert manifest["rows"] == len(HOSTILE)
    READERS[form](data)
    with hostile.session(read_only=True) as session:
        row = session.scalars(select(AuditRow).where(AuditRow.action == "export")).one()
    assert row.after["sha256"] == manifest["sha256"] and row.after["query"] == "flagged listings"


def _read_csv(data: bytes) -> None:
    assert data.startswith(b"\xef\xbb\xbf")
    for row in csv.reader(data.decode("utf-8-sig").splitlines(keepends=True)):
        for cell in row:
            assert not cell.lstrip(" \u00a0\u200b\ufeff").startswith(tuple("=+-@\t\r＝＋－＠")), cell


def _read_xlsx(data: bytes) -> None:
    with zipfile.ZipFile(BytesIO(data)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    cells = ElementTree.fromstring(sheet).findall(".//{*}c")
    assert len(cells) > 20 * len(HOSTILE) and {cell.get("t", "n") for cell in cells} <= {"n", "inlineStr"}
    assert "<f>" not in sheet and "hyperlink" not in sheet


def _read_graphml(data: bytes) -> None:
    graph = ElementTree.fromstring(data)
    nodes = {node.get("id") for node in graph.findall(".//{*}node")}
    edges = graph.findall(".//{*}edge")
    assert len(edges) == 3 * len(HOSTILE)  # to account and picture, and from the account to its seller
    for edge in edges:
        assert {edge.get("source"), edge.get("target")} <= nodes


READERS: dict[str, Callable[[bytes], object]] = {
    "csv": _read_csv,
    "xlsx": _read_xlsx,
    "jsonl": lambda data: [json.loads(line) for line in data.splitlines()],
    "geojson": lambda data: [one["geometry"] for one in json.loads(data)["features"]],
    "graphml": _read_graphml,
}


def test_an_export_is_narrowed_as_its_manifest_says(ana: Person, database: Database, tmp_path: Path) -> None:
    open_with_exhibits(ana, 2)
    catch_up(database)
    selections = {Selection(case="WT-2026-0001"): 2, Selection(query="งาช้าง"): 1, Selection(source="other"): 0}
    for selection, rows in selections.items():
        name = tmp_path / "out.jsonl"
        selection = replace(selection, case=selection.case.replace("2026", f"{utcnow():%Y}"))
        manifest = write_export(database, selection, "jsonl", name, COMMAND, identities=False)
        assert manifest["rows"] == rows, selection
        assert manifest["query"].startswith("flagged listings with ")
    with pytest.raises(UsageError, match="no case"):
        write_export(database, Selection(case="x"), "jsonl", name, COMMAND, identities=False)
    with pytest.raises(UsageError, match="decisions have no"):
        write_export(database, Selection(what="decisions"), "graphml", name, COMMAND, identities=False)

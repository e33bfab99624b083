"""``wildtrade case``: list, show, open, add, package, report, verify."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from wildtrade.errors import Exit, UsageError

if TYPE_CHECKING:
    from storage.cases import CaseFile
    from storage.custody import CustodyLog
    from storage.database import Database

case = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Cases: list, show, open, add, package, verify.")
_JSON = typer.Option(False, "--json", help="Print one JSON object.")
_NUMBER = typer.Argument(..., help="Number of the case, e.g. WT-2026-0001.")


@case.command("list")
def list_command(json: bool = _JSON) -> int:
    """All cases, newest first."""
    from storage.cases import list_cases

    with opened() as (database, _), database.session(read_only=True) as session:
        found = [(row, listings, exhibits) for row, listings, exhibits in list_cases(session)]
    rows = [
        {"number": row.number, "status": row.status.value, "title": row.title, "listings": listings,
         "exhibits": exhibits, "hold": row.hold, "opened_at": row.opened_at}
        for row, listings, exhibits in found
    ]  # fmt: skip
    _tell({"cases": rows}, json, "Cases", rows)
    return Exit.OK if rows else Exit.NOTHING


@case.command("show")
def show_command(number: str = _NUMBER, json: bool = _JSON) -> int:
    """One case: its facts, listings and exhibits."""
    from storage.cases import find_case, read_case

    with opened() as (database, _), database.session(read_only=True) as session:
        said = _said(read_case(session, find_case(session, number)))
    facts = [{"what": name, "value": value} for name, value in said.items() if not isinstance(value, list)]
    _tell(said, json, number.upper(), facts)
    if not json:
        _tell(said, json, "Exhibits", said["exhibits"])
    return Exit.OK


def _said(file: CaseFile) -> dict[str, Any]:
    row = file.case
    names = ("number", "title", "status", "summary", "legal_basis", "country", "retention_until", "hold", "opened_by")
    exhibits = [
        {"name": f"EX-{one.number:03d}", "sha256": one.record_sha256, "url": page.url, "captured_at": page.captured_at}
        for one, page in file.exhibits
    ]
    listings = [{"listing_id": listing.id, "url": listing.url} for _, listing, _, _ in file.listings]
    return {**{name: getattr(row, name) for name in names}, "team": ", ".join(file.team), "listings": listings,
            "exhibits": exhibits}  # fmt: skip


@case.command("open")
def open_command(
    title: str = typer.Argument(..., help="A few words."),
    country: str = typer.Option("", "--country", help="Two letters; whose certificate the report carries."),
    legal_basis: str = typer.Option("", "--legal-basis", help="Why the evidence may be collected."),
    json: bool = _JSON,
) -> int:
    """Open a case; prints its number."""
    from storage.audit import COMMAND
    from storage.cases import open_case

    with opened() as (database, _), database.session() as session:
        number = open_case(session, title, COMMAND, country=country, legal_basis=legal_basis).number
    _tell({"number": number}, json, "", [{"number": number}])
    return Exit.OK


@case.command("add")
def add_command(
    number: str = _NUMBER,
    listing: list[int] = typer.Argument(..., help="Ids of listings."),
    why: str = typer.Option("", "--why", help="The reason; it stands in the case."),
    seal: bool = typer.Option(False, "--seal", help="Seal the latest capture of each as an exhibit."),
    json: bool = _JSON,
) -> int:
    """Add listings to a case."""
    from storage.audit import COMMAND
    from storage.cases import add_listing, find_case
    from storage.exhibits import captures_of, seal_exhibit

    with opened() as (database, log), database.session() as session:
        row = find_case(session, number)
        added = [one for one in listing if add_listing(session, row, one, COMMAND, why)]
        newest = [captures_of(session, one)[:1] for one in listing if seal]
        sealed = [seal_exhibit(session, log, row, found[0][0], COMMAND).number for found in newest if found]
    _tell({"added": added, "exhibits": sealed}, json, "", [{"added": added, "exhibits": sealed}])
    return Exit.OK if added or sealed else Exit.NOTHING


@case.command("package")
def package_command(
    number: str = _NUMBER,
    output: Path = typer.Option(None, "--output", "-o", help="The zip; default: NUMBER.zip here."),
    language: str = typer.Option("en", "--lang", help="Of the report: en, es, fr, pt, th."),
    redacted: bool = typer.Option(False, "--redacted", help="Without captures and without who the sellers are."),
    report: bool = typer.Option(True, "--report/--no-report", help="With the report as PDF."),
    json: bool = _JSON,
) -> int:
    """Write the evidence package of a case; audit trail and custody log tell of it."""
    from storage.audit import COMMAND
    from storage.exporting.house import house_of
    from storage.exporting.package import build_package
    from wildtrade.settings import open_workspace

    workspace = open_workspace()
    target = output or Path(f"{number.upper()}.zip")
    with opened() as (database, log):
        packed = build_package(
            database, log, number.upper(), COMMAND, target, identities=not redacted,
            house=house_of(workspace),
            report=_reporter(language, workspace.root) if report else None,
        )  # fmt: skip
    said = {name: str(getattr(packed, name)) for name in ("path", "sha256", "manifest_sha256", "key", "anchor")}
    _tell({**said, "exhibits": packed.exhibits}, json, "", [{"what": name, "value": one} for name, one in said.items()])
    return Exit.OK


@case.command("report")
def report_command(
    number: str = _NUMBER,
    output: Path = typer.Option(None, "--output", "-o", help="The PDF; default: NUMBER.pdf here."),
    language: str = typer.Option("en", "--lang", help="en, es, fr, pt, th."),
    redacted: bool = typer.Option(False, "--redacted", help="Without who the sellers are."),
    json: bool = _JSON,
) -> int:
    """Write the report of a case as PDF."""
    from review.packaging import write_report
    from storage.audit import COMMAND
    from storage.exporting.house import house_of
    from wildtrade.settings import open_workspace

    workspace = open_workspace()
    target = output or Path(f"{number.upper()}.pdf")
    with opened() as (database, log):
        said = write_report(
            database, log, number, COMMAND, target, report=_reporter(language, workspace.root),
            identities=not redacted, house=house_of(workspace),
        )  # fmt: skip
    _tell(said, json, "", [{"what": name, "value": one} for name, one in said.items()])
    return Exit.OK


@case.command("verify")
def verify_command(
    path: Path = typer.Argument(..., help="An evidence package: the zip, or its unpacked folder."),
    pub: list[Path] = typer.Option([], "--pub", help="Public key file you trust; may be repeated."),
    anchor: str = typer.Option("", "--anchor", help="Head of the log kept elsewhere: SEQ:HASH, or a file of it."),
    json: bool = _JSON,
) -> int:
    """Check an evidence package, offline: files, signatures, log extract, each capture."""
    from storage.custody.verify import Trust
    from storage.exporting.check import verify_package
    from wildtrade.output import print_json

    report = verify_package(path, Trust.of(pub, None, anchor))
    if json:
        print_json(report.to_dict())
    else:
        erased = (f"ERASED  {one.file}: {one.what}" for one in report.erased)
        for line in (*report.problems, *erased, *(f"note: {one}" for one in report.notices)):
            print(line)
        print(f"{'whole' if report.ok else 'NOT WHOLE'}: {report.records} captures, {report.entries} log entries")
    return Exit.OK if report.ok else Exit.PROBLEM


@contextmanager
def opened() -> Iterator[tuple[Database, CustodyLog]]:
    """The database and the custody log of the workspace, while the block runs."""
    from storage.custody.workspace import custody_of
    from storage.database import open_database
    from wildtrade.settings import open_workspace

    workspace = open_workspace()
    with closing(open_database(workspace.database_url)) as database:
        yield database, custody_of(workspace)


def _reporter(language: str, root: Path) -> Any:
    from functools import partial

    from review.report import make_report
    from review.text import LANGUAGES

    if language not in LANGUAGES:
        raise UsageError(f"there is no edition in {language!r}", field="--lang", fix=f"use {', '.join(LANGUAGES)}")
    return partial(make_report, language=language, own=root)


def _tell(said: dict[str, Any], json: bool, title: str, rows: list[dict[str, Any]]) -> None:
    from wildtrade.output import print_json, print_table

    if json:
        print_json(said)
    elif rows:
        print_table(title, list(rows[0]), [list(row.values()) for row in rows])

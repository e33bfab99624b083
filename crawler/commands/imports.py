"""``wildtrade import``."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Any

import typer

from wildtrade.errors import Exit, UsageError

imports = typer.Typer()


@imports.command()
def import_command(
    file: str = typer.Argument("", help="CSV, JSON Lines or a list of addresses; left out: the files that wait."),
    note: str = typer.Option("", "--note", help="Where the file comes from, in words; kept with it."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Say what is wrong with which line; store nothing."),
    json: bool = typer.Option(False, "--json", help="Print one JSON object."),
) -> int:
    """Bring in listings from elsewhere: rows with a text to review, addresses to capture."""
    from contextlib import closing

    from crawler.importing import bring_in, bring_in_waiting
    from storage.database import open_database
    from storage.imports import keep_file, parse, take
    from wildtrade.output import print_json
    from wildtrade.settings import open_workspace

    data = _read(file) if file else b""
    if file and dry_run:
        parsed = parse(file, data)
        report = {"listings": sum(line.has_text for line in parsed.lines), "problems": parsed.problems}
        _tell(report, json)
        return int(Exit.PARTIAL if parsed.problems else Exit.OK)
    workspace = open_workspace()
    with closing(open_database(workspace.database_url)) as database:
        if not file:
            done = bring_in_waiting(workspace, database)
            if json:
                print_json({"files": done})
            return int(Exit.OK if done else Exit.NOTHING)
        with database.session() as session:
            import_id = keep_file(session, Path(file).name, data, getpass.getuser(), note).id
            take(session, import_id)
        report = bring_in(workspace, database, import_id)
    _tell(report, json)
    return int(Exit.PARTIAL if report["problems"] else Exit.OK)


def _read(file: str) -> bytes:
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", file=file, fix="name a file that exists") from error


def _tell(report: dict[str, Any], json: bool) -> None:
    from wildtrade.output import print_json

    if json:
        print_json(report)
        return
    for line, problem in report["problems"]:
        print(f"line {line}: {problem}")
    print(f"to review: {report['listings']}")
    for source, number in report.get("requests", {}).items():
        print(f"to capture at {source}: {number} (the scheduler takes them)")

"""``wildtrade export``."""

from __future__ import annotations

import sys
from pathlib import Path

import typer

from wildtrade.errors import Exit, UsageError

export = typer.Typer()


@export.command()
def export_command(
    what: str = typer.Argument(..., help="listings (what was flagged) or decisions (for training)."),
    output: Path = typer.Option(Path("-"), "--output", "-o", help="File; -: standard output."),
    form: str = typer.Option("", "--format", help="csv, xlsx, jsonl, geojson, graphml; default: by the file's ending."),
    source: str = typer.Option("", "--source", help="Listings of this source only."),
    language: str = typer.Option("", "--language", help="Listings in this language only."),
    appendix: str = typer.Option("", "--appendix", help="I, II, III, or other."),
    state: str = typer.Option("", "--state", help="open, decided, ...: by where the flag stands."),
    case: str = typer.Option("", "--case", help="Listings of this case only, e.g. WT-2026-0001."),
    query: str = typer.Option("", "--query", help="Listings that the search box finds for this."),
    redacted: bool = typer.Option(False, "--redacted", help="Sellers as pseudonyms; names, phones and addresses out."),
    json: bool = typer.Option(False, "--json", help="Print what was written as one JSON object (needs --output)."),
) -> int:
    """Write flagged listings or decisions to a file, complete or not at all, with a manifest beside it."""
    from contextlib import closing

    from review.exporting import Selection, stream_export, write_export
    from storage.audit import COMMAND
    from storage.database import open_database
    from wildtrade.output import print_json
    from wildtrade.settings import open_workspace

    names = {"source": source, "language": language, "appendix": appendix, "state": state, "case": case, "query": query}
    selection = Selection(what=what, **names)
    form = form or _form_of(output)
    to_stdout = str(output) == "-"
    if to_stdout and (json or redacted or form == "xlsx"):
        raise UsageError("--json, --redacted and xlsx need a file", field="--output", fix="name one with --output")
    with closing(open_database(open_workspace().database_url)) as database:
        if to_stdout:
            report = stream_export(database, selection, form, sys.stdout.buffer, COMMAND)
            sys.stdout.flush()
        else:
            report = write_export(database, selection, form, output, COMMAND, identities=not redacted)
    if json:
        print_json(report)
    else:
        place = "standard output" if to_stdout else str(output)
        print(f"{report['rows']} {what} written to {place}, sha256 {report['sha256']}", file=sys.stderr)
    return Exit.OK if report["rows"] else Exit.NOTHING


def _form_of(output: Path) -> str:
    from storage.exporting.forms import FORMS

    ending = output.suffix.removeprefix(".")
    return ending if ending in FORMS else "jsonl"

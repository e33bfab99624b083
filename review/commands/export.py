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
    form: str = typer.Option("", "--format", help="jsonl or csv; default: by the file's ending, else jsonl."),
    json: bool = typer.Option(False, "--json", help="Print what was written as one JSON object (needs --output)."),
) -> int:
    """Write flagged listings or decisions to a file, complete or not at all."""
    from review.exporting import write_export
    from wildtrade.output import print_json
    from wildtrade.settings import open_workspace

    if what not in ("listings", "decisions"):
        raise UsageError(f"nothing to export is called {what!r}", fix="export listings, or export decisions")
    form = form or ("csv" if output.suffix == ".csv" else "jsonl")
    if form not in ("jsonl", "csv"):
        raise UsageError(f"unknown format {form!r}", field="--format", fix="use jsonl or csv")
    to_stdout = str(output) == "-"
    if to_stdout and json:
        raise UsageError("--json tells about a file", field="--json", fix="name one with --output")
    report = write_export(open_workspace().database_url, what, form, None if to_stdout else output)
    if json:
        print_json(report)
    else:
        place = "standard output" if to_stdout else str(output)
        print(f"{report['rows']} {what} written to {place}, sha256 {report['sha256']}", file=sys.stderr)
    return Exit.OK if report["rows"] else Exit.NOTHING

"""``wildtrade serve`` and ``wildtrade export``."""

from __future__ import annotations

import getpass
import socket
import sys
from contextlib import closing
from pathlib import Path

import typer

from wildtrade.errors import Exit, UsageError, WildtradeError

serve = typer.Typer()
export = typer.Typer()


@serve.command()
def serve_command(
    host: str = typer.Option("", "--host", help="Address to listen on; default: review.host of wildtrade.toml."),
    port: int = typer.Option(-1, "--port", help="Port; default: review.port of wildtrade.toml; 0: any free one."),
    actor: str = typer.Option("", "--as", help="Name your decisions are kept under; default: your login name."),
    json: bool = typer.Option(False, "--json", help="Print the address as one JSON object."),
) -> int:
    """Serve the review page until interrupted."""
    from wildtrade.output import print_json
    from wildtrade.settings import open_workspace

    workspace = open_workspace()
    review = workspace.settings.review
    listener = listen(host or review.host, review.port if port < 0 else port)
    address = "http://{}:{}/".format(*listener.getsockname()[:2])
    if json:
        print_json({"url": address})
    else:
        print(f"review page: {address}  (Ctrl+C ends it)", flush=True)
    return run(workspace.database_url, listener, actor or getpass.getuser())


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises WildtradeError where the port is taken, UsageError beyond this machine."""
    from review.app import LOOPBACK

    if host not in LOOPBACK:
        fix = "listen on 127.0.0.1; sharing the page needs sign-in, which this version does not have"
        raise UsageError(f"{host} is not this machine alone", field="host", fix=fix)
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        fix = "choose another with --port, or --port 0 for any free one"
        raise WildtradeError(f"port {port} is taken: {error.strerror}", field="port", fix=fix) from error
    return listener


def run(database_url: str, listener: socket.socket, actor: str) -> int:
    """Serve one database on a listening socket until interrupted."""
    import uvicorn

    from review.app import create_app
    from storage.database import open_database

    with closing(open_database(database_url)) as database:
        app = create_app(database)
        app.state.actor = actor
        config = uvicorn.Config(app, log_level="warning", server_header=False, access_log=False)
        uvicorn.Server(config).run(sockets=[listener])
    return 0


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
        raise UsageError("--json tells about a file", fix="name one with --output")
    report = write_export(open_workspace().database_url, what, form, None if to_stdout else output)
    if json:
        print_json(report)
    else:
        place = "standard output" if to_stdout else str(output)
        print(f"{report['rows']} {what} written to {place}, sha256 {report['sha256']}", file=sys.stderr)
    return 0 if report["rows"] else int(Exit.NOTHING)

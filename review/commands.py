"""``wildtrade serve`` and ``wildtrade export``."""

from __future__ import annotations

import errno
import getpass
import socket
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import typer

from wildtrade.errors import Exit, UsageError, WildtradeError

serve = typer.Typer()
export = typer.Typer()
_LONGEST_NAME = 80  # characters; the column's width


@serve.command()
def serve_command(
    host: str = typer.Option("", "--host", help="Address to listen on; default: review.host of wildtrade.toml."),
    port: int = typer.Option(
        -1, "--port", min=-1, max=65535, help="Port; default: review.port of wildtrade.toml; 0: any free one."
    ),
    actor: str = typer.Option("", "--as", help="Name your decisions are kept under; default: your login name."),
    json: bool = typer.Option(False, "--json", help="Print the address as one JSON object."),
) -> int:
    """Serve the review page until interrupted."""
    from wildtrade.output import print_json
    from wildtrade.settings import open_workspace

    workspace = open_workspace()
    review = workspace.settings.review
    actor = _name_of(actor)
    listener = listen(host or review.host, review.port if port < 0 else port)
    address = address_of(listener)

    def announce() -> None:
        if json:
            print_json({"url": address, "actor": actor})
        else:
            print(f"review page: {address}  (decisions as {actor}; Ctrl+C ends it)", flush=True)

    return run(workspace.database_url, listener, actor, announce)


def _name_of(actor: str) -> str:
    name = " ".join(actor.split())
    if not name:
        try:
            name = getpass.getuser()
        except (KeyError, OSError):  # an account without a name, as in a container
            name = "reviewer"
    if len(name) > _LONGEST_NAME or not name.isprintable():
        raise UsageError("this name cannot be used", field="--as", fix=f"use at most {_LONGEST_NAME} letters")
    return name


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
        problem = "is taken" if error.errno == errno.EADDRINUSE else f"cannot be used: {error.strerror}"
        fix = "choose another with --port, or --port 0 for any free one"
        raise WildtradeError(f"port {port} {problem}", field="port", fix=fix) from error
    return listener


def address_of(listener: socket.socket) -> str:
    """The address a browser opens."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def run(database_url: str, listener: socket.socket, actor: str, announce: Callable[[], None] | None = None) -> int:
    """Serve one database on a listening socket until interrupted. ``announce`` is called once it can be served."""
    import uvicorn

    from review.app import create_app
    from storage.database import open_database

    with closing(listener), closing(open_database(database_url)) as database:
        if announce is not None:
            announce()
        config = uvicorn.Config(
            create_app(database, actor=actor),
            log_level="warning",
            server_header=False,
            access_log=False,
            timeout_graceful_shutdown=2,
        )
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
        raise UsageError("--json tells about a file", field="--json", fix="name one with --output")
    report = write_export(open_workspace().database_url, what, form, None if to_stdout else output)
    if json:
        print_json(report)
    else:
        place = "standard output" if to_stdout else str(output)
        print(f"{report['rows']} {what} written to {place}, sha256 {report['sha256']}", file=sys.stderr)
    return Exit.OK if report["rows"] else Exit.NOTHING

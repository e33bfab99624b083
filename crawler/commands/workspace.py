"""``wildtrade init``."""

from __future__ import annotations

from pathlib import Path

import typer

init = typer.Typer()


@init.command()
def init_command(
    folder: Path = typer.Argument(Path(), help="Where the workspace goes; default: the current folder."),
    json: bool = typer.Option(False, "--json", help="Print one JSON object."),
) -> int:
    """Make a workspace: settings, folders for own sources and lexicon, database, evidence."""
    from crawler.workspace import create
    from storage.migrate import current
    from wildtrade.output import print_json
    from wildtrade.sources import load_sources

    workspace = create(folder.resolve())
    revision = current(workspace.database_url)
    sources = load_sources(workspace.sources)
    if json:
        print_json({"workspace": workspace.root, "schema": revision, "sources": len(sources)})
    else:
        print(f"made {workspace.root}/wildtrade.toml, database (schema {revision}), {len(sources)} sources known")
        print("next: wildtrade doctor")
    return 0

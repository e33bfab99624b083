"""``wildtrade migrate``."""

from __future__ import annotations

import typer

migrate = typer.Typer()


@migrate.command()
def migrate_command(
    dry_run: bool = typer.Option(False, "--dry-run", help="Say what would be done; do nothing."),
    json: bool = typer.Option(False, "--json", help="Print one JSON object."),
) -> int:
    """Bring the database to this version of the program; writes a backup first."""
    from storage.migrate import current, upgrade
    from storage.migrations import HEAD
    from wildtrade.output import print_json
    from wildtrade.settings import open_workspace

    workspace = open_workspace()
    backups = workspace.root / "data" / "backups"
    before = current(workspace.database_url)
    had = set(backups.glob("*"))
    if not dry_run:
        upgrade(workspace.database_url, backups)
    made = sorted(str(path) for path in set(backups.glob("*")) - had)
    if json:
        print_json({"from": before, "to": HEAD, "done": not dry_run, "backups": made})
    elif before == HEAD:
        print(f"schema {HEAD}, nothing to do")
    else:
        print(f"schema {before or 'none'} {'would become' if dry_run else '->'} {HEAD}")
        for path in made:
            print(f"backup: {path}")
    return 0

"""``wildtrade migrate``, ``backup`` and ``restore``."""

from __future__ import annotations

from pathlib import Path

import typer

from wildtrade.errors import Exit, UsageError

migrate = typer.Typer()
backup = typer.Typer()
restore = typer.Typer()


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


@backup.command()
def backup_command(
    output: Path = typer.Option(None, "--output", "-o", help="Folder of backups; default: data/backups."),
    json: bool = typer.Option(False, "--json", help="Print one JSON object."),
) -> int:
    """Copy database and evidence into a new folder; crawls may go on. The signing key stays out."""
    from contextlib import closing

    from storage.backup.workspace import back_up_workspace
    from storage.custody.workspace import custody_of
    from storage.database import open_database
    from wildtrade.output import print_json
    from wildtrade.settings import open_workspace

    workspace = open_workspace()
    with closing(open_database(workspace.database_url)) as database:
        made = back_up_workspace(database, custody_of(workspace), output or workspace.root / "data" / "backups")
    if json:
        print_json({"backup": str(made)})
    else:
        print(f"{made}\ncheck it: wildtrade restore --check {made}")
    return Exit.OK


@restore.command()
def restore_command(
    folder: Path = typer.Argument(..., help="A folder that `wildtrade backup` wrote."),
    check: bool = typer.Option(False, "--check", help="Only read it again: hash, counts, every record, the chain."),
    into: Path = typer.Option(None, "--into", help="New workspace folder to bring it back into."),
    database: str = typer.Option("", "--database", help="URL of an empty database, where the backup is of a server."),
    pub: list[Path] = typer.Option([], "--pub", help="Public key file you trust; may be repeated."),
    json: bool = typer.Option(False, "--json", help="Print one JSON object."),
) -> int:
    """Check a backup, or bring it back into a new folder; it is checked first."""
    from dataclasses import asdict

    from storage.backup.workspace import check_backup
    from storage.backup.workspace import restore as bring_back
    from storage.custody.verify import Trust
    from wildtrade.output import print_json

    if check == (into is not None):
        raise UsageError("say either --check or --into", fix="wildtrade restore --check FOLDER")
    checked = check_backup(folder, Trust.of(pub) if pub else None)
    if into is not None and checked.ok:
        checked.problems += bring_back(folder, into, database)
    if json:
        print_json({"ok": checked.ok, **asdict(checked)})
    else:
        for line in (*checked.problems, *(f"note: {one}" for one in checked.notices)):
            print(line)
        counts = ", ".join(f"{number} {name}" for name, number in checked.counts.items())
        print(f"{'whole' if checked.ok else 'NOT WHOLE'}: {counts}; head {checked.anchor}")
    return Exit.OK if checked.ok else Exit.PROBLEM

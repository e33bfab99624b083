"""``wildtrade retention``."""

from __future__ import annotations

import getpass
from collections import Counter
from typing import Any

import typer

from wildtrade.errors import Exit

retention = typer.Typer()


@retention.command()
def retention_command(
    dry_run: bool = typer.Option(False, "--dry-run", help="Say what would be erased and why; erase nothing."),
    json: bool = typer.Option(False, "--json", help="Print one JSON object."),
) -> int:
    """Erase what is past its time by policy/retention.yaml; cases and exhibits stay."""
    from contextlib import closing

    from storage.audit import Actor
    from storage.custody.workspace import custody_of
    from storage.database import open_database
    from storage.retention.choosing import choose
    from storage.retention.erasing import apply
    from storage.retention.policy import load_retention
    from wildtrade.output import print_json
    from wildtrade.settings import open_workspace

    workspace = open_workspace()
    policy = load_retention(workspace.policy)
    with closing(open_database(workspace.database_url)) as database:
        with database.session(read_only=True) as session:
            chosen = choose(session, policy)
        data: dict[str, Any] = {
            "listings": dict(Counter(chosen.listings.values())),
            "pages": dict(Counter(chosen.pages.values())),
            "imports": len(chosen.imports),
            "held": dict(chosen.held),
            "exhibits": chosen.exhibits,
            "dry_run": dry_run,
        }
        if not dry_run:
            data["erased"] = apply(database, custody_of(workspace), chosen, Actor(name=getpass.getuser()))
    if json:
        print_json(data)
    else:
        _print(data)
    return Exit.PARTIAL if data.get("erased", {}).get("busy") else Exit.OK


def _print(data: dict[str, Any]) -> None:
    from wildtrade.output import print_table

    rules = sorted({*data["listings"], *data["pages"]})
    title = "Past their time; nothing was erased" if data["dry_run"] else "Past their time"
    rows = [(rule, data["listings"].get(rule, 0), data["pages"].get(rule, 0)) for rule in rules]
    print_table(title, ("rule", "listings", "pages of evidence"), rows)
    for number, held in sorted(data["held"].items()):
        print(f"{held} more are kept by case {number}")
    if data["imports"]:
        print(f"the text of {data['imports']} files brought in is past its time too")
    if data["exhibits"]:
        print(f"{data['exhibits']} more are kept: they have exhibits")
    if (erased := data.get("erased")) is not None:
        print(f"erased {erased['listings']} listings and {erased['pages']} pages; the custody log names each page")
        for file in erased["busy"]:
            print(f"left for next time, a crawl writes to it: {file}")

"""``wildtrade status``."""

from __future__ import annotations

import typer

status = typer.Typer()


@status.command()
def status_command(json: bool = typer.Option(False, "--json", help="Print one JSON object.")) -> int:
    """One screen: what runs, what is next, how long the queue is, what needs a hand."""
    from crawler.health import overview
    from wildtrade.output import print_json, print_table
    from wildtrade.settings import open_workspace

    view = overview(open_workspace())
    if json:
        print_json(view)
        return 0
    for label in ("running", "next", "queue", "flags today", "listings", "captures", "disk", "last backup"):
        print(f"{label:<12} {view[label]}")
    rows = [(r["id"], r["source"], r["state"], r["started"], r["reason"]) for r in view["last runs"]]
    print_table("Last runs", ("run", "source", "state", "started (UTC)", "why"), rows)
    for problem in view["problems"]:
        print(f"problem: {problem}")
    return 0

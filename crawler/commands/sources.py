"""``wildtrade sources list | show | check | lint``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from wildtrade.errors import ConfigError, Exit
from wildtrade.settings import open_workspace
from wildtrade.sources import Source, get_source, load_source, source_files

sources = typer.Typer(no_args_is_help=True, help="List, show, check and lint the sources.")


def _own_folder() -> Path | None:
    """The workspace's sources; without a workspace only the shipped ones count."""
    try:
        return open_workspace().sources
    except ConfigError:
        return None


@sources.command("list")
def list_command(
    country: str = typer.Option("", "--country", help="Only sources of this country (ISO 3166, or INT)."),
    json: bool = typer.Option(False, "--json", help="Print one JSON object."),
) -> int:
    """All sources: where, what kind, which languages, on or off and why."""
    from wildtrade.output import print_json, print_table

    found = [load_source(path) for path in source_files(_own_folder())]
    found = [one for one in found if not country or one.country == country.upper()]
    if json:
        print_json({"sources": [one.model_dump(mode="json") for one in found]})
        return 0
    rows = [
        (
            one.id,
            one.name,
            one.country,
            one.kind + (" (browser)" if one.render else ""),
            " ".join(one.languages),
            f"{one.delay:g} s",
            "on" if one.enabled else f"off: {one.disabled_reason}",
            one.last_checked,
        )
        for one in found
    ]
    print_table("", ("id", "name", "country", "kind", "languages", "delay", "state", "last checked"), rows)
    print(f"{len(found)} sources, {sum(one.enabled for one in found)} enabled")
    return 0 if found else int(Exit.NOTHING)


@sources.command("show")
def show_command(
    source_id: str = typer.Argument(..., metavar="ID"),
    json: bool = typer.Option(False, "--json", help="Print one JSON object."),
) -> int:
    """Everything one source says, addresses the guard lets through included."""
    from wildtrade.output import print_json

    data = get_source(source_id, _own_folder()).model_dump(mode="json")
    if json:
        print_json(data)
        return 0
    import yaml

    print(yaml.safe_dump(data, sort_keys=False, allow_unicode=True), end="")
    return 0


@sources.command("lint")
def lint_command(json: bool = typer.Option(False, "--json", help="Print one JSON object.")) -> int:
    """Read every source file; name each mistake with its file and line."""
    from wildtrade.output import print_json

    problems: list[dict[str, Any]] = []
    count = 0
    for path in source_files(_own_folder()):
        count += 1
        try:
            problems += [{"file": str(path), "message": text, "line": None} for text in advice(load_source(path))]
        except ConfigError as error:
            problems.append(error.to_dict()["error"])
    if json:
        print_json({"sources": count, "problems": problems})
    else:
        for one in problems:
            print(f"{one['file']}{':' + str(one['line']) if one['line'] else ''}: {one['message']}")
        print(f"{count} sources read, {len(problems)} problems")
    return int(Exit.CONFIG) if problems else 0


def advice(source: Source) -> list[str]:
    """What a valid source still lacks for a good crawl."""
    from crawler.plan import first_units

    problems = []
    if source.enabled and source.follow and not source.listing_url and source.kind.value == "marketplace":
        problems.append("listing_url: without it, listings are told from other links by guessing")
    if source.enabled and source.delay < 1 and not source.allow_addresses:
        problems.append("delay: less than a second between requests is no way to treat a public site")
    if source.enabled and not first_units(source):
        problems.append("queries: nothing to start with; its languages have no words in config/queries.yaml")
    return problems


@sources.command("check")
def check_command(
    source_id: str = typer.Argument(..., metavar="ID"),
    query: list[str] = typer.Option([], "--query", "-q", help="Words to search for."),
    json: bool = typer.Option(False, "--json", help="Print one JSON object."),
) -> int:
    """Fetch one search page and one listing, and show each field found or missing. Nothing is kept."""
    from crawler.check import check
    from wildtrade.output import print_json, print_table

    report = check(get_source(source_id, _own_folder()), query)
    if json:
        print_json(report)
    else:
        title = f"{source_id}: {report['pages']} pages, {report['stopped_because']}"
        print_table(title, ("field", "found", "by"), [(f["field"], f["found"], f["by"]) for f in report["fields"]])
        for problem in report["problems"]:
            print(f"  problem: {problem}")
    return int(report["exit_code"])

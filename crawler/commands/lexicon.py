"""``wildtrade lexicon diff | stats | publish``, beside the subcommands that need no database."""

from __future__ import annotations

import getpass
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from classifiers.lexicons.commands import lexicon  # with lint, test and import
from wildtrade.errors import Exit, RefusedError, UsageError

if TYPE_CHECKING:
    from classifiers.lexicon import Lexicon
    from classifiers.lexicons.examples import Failure
    from crawler.effect import Change, Report
    from wildtrade.settings import Workspace

_JSON = typer.Option(False, "--json", help="Print one JSON object.")
_LIMIT = typer.Option(1000, "--limit", min=1, help="How many listings of the database, those seen last.")
_SHOWN = 20
_KEPT = 1000  # listings of a kind that a report holds at most


@lexicon.command("diff")
def diff_command(
    before: str = typer.Argument("published", help="shipped, draft, published, a version's number, or a folder."),
    after: str = typer.Argument("draft", help="The same."),
    limit: int = _LIMIT,
    json: bool = _JSON,
) -> int:
    """Show what a change would have done to the last listings: new flags, lost flags, confirmed items lost."""
    from classifiers.lexicons.workspace import load_named
    from crawler.effect import effect_of
    from wildtrade.output import print_json
    from wildtrade.settings import open_workspace

    workspace = open_workspace()
    old, new = load_named(before, workspace.lexicon), load_named(after, workspace.lexicon)
    report = effect_of(workspace, old, new, limit=limit, most=_KEPT)
    if json:
        print_json(report.to_dict())
    else:
        _show_effect(report)
    return Exit.OK


def _show_effect(report: Report) -> None:
    print(f"{report.before} -> {report.after}")
    print(f"tried on {report.texts:,} listings and {report.confirmed:,} confirmed ones")
    print(
        f"+{report.effect.new_flag_count} flags, -{report.effect.lost_flag_count} flags, "
        f"{len(report.lost_confirmed)} confirmed items lost"
    )
    for title, changes in (
        ("Confirmed items lost", report.lost_confirmed),
        ("New flags", report.effect.new_flags),
        ("Lost flags", report.effect.lost_flags),
    ):
        _show_changes(title, changes)


def _show_changes(title: str, changes: list[Change]) -> None:
    if not changes:
        return
    print(f"\n{title}")
    for change in changes[:_SHOWN]:
        decision = f", decided {change.key.decision.value}" if change.key.decision else ""
        print(f"  {change.key.source} {change.key.url}{decision}")
        print(f"    {(change.key.title or '(no title)')[:100]}")
        scores = f"{change.score_before:.2f} -> {change.score_after:.2f}"
        print(
            f"    {change.before.value} -> {change.after.value} ({scores}): {'; '.join(change.reasons) or 'no entry'}"
        )
    if len(changes) > _SHOWN:
        print(f"  ... and {len(changes) - _SHOWN} more; --json lists up to {_KEPT}")


@lexicon.command("stats")
def stats_command(
    name: str = typer.Option("", "--lexicon", help="shipped, draft, published, a version's number or a folder."),
    limit: int = _LIMIT,
    json: bool = _JSON,
) -> int:
    """Count what is in the lexicon and what is missing; in a workspace also what was found and how often rightly."""
    from classifiers.lexicons.stats import summarise
    from classifiers.lexicons.workspace import load_named, own_folder
    from wildtrade.output import print_json
    from wildtrade.settings import open_workspace

    own = own_folder()
    summary = summarise(load_named(name or ("shipped" if own is None else "published"), own))
    workspace = None if own is None else open_workspace()
    summary["use"] = None if workspace is None else _use(workspace, limit)
    if json:
        print_json(summary)
    else:
        _show_stats(summary)
    return Exit.OK


def _use(workspace: Workspace, limit: int) -> dict[str, Any] | None:
    """Hits and precision by entry; None where there is no database yet."""
    from crawler.effect import has_database, uses

    if not has_database(workspace):
        return None
    listings, found = uses(workspace, limit)
    ranked = sorted(found.items(), key=lambda item: -item[1].hits)
    return {
        "listings": listings,
        "terms": [{"entry": entry, **asdict(use), "precision": use.precision} for entry, use in ranked],
    }


def _show_stats(summary: dict[str, Any]) -> None:
    from wildtrade.output import print_table

    counts = ", ".join(f"{count:,} {what.replace('_', ' ')}" for what, count in summary["entries"].items())
    print(f"lexicon {summary['version']}: {counts}")
    taxa = summary["taxa"]
    ranks = ", ".join(f"{count:,} {rank}" for rank, count in taxa["by_rank"].items())
    print(f"taxa: {taxa['all']:,} ({ranks}); the aim is about {taxa['aim']}")
    for part in ("language", "form", "strength", "status", "source"):
        print(f"by {part}: " + ", ".join(f"{key or '-'} {count:,}" for key, count in summary[f"by_{part}"].items()))
    languages = list(summary["by_language"])
    rows = [(group, *(counts.get(one, ".") for one in languages)) for group, counts in summary["coverage"].items()]
    print_table("Terms by group and language", ("group", *languages), rows)
    for group, gaps in summary["missing"].items():
        print(f"no word for {group} in: {', '.join(gaps)}")
    for pack in summary["packs"]:
        names = f"{pack['names']:,} names"
        print(f"pack {pack['name']} {pack['version']}: {names}, licence {pack['licence']}, from {pack['source']}")
    if summary["use"]:
        _show_use(summary["use"])


def _show_use(use: dict[str, Any]) -> None:
    from wildtrade.output import print_table

    rows = [
        (one["entry"], one["hits"], one["wildlife"], one["not_wildlife"], _share(one["precision"]))
        for one in use["terms"][:_SHOWN]
    ]
    title = f"Found in the last {use['listings']:,} listings"
    print_table(title, ("entry", "hits", "wildlife", "not wildlife", "precision"), rows)


def _share(precision: float | None) -> str:
    return "" if precision is None else f"{precision:.2f}"


@lexicon.command("publish")
def publish_command(
    note: str = typer.Option("", "--note", help="What changed and why."),
    accept_losses: bool = typer.Option(False, "--accept-losses", help="Publish although confirmed items are lost."),
    back: bool = typer.Option(False, "--back", help="Use an older version again instead."),
    number: int | None = typer.Option(
        None, "--number", min=0, help="With --back: which; 0 is the shipped lexicon alone."
    ),
    listing: bool = typer.Option(False, "--list", help="Only list the published versions."),
    limit: int = _LIMIT,
    json: bool = _JSON,
) -> int:
    """Make the draft in the workspace's lexicon folder the version that assessments use; or go back to an older one."""
    from classifiers.lexicons import versions
    from wildtrade.output import print_json
    from wildtrade.settings import open_workspace

    if number is not None and not back:
        raise UsageError("--number goes with --back", fix="wildtrade lexicon publish --back --number 2")
    workspace = open_workspace()
    if listing:
        return _list_versions(workspace.lexicon, json)
    if back:
        now = versions.go_back(workspace.lexicon, number)
        if json:
            print_json({"current": now})
        else:
            print(f"version {now} is in use" if now else "the shipped lexicon alone is in use")
        return Exit.OK
    report = _check(workspace, limit, accept_losses)
    version = versions.publish(workspace.lexicon, by=getpass.getuser(), note=note)
    if json:
        print_json(asdict(version) | {"effect": None if report is None else report.to_dict()})
    else:
        if report is not None:
            _show_effect(report)
        print(f"published version {version.number} ({version.sha256[:12]}); the next crawl uses it")
    return Exit.OK


def _check(workspace: Workspace, limit: int, accept_losses: bool) -> Report | None:
    """Raise RefusedError unless the draft is free of errors, its examples hold and no confirmed item is lost. Returns
    what it does to the listings; None where there is no database."""
    from classifiers.lexicons.lint import lint_own
    from classifiers.lexicons.workspace import load_draft, load_named
    from crawler.effect import effect_of, has_database

    folder = workspace.lexicon
    if errors := [one for one in lint_own(folder).findings if one.level == "error"]:
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        problem = f"the draft has errors: {errors[0].message}{more}"
        fix = f"{errors[0].fix}; `wildtrade lexicon lint` lists all"
        raise RefusedError(problem, file=errors[0].file, line=errors[0].line, field=errors[0].field, fix=fix)
    before, draft = load_named("published", folder), load_draft(folder)
    if failure := _broken_example(folder, before, draft):
        problem = f"an example fails: {failure.problem}"
        fix = "correct the entry or the example; `wildtrade lexicon test` lists all"
        raise RefusedError(problem, file=failure.file, line=failure.line, fix=fix)
    if not has_database(workspace):
        return None  # nothing to lose
    report = effect_of(workspace, before, draft, limit=limit, most=_KEPT)
    if report.lost_confirmed and not accept_losses:
        first = report.lost_confirmed[0]
        problem = f"{len(report.lost_confirmed)} listings that people confirmed would be lost, e.g. {first.key.url}"
        fix = "see `wildtrade lexicon diff`; mend the draft, or publish with --accept-losses"
        raise RefusedError(problem, file=str(folder), fix=fix)
    return report


def _broken_example(folder: Path, before: Lexicon, draft: Lexicon) -> Failure | None:
    """The first example of the draft that fails, or shipped one that holds before the change and fails after it."""
    from classifiers.lexicon import shipped_lexicon
    from classifiers.lexicons.examples import check, read_examples, reader_of

    reader = reader_of(draft)
    own = (failure for row in read_examples(folder) if (failure := check(reader, row)))
    shipped = [row for row in read_examples(shipped_lexicon()) if check(reader, row)]
    if (first := next(own, None)) or not shipped:
        return first
    old = reader_of(before)
    return next((check(reader, row) for row in shipped if not check(old, row)), None)


def _list_versions(folder: Path, json: bool) -> int:
    from classifiers.lexicons import versions
    from wildtrade.output import print_json, print_table

    found, now = versions.history(folder), versions.current(folder)
    if json:
        print_json({"current": now, "versions": [asdict(version) for version in found]})
        return Exit.OK
    rows = [
        (f"{one.number}{' *' if one.number == now else ''}", one.published_at, one.by, one.sha256[:12], one.note)
        for one in found
    ]
    print_table("", ("version", "published (UTC)", "by", "sha256", "note"), rows, note="* in use")
    return Exit.OK if found else Exit.NOTHING

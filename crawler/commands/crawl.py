"""``wildtrade crawl``."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from wildtrade.errors import UsageError

if TYPE_CHECKING:
    from crawler.plan import Plan
    from crawler.run import CrawlReport
    from wildtrade.sources import Source

crawl = typer.Typer()


@crawl.command()
def crawl_command(
    sources: list[str] = typer.Argument(..., help="Source ids; `wildtrade sources list` shows them."),
    query: list[str] = typer.Option([], "--query", "-q", help="Words to search for; may be repeated."),
    urls: str = typer.Option("", "--urls", help="File with one address a line: capture these listings, nothing else."),
    limit: int = typer.Option(0, "--limit", min=0, help="Most listings per source; 0: no limit."),
    since: str = typer.Option("", "--since", help="Leave out what was posted before: 7d, 24h, 2w or 2026-11-01."),
    fresh: bool = typer.Option(False, "--fresh", help="Close an unfinished run instead of resuming it."),
    plan: bool = typer.Option(False, "--plan", help="Say what would be sent; send nothing."),
    quiet: bool = typer.Option(False, "--quiet", help="No progress lines."),
    json: bool = typer.Option(False, "--json", help="Print the summary as one JSON object on the last line."),
) -> int:
    """Crawl sources: fetch, capture, compare, assess, store. Resumes a run that was cut off."""
    from crawler.progress import watch
    from crawler.run import CrawlOptions
    from crawler.run import crawl as run_crawl
    from wildtrade.output import print_json
    from wildtrade.settings import open_workspace
    from wildtrade.sources import get_source

    earliest = parse_since(since) if since else None
    workspace = open_workspace()
    addresses = _addresses(urls, [get_source(source, workspace.sources) for source in sources]) if urls else []
    if plan:
        return _plan(sources, query, limit or None, json)
    options = CrawlOptions(queries=query, urls=addresses, limit=limit or None, since=earliest, fresh=fresh)
    report = run_crawl(workspace, sources, options, None if quiet else watch)
    if json:
        print_json(report.data)
    else:
        print_report(report)
    return int(report.exit_code)


def _addresses(file: str, sources: list[Source]) -> list[str]:
    """The addresses of a file. Raises UsageError at the first line that none of the sources reads."""
    from wildtrade.sources import source_of

    try:
        lines = Path(file).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"cannot be read: {error}", file=file, fix="name a text file with one address a line"
        ) from error
    for number, line in enumerate(lines, 1):
        if line.strip() and source_of(line.strip(), sources) is None:
            fix = "leave the line out, or name the source that reads it"
            raise UsageError(
                f"{line.strip()[:200]!r} belongs to none of these sources", file=file, line=number, fix=fix
            )
    return [line.strip() for line in lines if line.strip()]


def parse_since(text: str) -> date:
    """``7d``, ``24h``, ``2w`` before now, or an ISO date. Raises UsageError."""
    match = re.fullmatch(r"(\d{1,4})([hdw])", text)
    if match:
        hours = int(match[1]) * {"h": 1, "d": 24, "w": 168}[match[2]]
        return (datetime.now(UTC) - timedelta(hours=hours)).date()
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"--since {text!r} is no period", fix="write 7d, 24h, 2w or a date like 2026-11-01") from error


def _plan(sources: list[str], words: list[str], limit: int | None, json: bool) -> int:
    from crawler.plan import plan as make_plan
    from wildtrade.output import print_json, print_table
    from wildtrade.settings import open_workspace
    from wildtrade.sources import get_source

    own = open_workspace().sources
    plans: list[Plan] = [make_plan(get_source(source, own), words, limit) for source in sources]
    if json:
        print_json({"plans": [one.to_dict() for one in plans]})
        return 0
    columns = ("source", "queries", "host", "requests (at most)", "minutes", "MB", "browser")
    rows = [
        (p.source, len(p.queries), *next(iter(p.hosts.items())), f"{p.seconds / 60:.1f}", p.megabytes, p.browser)
        for p in plans
    ]
    print_table("Nothing was sent. A crawl would send:", columns, rows)
    return 0


def print_report(report: CrawlReport) -> None:
    """The summary for people."""
    data = report.data
    for source, reason in report.skipped.items():
        print(f"skipped {source}: {reason}")
    for label, value in summary_lines(data):
        print(f"{label:<16} {value}")
    for problem in data["problems"][:5]:
        print(f"  problem: {problem}")


def summary_lines(data: dict[str, Any]) -> list[tuple[str, str]]:
    """The figures of a crawl as (name, words)."""
    pages, listings, flagged = data["pages"], data["listings"], data["flagged"]
    coverage = "  ".join(f"{field} {ratio:.0%}" for field, ratio in data["coverage"].items())
    listed = f"  CITES lists up to {data['appendix_date']}" if data["appendix_date"] else ""
    codes = f"ok {pages['ok']}  3xx {pages['redirect']}  4xx {pages['client_error']}  5xx {pages['server_error']}"
    return [
        ("pages", f"{pages['total']}  {codes}"),
        ("listings", "  ".join(f"{name} {listings[name]}" for name in ("new", "changed", "same", "gone"))),
        ("flagged", f"{sum(flagged.values())}  (" + "  ".join(f"{k}: {v}" for k, v in flagged.items()) + ")" + listed),
        ("unsure", str(data["unsure"])),
        ("field coverage", coverage or "no listings"),
        ("captures", f"{data['captures']} sealed"),
        ("time", f"{data['seconds']:.1f} s"),
        ("stopped because", data["stopped_because"]),
    ]

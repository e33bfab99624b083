"""``wildtrade schedule add | list | run-now | pause | resume | remove | history`` and ``wildtrade scheduler``."""

from __future__ import annotations

import getpass
import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import typer

from wildtrade.errors import Exit, UsageError

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from storage.models import Schedule

schedule = typer.Typer(no_args_is_help=True, help="Add, list, run, pause and resume scheduled crawls.")
scheduler = typer.Typer()

_JSON = typer.Option(False, "--json", help="Print one JSON object.")
_NAME = typer.Argument(..., metavar="NAME")


@contextmanager
def _session() -> Iterator[Session]:
    from storage.database import open_database
    from wildtrade.settings import open_workspace

    with closing(open_database(open_workspace().database_url)) as database, database.session() as session:
        yield session


def _row(one: Schedule) -> dict[str, Any]:
    from storage.models import utcnow
    from wildtrade.timetable import next_time

    return {
        "name": one.name,
        "sources": one.sources,
        "cron": one.cron,
        "timezone": one.timezone,
        "next": None if one.paused else next_time(one.cron, one.timezone, utcnow()),
        "overlap": one.overlap.value,
        "paused": one.paused,
        "owner": one.owner,
        "options": one.options,
    }


@schedule.command("add")
def add_command(
    name: str = _NAME,
    sources: list[str] = typer.Argument(..., help="Source ids."),
    cron: str = typer.Option(..., "--cron", help="Five fields: minute hour day month weekday, e.g. '10 2 * * *'."),
    timezone: str = typer.Option("UTC", "--timezone", help="IANA name the cron fields are read in."),
    query: list[str] = typer.Option([], "--query", "-q", help="Words to search for; may be repeated."),
    limit: int = typer.Option(0, "--limit", min=0, help="Most listings per source; 0: no limit."),
    since: str = typer.Option("", "--since", help="Leave out what was posted before, e.g. 7d."),
    overlap: str = typer.Option("skip", "--overlap", help="While the last run still goes: skip or queue."),
    json: bool = _JSON,
) -> int:
    """Add a schedule."""
    from crawler.commands.crawl import parse_since
    from storage import schedules
    from storage.models import Overlap, utcnow
    from wildtrade.output import print_json
    from wildtrade.settings import open_workspace
    from wildtrade.sources import get_source
    from wildtrade.timetable import in_words, trigger_for

    trigger_for(cron, timezone)
    if since:
        parse_since(since)
    if overlap not in set(Overlap):
        raise UsageError(f"unknown overlap rule {overlap!r}", field="--overlap", fix="use skip or queue")
    own = open_workspace().sources
    for source in sources:
        if not get_source(source, own).enabled:
            raise UsageError(f"source {source} is disabled", fix="`wildtrade sources show` says why")
    options = {"queries": query, "limit": limit or None, "since": since or None}
    with _session() as session:
        made = schedules.add(
            session, name, sources, cron, timezone, options, overlap=Overlap(overlap), owner=getpass.getuser()
        )
        row = _row(made)
    if json:
        print_json(row)
    else:
        print(f"schedule {name}: {', '.join(sources)}, {in_words(cron, timezone, utcnow())}")
    return 0


@schedule.command("list")
def list_command(json: bool = _JSON) -> int:
    """All schedules and when they are due next."""
    from storage import schedules
    from wildtrade.output import print_json, print_table

    with _session() as session:
        rows = [_row(one) for one in schedules.all_schedules(session)]
    if json:
        print_json({"schedules": rows})
        return 0
    table = [
        (
            row["name"],
            " ".join(row["sources"]),
            f"{row['cron']} {row['timezone']}",
            "paused" if row["paused"] else f"{row['next']:%Y-%m-%d %H:%M}" if row["next"] else "never",
            row["overlap"],
            row["owner"],
        )
        for row in rows
    ]
    print_table("", ("name", "sources", "cron", "next (UTC)", "overlap", "owner"), table)
    return 0 if rows else int(Exit.NOTHING)


def _set_paused(name: str, paused: bool, json: bool) -> int:
    from storage import schedules
    from wildtrade.output import print_json

    with _session() as session:
        row = _row(schedules.set_paused(session, name, paused))
    if json:
        print_json(row)
    else:
        print(f"{name} is {'paused' if paused else 'active again'}")
    return 0


@schedule.command("pause")
def pause_command(name: str = _NAME, json: bool = _JSON) -> int:
    """Stop a schedule from becoming due; a run that is going on goes on."""
    return _set_paused(name, True, json)


@schedule.command("resume")
def resume_command(name: str = _NAME, json: bool = _JSON) -> int:
    """Make a paused schedule due again."""
    return _set_paused(name, False, json)


@schedule.command("remove")
def remove_command(name: str = _NAME, json: bool = _JSON) -> int:
    """Take a schedule off the list; its history stays."""
    from storage import schedules
    from wildtrade.output import print_json

    with _session() as session:
        schedules.remove(session, name)
    if json:
        print_json({"removed": name})
    else:
        print(f"{name} is removed")
    return 0


@schedule.command("run-now")
def run_now_command(name: str = _NAME, json: bool = _JSON) -> int:
    """Ask the scheduler to run a schedule now."""
    from storage import schedules
    from wildtrade.output import print_json

    with _session() as session:
        one = schedules.get(session, name)
        request_id = schedules.request_run(session, one.id, getpass.getuser())
    if json:
        print_json({"request": request_id, "schedule": name})
    else:
        print(f"asked for; the scheduler process takes it within seconds (request {request_id})")
    return 0


@schedule.command("history")
def history_command(
    name: str = typer.Argument("", metavar="[NAME]"),
    limit: int = typer.Option(20, "--limit", min=1, max=1000),
    json: bool = _JSON,
) -> int:
    """What became of the due times, newest first, with reasons."""
    from storage import schedules
    from wildtrade.output import print_json, print_table

    with _session() as session:
        rows = schedules.history(session, limit=limit, name=name or None)
    if json:
        print_json({"slots": rows})
        return 0
    table = [
        (row["schedule"], f"{row['due_at']:%Y-%m-%d %H:%M}", row["state"], row["coalesced"] or "", row["reason"])
        for row in rows
    ]
    print_table("", ("schedule", "due (UTC)", "state", "folded in", "why"), table)
    return 0 if rows else int(Exit.NOTHING)


@scheduler.command()
def scheduler_command(
    once: bool = typer.Option(False, "--once", help="Take what is due now, wait for it, and end."),
    quiet: bool = typer.Option(False, "--quiet", help="Say nothing."),
    json: bool = typer.Option(False, "--json", help="Print who keeps the time as one JSON object."),
) -> int:
    """Keep the time: run what is due, one crawl process per due slot. Several may be started; one leads."""
    from crawler.scheduler import Scheduler
    from storage.database import open_database
    from wildtrade.output import print_json
    from wildtrade.settings import open_workspace

    workspace = open_workspace()
    with closing(open_database(workspace.database_url)) as database:
        keeper = Scheduler(workspace, database)
        signal.signal(signal.SIGTERM, lambda *_: keeper.stop())
        signal.signal(signal.SIGINT, lambda *_: keeper.stop())
        if json:
            print_json({"holder": keeper.holder})
        elif not quiet:
            print(f"scheduler {keeper.holder} started; Ctrl+C ends it", flush=True)
        keeper.run(once=once)
    return 0

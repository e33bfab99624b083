"""``wildtrade evidence``: verify, checkpoint, keys."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from storage.custody.events import person
from wildtrade.errors import UsageError

if TYPE_CHECKING:
    from storage.custody.report import Report
    from storage.custody.verify import Trust

evidence = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Verify the evidence; checkpoints; keys.")
keys = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The signing keys: list, rotate, lost, revoke.")
evidence.add_typer(keys, name="keys")
_JSON = typer.Option(False, "--json", help="Print one JSON object.")
_WHY = typer.Option(..., "--reason", help="Why; it stands in the log.")
_SHOWN = 50  # problems printed for a person; --json has all


@evidence.command("verify")
def verify(
    path: Path = typer.Argument(None, help="Evidence folder, package or sealed report; default: the workspace's."),
    pub: list[Path] = typer.Option([], "--pub", help="Public key file you trust; may be repeated."),
    tsa_root: Path = typer.Option(None, "--tsa-root", help="Root of the time-stamping authority (PEM)."),
    anchor: str = typer.Option("", "--anchor", help="Head of the log kept elsewhere: SEQ:HASH, or a file of it."),
    json: bool = _JSON,
) -> int:
    """Read everything again; name each record that changed, is missing, was added or lawfully erased."""
    from storage.custody.verify import Trust
    from wildtrade.output import print_json

    trust = Trust.of(pub, tsa_root, anchor)
    report = _verify_path(path, trust) if path is not None else _verify_workspace(trust)
    if json:
        print_json(report.to_dict())
    else:
        _print_report(report)
    return 0 if report.ok else 1


def _verify_path(path: Path, trust: Trust) -> Report:
    from storage.custody.verify import verify_folder
    from storage.exporting.check import is_package, is_pdf, verify_package, verify_pdf

    if is_pdf(path):
        return verify_pdf(path)
    return verify_package(path, trust) if is_package(path) else verify_folder(path, trust).report


def _verify_workspace(given: Trust) -> Report:
    from contextlib import closing
    from dataclasses import replace

    from storage.custody.workspace import trust_of
    from storage.database import open_database
    from storage.verify import verify_captures
    from wildtrade.settings import open_workspace

    workspace = open_workspace()
    own = trust_of(workspace)
    trust = replace(given, keys=given.keys or own.keys, tsa_root=given.tsa_root or own.tsa_root)
    with closing(open_database(workspace.database_url)) as database:
        return verify_captures(database, workspace.evidence, trust).report


def _print_report(report: Report) -> None:
    for problem in report.problems[:_SHOWN]:
        print(problem)
    if len(report.problems) > _SHOWN:
        print(f"... and {len(report.problems) - _SHOWN} more; --json lists all")
    for one in report.erased:
        print(f"ERASED  {one.file} @{one.offset}+{one.length} (entry {one.entry}): {one.what}")
    for notice in report.notices:
        print(f"note: {notice}")
    stamps = f", {report.stamps} time stamps" if report.stamps else ""
    print(
        f"{report.records} records ({report.bytes} bytes), {report.entries} log entries, "
        f"{report.checkpoints} checkpoints{stamps}; head {report.anchor}"
    )
    print("everything holds" if report.ok else f"{len(report.problems)} problems")


@evidence.command("checkpoint")
def checkpoint_command(json: bool = _JSON) -> int:
    """Sign the state of log and files, have it time-stamped, and print the head to be kept elsewhere."""
    from contextlib import closing

    from storage.custody.audit import mirror
    from storage.custody.checkpoints import checkpoint
    from storage.custody.workspace import authority_of, custody_of
    from storage.database import open_database
    from wildtrade.output import print_json
    from wildtrade.settings import open_workspace

    workspace = open_workspace()
    log = custody_of(workspace)
    with closing(open_database(workspace.database_url)) as database:
        mirror(log, database)
    made = checkpoint(log, authority_of(workspace), person())
    data = {"checkpoint": str(made.path), "anchor": made.anchor, "stamp": made.stamp and str(made.stamp)}
    if json:
        print_json({**data, "problem": made.problem})
    else:
        print(f"checkpoint {made.path}")
        print(f"time stamp {made.stamp or made.problem or 'none: no authority is set ([evidence] timestamp_url)'}")
        print(f"keep this head elsewhere (paper, mail, another office): {made.anchor}")
    return 1 if made.problem else 0


@keys.command("list")
def list_keys(json: bool = _JSON) -> int:
    """The keys of this log; the one in force is marked."""
    from storage.custody.keys import KEYS, key_id
    from wildtrade.output import print_json, print_table

    log = _log()
    current = key_id(log.state().key)
    found = [
        {"id": path.stem, "file": str(path), "current": path.stem == current}
        for path in sorted((log.folder / KEYS).glob("*.pub"))
    ]
    if json:
        print_json({"keys": found})
    else:
        print_table(
            "", ("key", "in force", "public key"), [(k["id"], "*" * bool(k["current"]), k["file"]) for k in found]
        )
    return 0


@keys.command("rotate")
def rotate_command(reason: str = _WHY, json: bool = _JSON) -> int:
    """Go on with a new key; the old one signs for it."""
    from storage.custody.succession import rotate

    log = _log()
    new = rotate(log, person(), reason)
    return _say(json, f"key {new.id} signs from now on; give its public key to whoever verifies", {"key": new.id})


@keys.command("lost")
def lost_command(reason: str = _WHY, json: bool = _JSON) -> int:
    """The key file is gone for good: go on with a new key. Whoever verifies must be given it with --pub."""
    from storage.custody.succession import replace_lost

    new = replace_lost(_log(), person(), reason)
    return _say(json, f"key {new.id} signs from now on; verifying needs its public key (--pub)", {"key": new.id})


@keys.command("revoke")
def revoke_command(
    key: str = typer.Argument(..., help="Id of the key; `keys list` shows it."),
    since: str = typer.Option("", "--since", help="When it was last safe, ISO time; default: now."),
    reason: str = _WHY,
    json: bool = _JSON,
) -> int:
    """Somebody else may have the key: say since when. If it is in force, a new one takes its place first."""
    from storage.custody.succession import revoke

    try:
        moment = datetime.fromisoformat(since) if since else datetime.now(UTC)
    except ValueError as error:
        raise UsageError(f"--since {since!r} is no time", fix="write it like 2026-11-24T10:00:00Z") from error
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    log = _log()
    revoke(log, person(), key, moment, reason)
    now = log.signer.id
    return _say(json, f"key {key} is revoked as of {moment.isoformat()}; {now} signs", {"revoked": key, "key": now})


def _log() -> Any:
    from storage.custody.workspace import custody_of
    from wildtrade.settings import open_workspace

    return custody_of(open_workspace())


def _say(json: bool, text: str, data: dict[str, Any]) -> int:
    from wildtrade.output import print_json

    if json:
        print_json(data)
    else:
        print(text)
    return 0

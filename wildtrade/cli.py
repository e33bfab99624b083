"""The front door: command names and where they live. Nothing behind a name is imported before it is called."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Sequence

import typer

from wildtrade import __version__
from wildtrade.errors import Exit, UsageError, WildtradeError

# name -> (module:typer app, one line of help)
COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("crawler.commands.workspace:init", "Make a workspace: settings, folders, database."),
    "doctor": ("crawler.commands.doctor:doctor", "Check this machine and workspace; say what to mend."),
    "demo": ("academy.commands:demo", "Crawl the practice world and open the review page."),
    "sources": ("crawler.commands.sources:sources", "List, show, check and lint the sources."),
    "crawl": ("crawler.commands.crawl:crawl", "Crawl sources: capture, compare, assess, store."),
    "extract": ("spiders.commands:extract", "Read saved pages into listings."),
    "classify": ("classifiers.commands:classify", "Assess listing texts: flag, unsure or clear, and why."),
    "lexicon": ("crawler.commands.lexicon:lexicon", "Lint, try, compare, publish and extend the lexicon."),
    "train": ("classifiers.learning.commands:train", "Make a better model from decisions; go back to the one before."),
    "eval": ("classifiers.evaluating.commands:evaluate", "Measure the detector on a labelled set."),
    "schedule": ("crawler.commands.schedule:schedule", "Add, list, run, pause and resume scheduled crawls."),
    "scheduler": ("crawler.commands.schedule:scheduler", "Run the scheduler process."),
    "taxa": ("classifiers.taxonomy.commands:taxa", "CITES status by date, names, and the official list."),
    "status": ("crawler.commands.status:status", "One screen: running, next, queue, problems."),
    "serve": ("review.commands.serve:serve", "Serve the review page."),
    "users": ("review.commands.users:users", "Add, list and disable users of the review page; roles."),
    "token": ("review.commands.token:token", "Make, list and revoke keys of programs to the review page."),
    "import": ("crawler.commands.imports:imports", "Bring in listings from a file: CSV, JSON Lines, addresses."),
    "pack": ("review.commands.pack:pack", "Review packs: items to decide without a network, and back."),
    "export": ("review.commands.export:export", "Write flagged listings or decisions to a file."),
    "case": ("review.commands.case:case", "Cases: list, show, open, add; evidence package and report."),
    "evidence": ("storage.custody.commands:evidence", "Verify the evidence; checkpoints; signing keys."),
    "backup": ("storage.commands:backup", "Copy database and evidence into one folder."),
    "restore": ("storage.commands:restore", "Check a backup, or bring it back into a new folder."),
    "retention": ("storage.retention.commands:retention", "Erase what is past its time; cases and exhibits stay."),
    "migrate": ("storage.commands:migrate", "Bring the database to this version, after a backup."),
}

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Watches online marketplaces and public posts for trade in wildlife and forest products.",
)


def _pass_on(name: str, target: str) -> Callable[[typer.Context], None]:
    def call(context: typer.Context) -> None:
        module, _, attribute = target.partition(":")
        command: typer.Typer = getattr(importlib.import_module(module), attribute)
        result = command(context.args, prog_name=f"wildtrade {name}", standalone_mode=False)
        raise typer.Exit(int(result or 0))

    return call


for _name, (_target, _help) in COMMANDS.items():
    app.command(
        _name,
        help=_help,
        add_help_option=False,
        context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
    )(_pass_on(_name, _target))


def _version(value: bool) -> None:
    if value:
        typer.echo(f"wildtrade {__version__}")
        raise typer.Exit()


@app.callback()
def _front(
    home: str = typer.Option("", "--home", help="Workspace folder; default: WILDTRADE_HOME or the current folder."),
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Show the version."),
) -> None:
    if home:
        os.environ["WILDTRADE_HOME"] = home


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command; every known error ends with one clear message and its exit code."""
    sys.exit(run(list(sys.argv[1:] if arguments is None else arguments)))


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code."""
    try:
        return int(app(arguments, prog_name="wildtrade", standalone_mode=False) or 0)
    except WildtradeError as error:
        return fail(error, arguments)
    except typer.TyperException as error:
        return _fail_usage(error, arguments)
    except typer.Exit as stop:
        return stop.exit_code
    except (KeyboardInterrupt, typer.Abort):
        print("interrupted", file=sys.stderr)
        return Exit.INTERRUPTED
    except BrokenPipeError:
        # The reader (head, less) went away; that is no failure of ours.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.OK


def _fail_usage(error: typer.TyperException, arguments: Sequence[str]) -> int:
    message = error.format_message()
    if message.startswith("Usage:"):  # called without a command: the message is the help page
        print(message)
        return Exit.USAGE
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "wildtrade"
    return fail(UsageError(message, fix=f"see `{command} --help`"), arguments)


def fail(error: WildtradeError, arguments: Sequence[str]) -> int:
    """Print an error for a person, or as JSON where --json was asked for; return its exit code."""
    if "--json" in arguments:
        import json

        print(json.dumps(error.to_dict(), ensure_ascii=False), file=sys.stderr)
    else:
        print(f"error: {error}", file=sys.stderr)
    return int(error.exit_code)

"""``wildtrade classify``."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from wildtrade.errors import Exit, StorageError, UsageError

if TYPE_CHECKING:
    from classifiers.assessor import Assessor
    from classifiers.streaming import Tally
    from wildtrade.records import Assessment

classify = typer.Typer(add_completion=False)


@classify.command()
def classify_command(
    text: str = typer.Option("", "--text", help="Assess this text."),
    source: str = typer.Option("", "--input", help="JSON Lines of listings; - reads standard input."),
    target: str = typer.Option("-", "--output", help="Where the JSON Lines of assessments go; - is standard output."),
    language: str = typer.Option("", "--language", help="BCP 47 code of --text; found out where not given."),
    model: Path | None = typer.Option(None, "--model", help="Another model folder."),
    policy: str = typer.Option("", "--policy", help="A policy of detection.yaml; else the one it names for texts."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON."),
) -> int:
    """Assess listing texts: flag, unsure or clear, and why."""
    if bool(text) == bool(source):
        raise UsageError("give either --text or --input", fix="wildtrade classify --text 'ivory bangle for sale'")
    if text:
        opinion = _assessor(model, policy).assess(None, text, language=language or None)
        _show(opinion, as_json)
        return Exit.OK
    return _classify_file(source, target, partial(_assessor, model, policy), as_json)


def _assessor(model: Path | None, policy: str) -> Assessor:
    from classifiers.learning.workspace import load_assessor
    from classifiers.policy import TEXTS

    return load_assessor(model, policy or TEXTS)


def _classify_file(source: str, target: str, load: Callable[[], Assessor], as_json: bool) -> int:
    if source != "-" and target != "-" and Path(source).resolve() == Path(target).resolve():
        raise UsageError("input and output are the same file", fix="write to another file")
    if source != "-" and not os.access(source, os.R_OK):
        raise UsageError("cannot be read", file=source, fix="check the path of --input")
    assessor = load()
    try:
        tally = _stream(assessor, source, target)
    except BrokenPipeError:
        raise  # the front door ends quietly when the reader of our output went away
    except OSError as error:
        problem = error.strerror or str(error)
        raise StorageError(f"cannot be written: {problem}", file=target, fix="free space, or another path") from error
    if target != "-":
        _report_file(tally.lines, tally.bad, target, as_json)
    elif tally.bad:
        print(f"{tally.bad} of {tally.lines} lines could not be used; see their error lines", file=sys.stderr)
    return Exit.PARTIAL if tally.bad else Exit.OK


def _stream(assessor: Assessor, source: str, target: str) -> Tally:
    from classifiers.streaming import classify_file

    with ExitStack() as files:
        reader = sys.stdin.buffer if source == "-" else files.enter_context(Path(source).open("rb"))
        writer = sys.stdout.buffer if target == "-" else files.enter_context(Path(target).open("wb"))
        tally = classify_file(assessor, reader, writer, source)
        writer.flush()
    return tally


def _report_file(lines: int, bad: int, target: str, as_json: bool) -> None:
    from wildtrade.output import print_json

    if as_json:
        print_json({"lines": lines, "bad": bad, "output": target})
    else:
        print(f"{lines} lines, {bad} of them unusable, written to {target}")


def _show(opinion: Assessment, as_json: bool) -> None:
    from classifiers.messages import load_messages
    from wildtrade.output import print_json, print_table

    if as_json:
        print_json(opinion.to_dict())
        return
    messages = load_messages()
    language = opinion.language or "?"
    print(f"{opinion.label.value}  score {opinion.score:.2f}  language {language}  intent {opinion.intent.value}")
    for taxon in opinion.taxa:
        listed = f"CITES Appendix {taxon.appendix}" if taxon.appendix else "not listed by CITES"
        status = f"{listed}, list of {taxon.appendix_date}" if taxon.appendix_date else "nothing is known of its status"
        print(f"  {taxon.name} ({taxon.rank}): {status}")
    rows = [
        (f"{s.weight:+.2f}", s.text, messages.get(s.message_key, s.message_key), s.source)
        for s in sorted(opinion.signals, key=lambda s: -abs(s.weight))
    ]
    print_table("Why", ("weight", "words", "reason", "from"), [(f"{opinion.bias:+.2f}", "", "start", "bias"), *rows])

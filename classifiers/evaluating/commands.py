"""``wildtrade eval``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from wildtrade.errors import Exit

if TYPE_CHECKING:
    from classifiers.evaluating.report import Judged, Part, Report
    from wildtrade.errors import ParseError

evaluate = typer.Typer(add_completion=False)
_COLUMNS = (
    "",
    "texts\n(wildlife)",
    "F1",
    "AUC",
    "precision",
    "recall",
    "queued",
    "false\nflags",
    "precision at\n95 % recall",
    "ECE",
)
_MOST_BAD = 10
_LEGEND = """\
precision: of what is flagged, how much is wildlife. recall: of the wildlife, how much is flagged. queued: of the
wildlife, how much is flagged or unsure. false flags: of the rest, how much is flagged. F1: precision and recall in one
number. AUC: how often wildlife scores above the rest. ECE: how far a score is from a probability, on average.
In brackets: 95 % intervals (Wilson for shares, bootstrap over near-duplicates and sellers for the rest)."""


@evaluate.command()
def evaluate_command(
    path: Path = typer.Argument(metavar="SET", help="JSON Lines: id, title, description, price, label, ..."),
    model: Path | None = typer.Option(None, "--model", help="Another model folder."),
    errors: int = typer.Option(10, "--errors", min=0, help="How many of the worst errors to show."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON."),
) -> int:
    """Measure the detector on a labelled set, with 95 % intervals, and show its worst errors."""
    from classifiers.evaluating.report import evaluate_set
    from classifiers.evaluating.sets import read_set
    from classifiers.learning.workspace import load_assessor
    from wildtrade.output import print_json

    rows, bad = read_set(path)
    report = evaluate_set(load_assessor(model), rows)
    if as_json:
        print_json({**report.to_dict(errors), "bad_lines": [error.to_dict()["error"] for error in bad]})
    else:
        _show(report, errors)
        _show_bad(bad)
    return Exit.PARTIAL if bad else Exit.OK


def _show(report: Report, errors: int) -> None:
    from wildtrade.output import print_table

    whole, flags = report.whole, report.whole.shares.precision
    print(
        f"{whole.texts} texts, {whole.wildlife} of them wildlife. The detector flags {flags.of}, {flags.hits} of them "
        f"rightly, and leaves {whole.shares.queued.of - whole.shares.queued.hits} wildlife texts out of the queue."
    )
    print_table(f"{report.model_version}, lexicon {report.lexicon_version}", _COLUMNS, [_cells("all", whole)])
    for key, parts in report.by.items():
        print_table(f"By {key}", _COLUMNS, [_cells(name, part) for name, part in parts.items()])
    bins = [
        (f"{one.low:.1f}-{one.high:.1f}", one.texts, f"{one.score:.2f}", f"{one.wildlife:.2f}") for one in report.bins
    ]
    print_table("Calibration", ("score", "texts", "mean score", "share wildlife"), bins)
    if errors and report.errors:
        _show_errors(report.errors, errors)
    print(_LEGEND)


def _cells(name: str, part: Part) -> Sequence[object]:
    measures, shares = part.measures, part.shares
    found = (
        measures["f1"], measures["auc"], shares.precision, shares.recall,
        shares.queued, shares.false_flags, measures["precision_at_95_recall"], measures["ece"],
    )  # fmt: skip
    shown = (str(one).replace(" (0.", "\n(.").replace(" (", "\n(").replace("-0.", "-.") for one in found)
    return name, f"{part.texts} ({part.wildlife})", *shown


def _show_errors(wrong: Sequence[Judged], most: int) -> None:
    print(f"Worst errors ({min(most, len(wrong))} of {len(wrong)})")
    for one in wrong[:most]:
        text, opinion = one.row.text, one.opinion
        truth = "wildlife" if one.row.label else "not wildlife"
        print(f"\n  {one.row.id}: {truth}, judged {opinion.label.value} {opinion.score:.2f}")
        print(f"    {' | '.join(part for part in (text.title, text.description, text.price) if part)[:300]}")
        for signal in sorted(opinion.signals, key=lambda signal: -abs(signal.weight))[:5]:
            print(f"    {signal.weight:+.2f}  {signal.message_key}  {signal.text}  {signal.source}")
    print()


def _show_bad(bad: Sequence[ParseError]) -> None:
    for error in bad[:_MOST_BAD]:
        print(error, file=sys.stderr)
    if bad:
        print(f"{len(bad)} lines could not be used and do not count", file=sys.stderr)

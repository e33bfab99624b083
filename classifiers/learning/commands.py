"""``wildtrade train``: from training texts or from people's decisions to a model, and back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from wildtrade.errors import Exit, UsageError

if TYPE_CHECKING:
    from classifiers.learning.training import Place, Result

train = typer.Typer(add_completion=False)


@train.command()
def train_command(
    decisions: Path | None = typer.Option(None, "--decisions", help="Export of decisions to learn from."),
    unlabelled: list[Path] = typer.Option([], "--unlabelled", help="JSON Lines of further listings, undecided."),
    decisions_alone: bool = typer.Option(
        False, "--decisions-alone", help="Leave the project's texts out: a use case with labels of its own."
    ),
    back: bool = typer.Option(False, "--back", help="Go back to the model before the one in use."),
    texts: Path | None = typer.Option(None, "--texts", help="Folder of training texts; default: the project's own."),
    output: Path | None = typer.Option(None, "--output", help="Model folder, instead of the workspace's versions."),
    locked: Path | None = typer.Option(None, "--locked", help="Folder of locked sets (locked*.jsonl)."),
    force: bool = typer.Option(False, "--force", help="Replace the model in use even by a worse one."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON."),
) -> int:
    """Build a model from decisions (or from the training texts); a better model in use is not replaced."""
    if back:
        if decisions or texts or output:
            raise UsageError("--back goes with no other option", fix="wildtrade train --back")
        return _back(as_json)
    if decisions is None:
        if unlabelled or decisions_alone:
            raise UsageError("nothing to learn from", field="--decisions", fix="add --decisions decisions.jsonl")
        return _from_texts(texts, output, locked, force, as_json)
    if texts or locked:
        raise UsageError("--decisions goes without --texts and --locked", fix="leave them out")
    return _from_decisions(decisions, tuple(unlabelled), output, force, decisions_alone, as_json)


def _from_texts(texts: Path | None, output: Path | None, locked: Path | None, force: bool, as_json: bool) -> int:
    from classifiers.training.replace import retrain
    from wildtrade.output import print_json, print_table

    result = retrain(texts, output, locked, force=force)
    found: dict[str, Any] = result.to_dict()
    if as_json:
        print_json(found)
    else:
        rows = [(name, f"{f['f1']:.3f}", f"{f['auc'] or 0:.3f}", f["n"]) for name, f in found["figures"].items()]
        print_table("Training", ("set", "F1", "AUC", "texts"), rows, note=found["verdict"])
    return Exit.OK if result.replaced else Exit.PROBLEM


def _from_decisions(
    path: Path, unlabelled: tuple[Path, ...], output: Path | None, force: bool, decisions_alone: bool, as_json: bool
) -> int:
    from classifiers.learning.training import Options, Place, train_on_decisions
    from classifiers.learning.workspace import find_workspace, own_policy
    from wildtrade.settings import open_workspace

    options = Options(force, decisions_alone, unlabelled)
    workspace = find_workspace() if output else open_workspace()
    place = Place(None, output) if output or workspace is None else Place(workspace.root)
    own = (workspace.lexicon, own_policy(workspace)) if workspace else (None, None)
    result = train_on_decisions(path, place, options, lexicon=own[0], policy=own[1])
    _report(result, place, as_json)
    return Exit.OK if result.replaced else Exit.PROBLEM


def _report(result: Result, place: Place, as_json: bool) -> None:
    from wildtrade.output import print_json, print_table

    if as_json:
        print_json(result.to_dict())
        return
    counts = result.decisions.counts
    print(
        f"{counts.lines} decisions: {counts.texts} texts, {counts.wildlife} of them wildlife; left out: "
        f"{counts.no_opinion} without opinion, {counts.repeated} repeated, {counts.disputed} texts disputed "
        f"({counts.overruled} decided by majority)"
    )
    rows = [
        (name, f"{c.new:.3f}", f"{c.old:.3f}", f"{c.low:+.3f} to {c.high:+.3f}", c.texts)
        for name, c in result.comparisons.items()
    ]
    print_table("F1", ("on", "new", "in use", "difference (95 %)", "texts"), rows)
    print(result.verdict)
    if result.replaced and place.workspace is not None:
        print(f"in use from now on: {result.version}; back with `wildtrade train --back`")


def _back(as_json: bool) -> int:
    from classifiers.learning.versions import back
    from wildtrade.output import print_json
    from wildtrade.settings import open_workspace

    name = back(open_workspace().root)
    if as_json:
        print_json({"in_use": name})
    else:
        print(f"in use from now on: {name}")
    return Exit.OK

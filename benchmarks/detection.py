"""Detection on the shared development listings (never trained on): precision, recall and F1 per language.

A flag is a positive; what `wildtrade classify` flags or finds unsure is queued. The last line holds the figures as one
JSON object; exit 1 where a bar is missed.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from benchmarks.report import finish
from classifiers.assessor import Assessor
from classifiers.evaluating.figures import Figures, Outcome, measure, measure_by
from classifiers.policy import TEXTS
from classifiers.reading import Text
from wildtrade.records import Assessment

DEFAULT = Path(__file__).resolve().parent.parent.parent / "shared" / "data" / "listings_dev.jsonl"


def judge(assessor: Assessor, rows: list[dict[str, Any]], *, tell_language: bool) -> list[Assessment]:
    """Assess rows by title, description and price alone."""
    texts = (
        Text(r["title"], r["description"], r.get("price"), language=r["language"] if tell_language else None)
        for r in rows
    )
    return list(assessor.assess_many(texts))


def show(name: str, figures: Figures) -> None:
    """One line of figures, each with its 95 % interval."""
    auc = "-" if figures.auc is None else f"{figures.auc:.3f}"
    print(
        f"{name:<22} n={figures.recall.of + figures.false_flags.of:<4} F1 {figures.f1:.2f}  AUC {auc}"
        f"  precision {figures.precision}  recall {figures.recall}"
        f"  flag+unsure {figures.queued}  false flags {figures.false_flags}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("set", nargs="?", type=Path, default=DEFAULT)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--policy", default=TEXTS, help="a policy of detection.yaml")
    parser.add_argument("--errors", action="store_true", help="print what was judged wrongly")
    parser.add_argument("--tell-language", action="store_true", help="use the language named in the set")
    options = parser.parse_args()
    if not options.set.is_file():
        print(f"the listings are not on this machine: {options.set}", file=sys.stderr)
        finish("detection", {"skipped": str(options.set)}, {})
    rows = [json.loads(line) for line in options.set.read_text(encoding="utf-8").splitlines()]
    opinions = judge(Assessor.load(model=options.model, use=options.policy), rows, tell_language=options.tell_language)
    pairs = list(zip(rows, opinions, strict=True))
    outcomes = [outcome_of(*pair) for pair in pairs]
    for title, key in (("by language", "language"), ("by difficulty", "group")):
        print(title)
        for name, figures in measure_by(outcomes, key).items():
            show(name, figures)
    whole = measure(outcomes)
    show("all", whole)
    show("all but English", measure(_not_english(outcomes)))
    if options.errors:
        _errors(pairs)
    right = sum(o.language == r["language"] for r, o in pairs)
    figures = {
        "listings": len(rows),
        **whole.to_dict(),
        "non_english": measure(_not_english(outcomes)).to_dict(),
        "language_right": round(right / len(rows), 4),
        "by_language": {name: round(f.f1, 3) for name, f in measure_by(outcomes, "language").items()},
    }
    finish("detection", figures, bars(outcomes))


def outcome_of(row: dict[str, Any], opinion: Assessment) -> Outcome:
    """What came of one row."""
    return Outcome(row["label"], opinion.score, opinion.label.value, row["language"], row.get("difficulty", ""))


def bars(outcomes: list[Outcome]) -> dict[str, bool]:
    """What was wanted of the figures, in words, and whether it was reached."""
    whole, others = measure(outcomes), measure(_not_english(outcomes))
    queued, false_flags = whole.queued.value or 0.0, whole.false_flags.value or 0.0
    return {
        f"F1 {whole.f1:.3f}, wanted 0.88": whole.f1 >= 0.88,
        f"F1 of all but English {others.f1:.3f}, wanted 0.84": others.f1 >= 0.84,
        f"recall of flag and unsure {queued:.3f}, wanted 0.97": queued >= 0.97,
        f"false flags {false_flags:.3f}, at most 0.12": false_flags <= 0.12,
    }


def _not_english(outcomes: list[Outcome]) -> list[Outcome]:
    return [outcome for outcome in outcomes if outcome.language != "en"]


def _errors(pairs: list[tuple[dict[str, Any], Assessment]]) -> None:
    for row, opinion in sorted(pairs, key=lambda pair: pair[1].score):
        if (opinion.label.value == "flag") != bool(row["label"]):
            print(
                f"\n{row['id']} truth {row['label']} {opinion.label.value} {opinion.score:.2f} {row.get('difficulty')}"
            )
            print(f"  {row['title']} | {(row['description'] or '')[:160]} | {row.get('price')}")
            for signal in opinion.signals:
                print(f"    {signal.weight:+.2f} {signal.message_key} {signal.text!r} {signal.source}")


if __name__ == "__main__":
    main()

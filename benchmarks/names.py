"""Name resolution on the official index, on names that stand on no list, and on real shop listings.

Accepted names and synonyms of the index are perturbed (see ``benchmarks.perturb``); a name that several taxa claim is
right with any of them. "Confidently wrong" is an answer that names a species, and not the one meant.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import psutil

from benchmarks.perturb import Question, abbreviated, edit, questions
from benchmarks.report import finish
from classifiers.taxonomy import Checklist, Kind, Resolution
from classifiers.taxonomy.speciesplus import read_export
from classifiers.taxonomy.store import import_list

HERE = Path(__file__).resolve().parent
SHARED = HERE.parent.parent / "shared" / "data"
INDEX = SHARED / "index_of_cites_species_2017-04-21.csv.gz"
SHOP = SHARED / "reptile_shop_listings.csv"
VERDICTS = HERE / "data" / "names_verdicts.csv"
Truth = dict[str, set[str]]


def megabytes() -> int:
    """What the process holds now."""
    return round(psutil.Process().memory_info().rss / 1e6)


def read_truth(checklist: Checklist) -> Truth:
    """Every name of two words and the accepted species it may mean."""
    truth: Truth = defaultdict(set)
    for row in read_export(INDEX):
        if row.rank == "species":
            for name in (row.name, *row.synonyms):
                if len(name.split()) == 2:
                    truth[name].add(checklist.appendices.accepted(row.name))
    return truth


def sample(truth: Truth, size: int, rng: random.Random) -> list[str]:
    """Accepted names and synonyms, half and half."""
    accepted = sorted(name for name, taxa in truth.items() if name in taxa)
    former = sorted(name for name, taxa in truth.items() if name not in taxa)
    drawn = rng.sample(accepted, size // 2) + rng.sample(former, size - size // 2)
    rng.shuffle(drawn)
    return drawn


def judge(found: Resolution, question: Question, truth: Truth) -> Counter[str]:
    """genus, species: right; wrong: a species is named with confidence and it is another."""
    meant = [truth[name] for name in question.names]
    named = [taxon.name for taxon in found.taxa]
    genera = {name.split()[0] for name in named}
    right_genera = [{name.split()[0] for name in taxa} for taxa in meant]
    known = all(any(taxa & _species(named)) for taxa in meant)
    right = found.is_sure and known and len(named) <= len(meant)
    return Counter(
        genus=right
        or (bool(genera) and all(genus & genera for genus in right_genera) and genera <= set().union(*right_genera)),
        species=right,
        wrong=found.is_sure and not right,
        ambiguous=found.kind is Kind.AMBIGUOUS,
        silent=found.kind is Kind.NONE,
    )


def _species(names: list[str]) -> set[str]:
    return {" ".join(name.split()[:2]) for name in names} | set(names)


def ask(checklist: Checklist, asked: list[Question], truth: Truth, show: int) -> tuple[dict[str, Any], float]:
    """Shares by kind of question, and milliseconds for a name."""
    sums: dict[str, Counter[str]] = defaultdict(Counter)
    started = time.perf_counter()
    answers = [checklist.resolve(question.text, question.context) for question in asked]
    each = (time.perf_counter() - started) / len(asked) * 1000
    for question, found in zip(asked, answers, strict=True):
        verdict = judge(found, question, truth)
        for kind in (question.kind, "all"):
            sums[kind] += Counter(n=1) + verdict
        if show and (verdict["wrong"] or not verdict["species"]):
            show -= 1
            named = [taxon.name for taxon in found.taxa]
            print(f"  {question.text!r} from {question.names}: {found.kind.value} {named} {found.how}")
    shares = ("genus", "species", "wrong", "ambiguous", "silent")
    return {
        kind: {"n": total["n"]} | {share: round(total[share] / total["n"], 4) for share in shares}
        for kind, total in sums.items()
    }, each


def ask_unlisted(checklist: Checklist, rng: random.Random) -> dict[str, Any]:
    """Names on no list, as they are and with one edit: how many are taken for another species."""
    lines = (HERE / "data" / "unlisted_names.txt").read_text(encoding="utf-8").splitlines()
    names = [line for line in lines if line and not line.startswith("#")]
    wrong = []
    for written, meant in [(name, name) for name in names] + [(edit(name, rng), name) for name in names]:
        found = checklist.resolve(written)
        if found.is_sure and all(taxon.name != meant for taxon in found.taxa):
            wrong.append(f"{written} -> {found.taxa[0].name}")
    return {"asked": 2 * len(names), "taken_for_another": len(wrong), "which": wrong}


def ask_shop(checklist: Checklist) -> dict[str, Any]:
    """Real shop listings, by scientific name where there is one, else by title; a sample was checked by hand."""
    with SHOP.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    answers = {}
    for number, row in enumerate(rows, start=2):
        text = row["Scientific name"].strip() or row["Common name"]
        answers[number] = checklist.resolve(text)
    kinds = Counter(found.kind.value for found in answers.values())
    drawn = sorted(random.Random(1961).sample(sorted(answers), 100))  # the hundred that were checked
    return {"rows": len(rows), "kinds": dict(kinds), **_checked(answers, drawn)}


def _checked(answers: dict[int, Resolution], drawn: list[int]) -> dict[str, Any]:
    """Precision on the sample: verdicts hold for the answer they were given to."""
    with VERDICTS.open(encoding="utf-8", newline="") as stream:
        verdicts = {(int(row["row"]), row["answer"]): row["verdict"] for row in csv.DictReader(stream)}
    counts = Counter(verdicts.get((number, answer(answers[number])), "unchecked") for number in drawn)
    sure = [number for number in drawn if answers[number].is_sure]
    right = sum(verdicts.get((number, answer(answers[number]))) == "right" for number in sure)
    return {"checked": dict(counts), "named": len(sure), "precision": round(right / max(1, len(sure)), 3)}


def answer(found: Resolution) -> str:
    """An answer in short: its kind and its taxa."""
    return f"{found.kind.value}: {' | '.join(taxon.name for taxon in found.taxa)}".strip()


def search_time(checklist: Checklist, truth: Truth, rng: random.Random) -> dict[str, float]:
    """Milliseconds of 500 searches for the first two to six letters of names."""
    took = []
    for name in rng.sample(sorted(truth), 500):
        started = time.perf_counter()
        checklist.search(name[: rng.randint(2, 6)])
        took.append((time.perf_counter() - started) * 1000)
    took.sort()
    return {"median_ms": round(took[250], 2), "p99_ms": round(took[495], 2), "max_ms": round(took[-1], 2)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--names", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=20261124)
    parser.add_argument("--show", type=int, default=0, help="print so many answers that were not right")
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        manifest = import_list(INDEX, Path(folder))
        imported = time.perf_counter() - started
        before, started = megabytes(), time.perf_counter()
        checklist = Checklist.load(Path(folder)).prepare()
        loaded, holds = time.perf_counter() - started, megabytes() - before
    truth = read_truth(checklist)
    drawn = sample(truth, arguments.names, rng)
    results, each = ask(checklist, questions(drawn, rng), truth, arguments.show)
    short = [Question("abbreviated alone", abbreviated(name), (), (name,)) for name in drawn[:500]]
    alone, _ = ask(checklist, short, truth, 0)
    figures = {
        "taxa": manifest.taxa,
        "import_s": round(imported, 1),
        "load_s": round(loaded, 2),
        "memory_mb": holds,
        "ms_per_name": round(each, 2),
        "perturbed": results,
        "abbreviated_alone": alone["all"],
        "unlisted": ask_unlisted(checklist, rng),
        "shop": ask_shop(checklist) if SHOP.is_file() else None,
        "search": search_time(checklist, truth, rng),
    }
    for key, value in figures.items():
        print(f"{key}: {json.dumps(value, ensure_ascii=False)}")
    whole, unlisted = results["all"], figures["unlisted"]
    bars = {
        "right genus >= 97 %": whole["genus"] >= 0.97,
        "right species >= 90 %": whole["species"] >= 0.90,
        "confidently wrong <= 1 %": whole["wrong"] <= 0.01,
        "names on no list taken for another <= 1 %": unlisted["taken_for_another"] <= 0.01 * unlisted["asked"],
        "search < 20 ms (99 of 100)": figures["search"]["p99_ms"] < 20,
    }
    finish("names", figures, bars)


if __name__ == "__main__":
    main()

"""The lexicon's own examples: what a text must and must not show, in CSV files a biologist extends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from classifiers.context import Evidence, Seen
from classifiers.folding import fold_words
from classifiers.lexicon import LANGUAGES, Lexicon
from classifiers.model_files import ModelFiles, shipped_model
from classifiers.reading import Reader, Text
from classifiers.tables import Row, read_table

FOLDER = "tests"
COLUMNS = ("text", "language", "hit", "miss", "note")
ANYTHING = "*"


@dataclass(frozen=True, slots=True)
class Failure:
    """An example whose text does not show what it must."""

    file: str
    line: int
    text: str
    problem: str
    found: tuple[str, ...]

    def __str__(self) -> str:
        found = ", ".join(self.found) or "nothing"
        return f"{self.file}:{self.line}: {self.problem}\n  text:  {self.text}\n  found: {found}"

    def to_dict(self) -> dict[str, Any]:
        """The JSON shape of ``wildtrade lexicon test --json``."""
        return asdict(self)


def reader_of(lexicon: Lexicon) -> Reader:
    """The lexicon at work, without the model."""
    return Reader.of(lexicon, ModelFiles.read(shipped_model()).ordinary_words)


def read_examples(folder: Path) -> Iterator[Row]:
    """The rows of all example files of a lexicon folder. Raises ConfigError that names file, line, column and fix."""
    for path in sorted((folder / FOLDER).glob("*.csv")):
        for row in read_table(path, COLUMNS):
            row.needed("text")
            row.one_of("language", LANGUAGES | {""})
            if not row.text("hit") and not row.text("miss"):
                row.fail("hit", "and miss are both empty", "name a group, term or taxon in one of them; * is any")
            yield row


def check(reader: Reader, row: Row) -> Failure | None:
    """Whether a text shows what its example says; only what nothing excuses (guard, denial, imitation) counts."""
    evidence = reader.read(Text(None, row.text("text"), language=row.text("language") or None))
    clear = [one for one in evidence.seen if one.clear]
    problems = [f"must show {name!r}" for name in _names(row.text("hit")) if not any(_is(one, name) for one in clear)]
    problems += [f"must not show {name!r}" for name in _names(row.text("miss")) if any(_is(one, name) for one in clear)]
    if not problems:
        return None
    found = tuple(_describe(one) for one in evidence.seen)
    return Failure(str(row.file), row.line, row.text("text"), "; ".join(problems), found)


def _names(cell: str) -> list[str]:
    return [name.strip() for name in cell.split("|") if name.strip()]


def _is(one: Seen, name: str) -> bool:
    """Whether a hit is of this group, taxon or term."""
    if name == ANYTHING:
        return True
    folded = fold_words(name)
    return any(name in (term.group, term.taxon) or fold_words(term.text) == folded for term in one.hit.entries)


def _describe(one: Seen) -> str:
    term = one.hit.term
    excuses = [f"guard {hit.guard.id}" for hit in one.guards]
    excuses += ["denied"] * (one.negation is not None) + ["imitation"] * (one.imitation is not None)
    return f"{term.group}/{term.text} ({one.hit.strength})" + (f", excused by {', '.join(excuses)}" if excuses else "")


def look(reader: Reader, text: str, language: str | None = None) -> dict[str, Any]:
    """All that the lexicon finds in a text, for a person to look at: JSON types only."""
    evidence = reader.read(Text(None, text, language=language))
    return {
        "language": evidence.language,
        "intent": evidence.intent.value,
        "folded": evidence.folded.text.replace("¦", " ").strip(),
        "hits": [_hit(evidence, one) for one in evidence.seen],
        "cues": [
            {"kind": hit.cue.kind, "language": hit.cue.language, **_place(evidence, hit.start, hit.end)}
            for hit in evidence.found.cues
        ],
        "guards": [
            {
                "id": hit.guard.id,
                "target": hit.guard.target,
                "reason": hit.guard.reason,
                **_place(evidence, hit.start, hit.end),
            }
            for hit in evidence.found.guards
        ],
    }


def _hit(evidence: Evidence, one: Seen) -> dict[str, Any]:
    term = one.hit.term
    return {
        **_place(evidence, one.hit.start, one.hit.end),
        "term": term.text,
        "group": term.group,
        "language": term.language,
        "strength": one.hit.strength,
        "taxon": term.taxon,
        "form": term.form,
        "written": one.hit.repaired or "plainly",
        "clear": one.clear,
        "guards": [hit.guard.id for hit in one.guards],
        "denied": one.negation is not None,
        "imitation": one.imitation is not None,
        "near": sorted(one.cues),
    }


def _place(evidence: Evidence, start: int, end: int) -> dict[str, Any]:
    """Offsets in the text as given (the empty title and its field break stand before it)."""
    first, last = evidence.folded.span(start, end)
    return {"start": first - 1, "end": last - 1, "text": evidence.folded.stored[first:last]}

"""The linter: reads every line of a lexicon folder and names all mistakes, not only the first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from classifiers.lexicon import CUE_COLUMNS, EMOJI_COLUMNS, GUARD_COLUMNS, TERM_COLUMNS, shipped_lexicon
from classifiers.lexicons.cells import Known, check_cells, known_taxa
from classifiers.lexicons.findings import Finding, about, broken
from classifiers.lexicons.overlaps import check_guards, check_overlaps, place
from classifiers.lexicons.wording import check_wording
from classifiers.tables import Row, read_table
from wildtrade.errors import ConfigError

ACCEPTED_COLUMNS = ("rule", "subject", "reason")


@dataclass
class _Files:
    """The rows of one folder, and what could not be read."""

    terms: list[Row] = field(default_factory=list)
    cues: list[Row] = field(default_factory=list)
    guards: list[Row] = field(default_factory=list)
    emoji: list[Row] = field(default_factory=list)
    sources: list[Row] = field(default_factory=list)
    accepted: list[Row] = field(default_factory=list)
    broken: list[Finding] = field(default_factory=list)

    @classmethod
    def read(cls, folder: Path) -> _Files:
        files = cls()
        for path in sorted((folder / "terms").glob("*.csv")):
            files.terms += files._rows(path, TERM_COLUMNS)
        files.cues = [row for name in ("cues.csv", "topics.csv") for row in files._rows(folder / name, CUE_COLUMNS)]
        files.guards = files._rows(folder / "guards.csv", GUARD_COLUMNS)
        files.emoji = files._rows(folder / "emoji.csv", EMOJI_COLUMNS)
        files.sources = files._rows(folder / "sources.csv", ("key", "reference"))
        files.accepted = files._rows(folder / "accepted.csv", ACCEPTED_COLUMNS)
        return files

    def _rows(self, path: Path, columns: Sequence[str]) -> list[Row]:
        def note(error: ConfigError) -> None:
            self.broken.append(broken(error))

        rows: list[Row] = []
        try:
            if path.is_file():
                rows.extend(read_table(path, columns, note))
        except ConfigError as error:
            note(error)
        return rows


@dataclass(frozen=True)
class Report:
    """All findings in file order, and how many warnings ``accepted.csv`` explains."""

    findings: tuple[Finding, ...]
    entries: int
    accepted: int

    @property
    def errors(self) -> int:
        """How many must be mended."""
        return sum(finding.level == "error" for finding in self.findings)


def lint(folder: Path, beside: Path | None = None, ordinary: Iterable[str] = ()) -> Report:
    """Check a lexicon folder: a whole one, or entries that lie ``beside`` another (the shipped one).

    ``ordinary`` are words of everyday adverts (``ModelFiles.ordinary_words``).
    """
    files = _Files.read(folder)
    base = _Files.read(beside) if beside is not None else _Files()
    sources = {row.cells["key"] for row in (*base.sources, *files.sources)}
    known = Known(known_taxa(), sources, frozenset(ordinary))
    found = [*files.broken, *_rows_alone(files, known), *_rows_together(files, base, known)]
    own = {place(row) for row in (*files.terms, *files.cues, *files.guards, *files.emoji)}
    accepted = {(row.cells["rule"], row.cells["subject"]) for row in files.accepted}
    kept = [one for one in found if one.level == "error" or (one.rule, one.subject) not in accepted]
    explained = len(found) - len(kept)
    used = {(one.rule, one.subject) for one in found if one.level == "warning"}
    kept += [_stale(row) for row in files.accepted if (row.cells["rule"], row.cells["subject"]) not in used]
    kept.sort(key=lambda one: (one.file, one.line or 0, one.rule))
    return Report(tuple(kept), len(own), explained)


def _rows_alone(files: _Files, known: Known) -> Iterator[Finding]:
    for row in (*files.terms, *files.cues):
        yield from check_wording(row) if "strength" in row.cells else _cue_wording(row)
    for row in (*files.terms, *files.cues, *files.guards, *files.emoji):
        yield from check_cells(row, known)
    for row in files.guards:
        yield from _numbers(row)


def _cue_wording(row: Row) -> Iterator[Finding]:
    yield from check_wording(Row(row.file, row.line, {**row.cells, "strength": "code"}))


def _numbers(row: Row) -> Iterator[Finding]:
    if not row.cells["window"].isdecimal():
        yield about(
            row, "window", "error", "not_a_number", "window is not a whole number", "write 0 or a number of tokens"
        )
    try:
        heavy = not -4 <= float(row.cells["weight"]) < 0
    except ValueError:
        heavy = True
    if heavy:
        yield about(row, "weight", "error", "weight", "weight is not between -4 and 0", "write a number such as -1.5")


def _rows_together(files: _Files, base: _Files, known: Known) -> Iterator[Finding]:
    terms = [*base.terms, *files.terms]
    own = {(row.file, row.line) for row in (*files.terms, *files.guards)}
    groups = {row.file.stem for row in terms}
    together = (
        *check_overlaps(terms, known.ordinary),
        *check_guards([*base.guards, *files.guards], terms, groups),
        *_repeated(files.cues, ("term", "language", "kind")),
        *_repeated([*base.guards, *files.guards], ("id",)),
    )
    own_files = {str(file) for file, _ in own} | {str(row.file) for row in files.cues}
    # What the shipped lexicon says about itself is not this folder's business.
    yield from (finding for finding in together if finding.file in own_files)


def _repeated(rows: Sequence[Row], columns: Sequence[str]) -> Iterator[Finding]:
    seen: dict[tuple[str, ...], Row] = {}
    for row in rows:
        key = tuple(row.cells[column].casefold() for column in columns)
        if key in seen:
            problem = f"{row.cells[columns[0]]!r} stands already in {place(seen[key])}"
            yield about(row, columns[0], "error", "twice", problem, "delete one of the two")
        seen.setdefault(key, row)


def _stale(row: Row) -> Finding:
    problem = f"no warning {row.cells['rule']!r} about {row.cells['subject']!r} any more"
    return Finding(
        str(row.file), row.line, None, "warning", "stale_acceptance", row.cells["subject"], problem, "delete the line"
    )  # fmt: skip


def lint_shipped() -> Report:
    """Check the shipped lexicon."""
    return lint(shipped_lexicon(), ordinary=ordinary_words())


def lint_own(folder: Path) -> Report:
    """Check entries that lie beside the shipped lexicon."""
    return lint(folder, shipped_lexicon(), ordinary_words())


def ordinary_words() -> frozenset[str]:
    """Words of everyday adverts, as the shipped model was trained with."""
    from classifiers.model_files import ModelFiles, shipped_model

    return ModelFiles.read(shipped_model()).ordinary_words

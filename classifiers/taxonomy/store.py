"""An imported list as one SQLite file in the workspace, built beside the old one and swapped in whole."""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from classifiers.cites import Listing
from classifiers.taxonomy.speciesplus import IndexRow, read_export
from wildtrade.errors import ParseError, StorageError, UsageError

FOLDER = Path("data") / "taxa"  # in the workspace
FILE_NAME = "checklist.sqlite"
ATTRIBUTION = "UNEP-WCMC, Species+ / CITES Secretariat; non-commercial use, with attribution"
_VERSION = 1
_BATCH = 1_000
_SCHEMA = """
CREATE TABLE manifest (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
CREATE TABLE taxon (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, rank TEXT NOT NULL, appendix TEXT NOT NULL, author TEXT NOT NULL,
    kingdom TEXT NOT NULL, family TEXT NOT NULL, "order" TEXT NOT NULL, parties TEXT NOT NULL,
    note INTEGER NOT NULL REFERENCES note
);
CREATE TABLE name (taxon INTEGER NOT NULL REFERENCES taxon, language TEXT NOT NULL, text TEXT NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What was imported: file name and SHA-256 of its bytes, date of the list and of the import (ISO), sizes."""

    source: str
    sha256: str
    list_date: str
    imported_at: str
    taxa: int
    synonyms: int
    common_names: int
    attribution: str = ATTRIBUTION

    @property
    def title(self) -> str:
        """How a fact names the list it was read from."""
        return f"{self.source}, list of {self.list_date}"


@dataclass(frozen=True, slots=True)
class StoredTaxon:
    """One taxon of the imported list, as stored."""

    id: int
    name: str
    rank: str
    appendix: str
    family: str
    order: str
    parties: str
    annotation: str


def import_list(source: Path, folder: Path, list_date: date | None = None) -> Manifest:
    """Read an export into ``folder``. The list in use stays until the new one is complete.

    ``list_date`` is the day the list is valid from; without it the date in the file name is taken.
    Raises UsageError where neither tells, ParseError for a bad file, StorageError where the folder cannot be written.
    """
    day = list_date or _date_in(source)
    draft = folder / f"{FILE_NAME}.new"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        draft.unlink(missing_ok=True)
        with closing(sqlite3.connect(draft)) as database:
            manifest = _fill(database, source, day)
        draft.replace(folder / FILE_NAME)
    except (OSError, sqlite3.OperationalError) as error:
        raise StorageError(f"cannot write the list: {error}", file=str(draft), fix="free or open the folder") from error
    finally:
        draft.unlink(missing_ok=True)
    return manifest


def _date_in(source: Path) -> date:
    found = re.search(r"(\d{4})[-_.]?(\d\d)[-_.]?(\d\d)", source.name)
    try:
        if found:
            return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        pass
    fix = "say which day the list is of: --list-date YYYY-MM-DD (it stands on the download page)"
    raise UsageError("the file name holds no date of the list", file=str(source), fix=fix)


def _fill(database: sqlite3.Connection, source: Path, day: date) -> Manifest:
    database.executescript(_SCHEMA)
    writer = _Writer(database)
    for row in read_export(source):
        writer.add(row, source)
    writer.flush()
    if not writer.ids:
        raise ParseError("holds no taxon", file=str(source), line=1, fix="the export is empty: make it again")
    manifest = Manifest(
        source=source.name,
        sha256=_sha256(source),
        list_date=day.isoformat(),
        imported_at=datetime.now(UTC).isoformat(timespec="seconds"),
        taxa=len(writer.ids),
        synonyms=writer.synonyms,
        common_names=writer.common_names,
    )
    facts = {**asdict(manifest), "version": _VERSION}
    database.executemany("INSERT INTO manifest VALUES (?, ?)", [(key, str(value)) for key, value in facts.items()])
    database.commit()
    return manifest


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


class _Writer:
    """Collects rows and writes them in batches; several lines of one taxon (one for each Appendix) become one."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._notes: dict[str, int] = {}
        self._appendices: dict[str, set[str]] = defaultdict(set)
        self._names: list[tuple[int, str, str]] = []
        self.ids: dict[str, int] = {}
        self.synonyms = self.common_names = 0

    def add(self, row: IndexRow, source: Path) -> None:
        """Store one line of the list."""
        again = row.name in self.ids
        self._appendices[row.name].update(filter(None, row.appendix.split("/")))
        if again:
            self._join(row)
            return
        number = self.ids[row.name] = len(self.ids) + 1
        values = (number, row.name, row.rank, row.appendix, row.author, row.kingdom, row.family, row.order, row.parties)
        self._database.execute("INSERT INTO taxon VALUES (?,?,?,?,?,?,?,?,?,?)", (*values, self._note(row.annotation)))
        self._names += [(number, "la", name) for name in dict.fromkeys(row.synonyms) if name != row.name]
        self.synonyms += len(row.synonyms)
        for language, names in row.names.items():
            self._names += [(number, language, name) for name in names]
            self.common_names += len(names)
        if len(self._names) > _BATCH:
            self.flush()

    def _join(self, row: IndexRow) -> None:
        together = "/".join(sorted(self._appendices[row.name], key=len))
        parties = "parties || CASE WHEN parties <> '' AND ? <> '' THEN ', ' ELSE '' END || ?"
        statement = f"UPDATE taxon SET appendix = ?, parties = {parties} WHERE id = ?"  # noqa: S608 no outside text
        self._database.execute(statement, (together, row.parties, row.parties, self.ids[row.name]))

    def _note(self, text: str) -> int:
        if text not in self._notes:
            self._notes[text] = len(self._notes) + 1
            self._database.execute("INSERT INTO note VALUES (?, ?)", (self._notes[text], text))
        return self._notes[text]

    def flush(self) -> None:
        """Write what is waiting."""
        self._database.executemany("INSERT INTO name VALUES (?,?,?)", self._names)
        self._names.clear()


class ImportedList:
    """A list imported before: its manifest, taxa and names."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            with self._open() as database:
                facts = dict(database.execute("SELECT key, value FROM manifest"))
        except sqlite3.DatabaseError as error:
            fix = "import the list again: wildtrade taxa import FILE"
            raise StorageError(f"cannot be read: {error}", file=str(path), fix=fix) from error
        if facts.pop("version", None) != str(_VERSION):
            raise StorageError("was made by another version", file=str(path), fix="import the list again")
        self.manifest = _manifest(facts)

    @classmethod
    def find(cls, folder: Path | None) -> ImportedList | None:
        """The list imported into a folder; None where there is none."""
        path = folder / FILE_NAME if folder else None
        return cls(path) if path and path.is_file() else None

    def _open(self) -> closing[sqlite3.Connection]:
        return closing(sqlite3.connect(f"{self._path.resolve().as_uri()}?mode=ro", uri=True))

    def taxa(self) -> Iterator[StoredTaxon]:
        """All taxa, in the order of the file."""
        columns = 'taxon.id, name, rank, appendix, family, "order", parties, text'
        with self._open() as database:
            for row in database.execute(f"SELECT {columns} FROM taxon JOIN note ON note.id = note ORDER BY 1"):  # noqa: S608
                yield StoredTaxon(*row)

    def names(self) -> Iterator[tuple[int, str, str]]:
        """(taxon id, language, name) of synonyms ("la") and common names."""
        with self._open() as database:
            yield from database.execute("SELECT taxon, language, text FROM name")

    def facts(self, taxa: list[StoredTaxon]) -> Iterator[Listing]:
        """The statuses of the list as dated facts, in force on the day of the list or earlier."""
        day = date.fromisoformat(self.manifest.list_date)
        for taxon in taxa:
            yield Listing(
                taxon=taxon.name,
                rank=taxon.rank,
                appendix=taxon.appendix or None,
                in_force=day,
                list_date=self.manifest.list_date,
                annotation=taxon.annotation,
                source=self.manifest.title,
                confidence="imported list",
                members=_of_members(taxon),
                parties=taxon.parties,
            )


def _manifest(facts: dict[str, str]) -> Manifest:
    texts = {key: facts[key] for key in ("source", "sha256", "list_date", "imported_at", "attribution")}
    return Manifest(
        **texts,
        taxa=int(facts["taxa"]),
        synonyms=int(facts["synonyms"]),
        common_names=int(facts["common_names"]),
    )


def _of_members(taxon: StoredTaxon) -> str:
    """What an unnamed member gets: the list names those that stand in another Appendix than the group."""
    parts = taxon.appendix.split("/")
    if taxon.rank in ("species", "subspecies", "variety"):
        return ""
    return "II" if "II" in parts else parts[0] if len(parts) == 1 else ""


def parents(taxa: list[StoredTaxon]) -> dict[str, str]:
    """The wider group of each taxon of the list."""
    above: dict[str, str] = {}
    for taxon in taxa:
        words = taxon.name.split()
        if len(words) > 1:
            above[taxon.name] = words[0] if len(words) == 2 else " ".join(words[:2])
        genus = "" if taxon.rank in ("family", "order", "subfamily") else words[0]
        if genus and taxon.family:
            above[genus] = taxon.family
        if taxon.family and taxon.order:
            above[taxon.family] = taxon.order
    return above

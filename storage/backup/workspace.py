"""A backup of a workspace: database and evidence as they were at one moment, and whether one holds."""

from __future__ import annotations

import json
import shutil
import tempfile
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from storage.backup.database import back_up
from storage.backup.server import restore_server
from storage.custody import CustodyLog
from storage.custody.chain import Chain
from storage.custody.files import digest_of
from storage.custody.keys import KEYS
from storage.custody.log import FOLDER, LOCK, NAME
from storage.custody.report import Report
from storage.custody.verify import Trust, verify_folder
from storage.database import Database, open_database
from storage.models import AuditRow, CaptureRow, CaseRow, DecisionRow, Exhibit, ListingRow, PageCapture, utcnow
from storage.verify import verify_captures
from wildtrade.errors import ConfigError, StorageError
from wildtrade.output import to_json

MANIFEST, EVIDENCE = "backup.json", "evidence"
_COUNTED = (ListingRow, CaptureRow, PageCapture, DecisionRow, AuditRow, CaseRow, Exhibit)
_CHUNK = 2**20


@dataclass(kw_only=True)
class Checked:
    """What a check of a backup found; ``problems`` are sentences."""

    made_at: datetime
    counts: dict[str, int]
    anchor: str
    problems: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.problems


def back_up_workspace(database: Database, log: CustodyLog, folder: Path) -> Path:
    """Write a new folder into ``folder``: the database, then the evidence up to where the log stands, then a manifest.

    Crawls may go on meanwhile. The signing key stays out: whoever finds a backup must not sign with it. Raises
    StorageError; a folder without manifest was not finished.
    """
    target = folder / f"wildtrade-{utcnow():%Y%m%dT%H%M%SZ}"
    try:
        target.mkdir(parents=True)
        with database.session(read_only=True) as session:
            counts = _counts(session)  # rows are only ever added: the copy has at least these
        copy = back_up(database.engine, target)
        # Evidence and log are written before rows: what the log says from now on covers every row of the copy.
        anchor = _copy_evidence(log, target / EVIDENCE)
        said = {"made_at": utcnow(), "database": copy.name, "sha256": digest_of(copy), "counts": counts}
        (target / MANIFEST).write_text(to_json({**said, "anchor": anchor}, indent=1), encoding="utf-8")
    except OSError as error:
        fix = "free some space, or name a folder that is yours"
        raise StorageError(f"the backup failed: {error.strerror}", file=str(target), fix=fix) from error
    return target


def _copy_evidence(log: CustodyLog, target: Path) -> str:
    state = log.state()
    _copy(log.path, target / FOLDER / NAME, state.size)
    chain = Chain(f"{FOLDER}/{NAME}", Report())
    chain.read(target / FOLDER / NAME, state.size)
    keys = [f"{FOLDER}/{KEYS}/{name}.pub" for name in chain.keys]
    for name in (*chain.named, *keys):
        with suppress(FileNotFoundError):  # verify will name it
            _copy(log.evidence / name, target / name)
    for name, table in chain.tables.items():
        _copy(log.evidence / name, target / name, max((place.end for place in table), default=0))
    (target / FOLDER / LOCK).touch()
    return state.anchor


def _copy(source: Path, target: Path, size: int | None = None) -> None:
    """Copy a file, or its first ``size`` bytes."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with source.open("rb") as old, target.open("wb") as new:
        left = size
        while data := old.read(_CHUNK if left is None else min(_CHUNK, left)):
            new.write(data)
            left = None if left is None else left - len(data)


def _counts(session: Session) -> dict[str, int]:
    return {model.__tablename__: session.scalar(select(func.count()).select_from(model)) or 0 for model in _COUNTED}


def check_backup(folder: Path, trust: Trust | None = None) -> Checked:
    """Read a backup again: the database's hash and counts, each record of evidence, the chain, rows against records.

    A database of a server is a dump: of it only the hash is checked. Raises ConfigError where this is no whole backup.
    """
    said = _manifest(folder)
    made_at = datetime.fromisoformat(said["made_at"])
    checked = Checked(made_at=made_at, counts=said["counts"], anchor=said["anchor"])
    trust = trust or Trust()
    trust = replace(trust, anchor=trust.anchor or said["anchor"])
    copy = folder / said["database"]
    if not copy.is_file() or digest_of(copy) != said["sha256"]:
        checked.problems.append(f"{copy.name} is missing or not what was written")
        report = verify_folder(folder / EVIDENCE, trust).report
    elif copy.suffix != ".db":
        checked.notices.append(f"{copy.name} is a dump of a server: only its hash was checked")
        report = verify_folder(folder / EVIDENCE, trust).report
    else:
        report = _check_with_rows(copy, folder / EVIDENCE, trust, checked)
    checked.problems += [str(one) for one in report.problems]
    checked.notices += report.notices
    return checked


def _manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    try:
        said: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        fix = "name a folder that `wildtrade backup` has finished"
        raise ConfigError("this is no whole backup", file=str(path), fix=fix) from error
    return said


def _check_with_rows(copy: Path, evidence: Path, trust: Trust, checked: Checked) -> Report:
    """Count the rows of a copied database and hold them against the evidence."""
    with tempfile.TemporaryDirectory(prefix="wildtrade-") as aside:  # opening a database writes to its file
        opened = shutil.copyfile(copy, Path(aside, copy.name))
        with closing(open_database(f"sqlite:///{opened}")) as database:
            report, short = _with_rows(database, evidence, trust, checked.counts)
    checked.problems += short
    return report


def _with_rows(database: Database, evidence: Path, trust: Trust, counts: dict[str, int]) -> tuple[Report, list[str]]:
    """What verifying says, and which tables have fewer rows than were counted."""
    with database.session(read_only=True) as session:
        found = _counts(session)
    short = [
        f"{name} has {found.get(name, 0)} rows, {number} were counted"
        for name, number in counts.items()
        if found.get(name, 0) < number
    ]
    return verify_captures(database, evidence, trust).report, short


def restore(folder: Path, target: Path, url: str = "") -> list[str]:
    """Bring a checked backup back into a new folder: ``data/wildtrade.db`` and ``data/evidence``; the dump of a server
    goes into the empty database at ``url``. Returns what is wrong with what came back.

    Raises ConfigError where something lies there already, or the backup is a dump and no database was named.
    """
    said = _manifest(folder)
    data = target / "data"
    if (data / EVIDENCE).exists() or (data / "wildtrade.db").exists():
        raise ConfigError("there is data already; nothing is written over", file=str(data), fix="name a new folder")
    copy = folder / said["database"]
    if bool(url) == (copy.suffix == ".db"):
        fix = "name an empty database with --database" if not url else "leave --database out"
        what = "of a database server" if not url else "a SQLite file"
        raise ConfigError(f"this backup is {what}", file=str(folder), fix=fix)
    if url:
        restore_server(copy, url)
    data.mkdir(parents=True, exist_ok=True)
    shutil.copytree(folder / EVIDENCE, data / EVIDENCE)
    if not url:
        shutil.copyfile(copy, data / "wildtrade.db")
    with closing(open_database(url or f"sqlite:///{data / 'wildtrade.db'}")) as database:
        report, short = _with_rows(database, data / EVIDENCE, Trust(anchor=said["anchor"]), said["counts"])
    return [*short, *map(str, report.problems)]

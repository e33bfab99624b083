"""A copy of the whole database in one file, checked after it is written."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import URL, Engine

from storage.backup.dump import dump_tables
from wildtrade.errors import StorageError


def back_up(engine: Engine, folder: Path) -> Path:
    """Write a checked copy of the database into ``folder`` and return its path.

    SQLite: a database file. PostgreSQL: ``pg_dump``'s custom format where that program fits the server, else a zip
    with one CSV per table (see ``storage.backup.dump``). Raises StorageError; an unfinished copy is removed.
    """
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    if engine.url.get_backend_name() == "sqlite":
        return _finish(folder / f"wildtrade-{stamp}.db", lambda path: _copy_sqlite(engine.url, path))
    dump = folder / f"wildtrade-{stamp}.dump"
    if shutil.which("pg_dump"):
        try:
            return _finish(dump, lambda path: _pg_dump(engine.url, path))
        except StorageError:
            pass  # often only a pg_dump older than the server; our own dump needs no other program
    return _finish(folder / f"wildtrade-{stamp}.zip", lambda path: dump_tables(engine, path))


def _finish(path: Path, write: Callable[[Path], None]) -> Path:
    partial = path.with_suffix(path.suffix + ".partial")
    try:
        write(partial)
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        return partial.rename(path)
    except (OSError, sqlite3.Error, subprocess.SubprocessError) as error:
        partial.unlink(missing_ok=True)
        fix = "check free space and rights of the backup folder; nothing was migrated"
        raise StorageError(f"the backup failed: {error}", file=str(path), fix=fix) from error


def _copy_sqlite(url: URL, path: Path) -> None:
    with closing(sqlite3.connect(url.database or "")) as source, closing(sqlite3.connect(path)) as copy:
        source.backup(copy)
        problems = copy.execute("PRAGMA integrity_check").fetchone()[0]
        if problems != "ok":
            raise sqlite3.DatabaseError(f"the copy is damaged: {problems}")
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, nothing beside it


def _pg_dump(url: URL, path: Path) -> None:
    words = ["pg_dump", "--format=custom", "--no-owner", f"--file={path}", "--no-password"]
    words.append(f"--dbname={url.set(drivername='postgresql', password=None).render_as_string()}")
    secret = {"PGPASSWORD": url.password} if url.password else {}  # an argument would show in the process list
    done = subprocess.run(words, env=os.environ | secret, capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(done.stderr.strip() or f"pg_dump ended with {done.returncode}")
    subprocess.run(["pg_restore", "--list", str(path)], capture_output=True, check=True)

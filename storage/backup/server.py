"""Bringing the dump of a PostgreSQL database back into an empty one."""

from __future__ import annotations

import json
import os
import subprocess
import zipfile
from contextlib import closing
from pathlib import Path

from sqlalchemy import make_url

from storage.backup.dump import restore_tables
from storage.database import open_database
from storage.migrate import current, upgrade
from storage.migrations import HEAD
from wildtrade.errors import ConfigError, StorageError


def restore_server(dump: Path, url: str) -> None:
    """Fill the empty database at ``url`` from a dump that ``back_up`` wrote.

    Raises ConfigError where the database holds something already or the dump is of another schema, StorageError where
    the server or ``pg_restore`` refuses.
    """
    if current(url) is not None:
        raise ConfigError("this database is in use; nothing is written over", file=_shown(url), fix="name an empty one")
    if dump.suffix == ".zip":
        _fill(dump, url)
    else:
        _pg_restore(dump, url)


def _fill(dump: Path, url: str) -> None:
    with zipfile.ZipFile(dump) as archive:
        revision = json.loads(archive.read("manifest.json"))["revision"]
    if revision != HEAD:
        fix = "restore it with the version of wildtrade that wrote it, then `wildtrade migrate`"
        raise ConfigError(f"the dump has schema {revision}, this program {HEAD}", file=str(dump), fix=fix)
    upgrade(url, dump.parent)
    with closing(open_database(url)) as database, database.engine.begin() as connection:
        restore_tables(connection, dump)


def _pg_restore(dump: Path, url: str) -> None:
    parts = make_url(url)
    plain = parts.set(drivername="postgresql", password=None).render_as_string()
    words = ["pg_restore", "--exit-on-error", "--no-owner", "--no-password", "--single-transaction"]
    secret = {"PGPASSWORD": parts.password} if parts.password else {}  # an argument would show in the process list
    try:
        words += [f"--dbname={plain}", str(dump)]
        done = subprocess.run(words, env=os.environ | secret, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        fix = "install the client programs of PostgreSQL (postgresql-client)"
        raise StorageError("the program pg_restore is not here", file=str(dump), fix=fix) from error
    if done.returncode:
        fix = "use a pg_restore that is no older than the server; the database is as it was"
        raise StorageError(f"pg_restore: {done.stderr.strip()[-300:]}", file=str(dump), fix=fix)


def _shown(url: str) -> str:
    return make_url(url).render_as_string(hide_password=True)

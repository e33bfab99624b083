"""One door to the database: an engine per URL, one transaction per session, errors a person can act on."""

from __future__ import annotations

import json
import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from storage.errors import MIGRATE, translated
from storage.migrations import HEAD, REVISIONS
from wildtrade.errors import ConfigError

BUSY_SECONDS = 30
_GIVE_WAY, _LONGEST_WAY = 4.0, 1.0  # times as long as the transaction took, seconds
_READ_ONLY = "wildtrade_read_only"
_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")
_SURROGATE = re.compile("[\ud800-\udfff]")


class Database:
    """The database behind one URL. Threads may share it; each ``session()`` has its own connection."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @property
    def name(self) -> str:
        """The URL without its password, for messages."""
        return self.engine.url.render_as_string(hide_password=True)

    @contextmanager
    def session(self, *, read_only: bool = False) -> Iterator[Session]:
        """One transaction: committed when the block ends, rolled back when it raises.

        A read-only session sees one state of the database and never waits for a writer. Raises StorageError
        where the database is locked, full, read-only or unreachable.
        """
        options = {_READ_ONLY: True, "postgresql_readonly": True} if read_only else {}
        with translated(self.name), Session(self.engine, expire_on_commit=False) as session, session.begin():
            if options:
                session.connection(execution_options=options)
            yield session

    @contextmanager
    def aside(self) -> Iterator[Session]:
        """A transaction of a job that runs beside people's work, one of many small ones. Afterwards it gives way for
        four times as long as it took, so that nobody waits for the whole job to let go of lock or processor."""
        began = time.monotonic()
        with self.session() as session:
            yield session
        time.sleep(min(_GIVE_WAY * (time.monotonic() - began), _LONGEST_WAY))

    def close(self) -> None:
        """Give back all connections."""
        self.engine.dispose()


def open_database(url: str) -> Database:
    """Open an existing database of exactly this version.

    Raises ConfigError where it does not exist yet or its schema is older or newer than this program, StorageError
    where it cannot be reached or is no database.
    """
    database = Database(make_engine(url))
    path = sqlite_path(database.engine.url)
    if path is not None and not path.is_file():
        raise ConfigError("there is no database yet", file=str(path), fix=MIGRATE)
    try:
        with translated(database.name), database.engine.connect() as connection:
            check_revision(revision_of(connection), database.name)
    except BaseException:
        database.close()
        raise
    return database


def revision_of(connection: Connection) -> str | None:
    """The schema revision of a database; None for one without tables of ours."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def check_revision(found: str | None, name: str) -> None:
    """Raise ConfigError unless the schema is this program's."""
    if found == HEAD:
        return
    if found is None:
        raise ConfigError("the database has no tables yet", file=name, fix=MIGRATE)
    if found in REVISIONS:
        raise ConfigError(f"the database has schema {found}, this program needs {HEAD}", file=name, fix=MIGRATE)
    raise ConfigError(
        f"the database has schema {found}, which is newer than this program ({HEAD})",
        file=name,
        fix="update wildtrade, or restore the backup made before the migration",
    )


def make_engine(url: str) -> Engine:
    """An engine with this house's settings for its kind of database. Raises ConfigError for a URL that is neither
    ``sqlite:///FILE`` nor ``postgresql://...``. Nothing is opened yet."""
    parsed = _parse(url)
    engine = create_engine(parsed, json_serializer=dump_json, pool_pre_ping=parsed.get_backend_name() != "sqlite")
    if parsed.get_backend_name() == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "connect", _prepare_postgresql)
    return engine


def sqlite_path(url: URL) -> Path | None:
    """The file of an SQLite URL; None for a server."""
    return Path(url.database or "") if url.get_backend_name() == "sqlite" else None


def _parse(url: str) -> URL:
    fix = "use sqlite:///data/wildtrade.db or postgresql://user@host/database"
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
    except (ArgumentError, NoSuchModuleError, ValueError) as error:
        raise ConfigError("not a database URL", field="storage.database", fix=fix) from error
    if backend == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if backend == "sqlite" and parsed.database not in (None, "", ":memory:"):
        return parsed.set(drivername="sqlite+pysqlite").update_query_dict({"timeout": str(BUSY_SECONDS)})
    raise ConfigError(f"{backend} is not supported here", field="storage.database", fix=fix)


def _prepare_sqlite(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # the driver's own BEGIN would come too late; ours is below
    _use_wal(connection)
    for pragma in ("foreign_keys=ON", "synchronous=FULL", "cache_size=-32000"):
        connection.execute(f"PRAGMA {pragma}")


def _prepare_postgresql(connection: Any, _entry: ConnectionPoolEntry) -> None:
    """Plans are made for the values at hand: one for all words would read a million texts to find a rare one."""
    connection.execute("SET plan_cache_mode = force_custom_plan")
    connection.commit()


def _use_wal(connection: sqlite3.Connection) -> None:
    """Two processes that open a new file at once: SQLite itself does not wait for this step."""
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    read_only = connection.get_execution_options().get(_READ_ONLY, False)
    connection.exec_driver_sql(f"PRAGMA query_only={'ON' if read_only else 'OFF'}")
    # A writer takes its lock at once: upgrading a read lock later can deadlock.
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


def clean_text(value: str) -> str:
    """Text every database takes: NUL and lone surrogates become U+FFFD, one for one, so that spans still fit."""
    if value.isascii() and "\0" not in value:
        return value
    return _SURROGATE.sub("\ufffd", value).replace("\0", "\ufffd")


def dump_json(value: Any) -> str:
    """JSON text that every database takes (see ``clean_text``)."""
    return clean_text(_NUL.sub("\\1\ufffd", json.dumps(value, ensure_ascii=False, separators=(",", ":"))))

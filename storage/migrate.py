"""Bring a database to this program's schema: back it up, then migrate, in one transaction."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, inspect

from storage.backup.database import back_up
from storage.database import make_engine, revision_of, sqlite_path
from storage.dialects import lock_name
from storage.errors import translated
from storage.migrations import HEAD, REVISIONS
from wildtrade.errors import ConfigError, StorageError


def upgrade(url: str, backups: Path) -> str:
    """Create the database of ``url``, or migrate it to this program's schema. Returns the revision.

    A database that already holds tables is first written to ``backups``; where that fails nothing is migrated.
    Raises StorageError or ConfigError.
    """
    engine = make_engine(url)
    path = sqlite_path(engine.url)
    name = engine.url.render_as_string(hide_password=True)
    try:
        if path is not None:
            _make_folder(path.parent)
        with translated(name):
            if _pending(engine):
                _back_up_tables(engine, backups)
                with engine.begin() as connection:
                    _migrate(connection)
    finally:
        engine.dispose()
    return HEAD


def current(url: str) -> str | None:
    """The schema revision of a database as it is; None where there is none yet. Nothing is created."""
    engine = make_engine(url)
    path = sqlite_path(engine.url)
    if path is not None and not path.is_file():
        return None
    try:
        with translated(engine.url.render_as_string(hide_password=True)), engine.connect() as connection:
            return revision_of(connection)
    finally:
        engine.dispose()


def alembic_config(connection: Connection) -> Config:
    """Alembic's settings for one open connection; the scripts lie in this package, also in a wheel."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _pending(engine: Engine) -> bool:
    with engine.connect() as connection:
        found = revision_of(connection)
    if found is not None and found not in REVISIONS:
        raise ConfigError(
            f"the database has schema {found}, which is newer than this program ({HEAD})", fix="update wildtrade"
        )
    return found != HEAD


def _back_up_tables(engine: Engine, backups: Path) -> None:
    with engine.connect() as connection:
        empty = not inspect(connection).get_table_names()
    if not empty:
        _make_folder(backups)
        back_up(engine, backups)


def _migrate(connection: Connection) -> None:
    lock_name(connection, "migrate")
    command.upgrade(alembic_config(connection), "head")


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"cannot make this folder: {error.strerror}", file=str(folder), fix="name another"
        ) from error

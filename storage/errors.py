"""What a database says in its own words, said again for the person who must mend it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from wildtrade.errors import ConfigError, StorageError, WildtradeError

MIGRATE = "run `wildtrade migrate`"

# (words in the driver's message, what it means, what to do); the first that fits is used.
_MEANINGS = (
    (
        "database is locked",
        "the database is locked by another process",
        "wait for the other command to end, then retry",
    ),
    ("disk is full", "the disk is full", "free some space; nothing stored so far is lost"),
    ("no space left", "the disk is full", "free some space; nothing stored so far is lost"),
    ("disk i/o error", "the disk cannot be written or read", "check free space and the health of the disk"),
    ("readonly database", "the database is read-only", "give this user the right to write the file and its folder"),
    ("read-only transaction", "the database is read-only", "connect to a server that accepts writes"),
    (
        "unable to open database file",
        "the database file cannot be opened",
        "check that its folder is there, ours, with free space",
    ),
    ("not a database", "this file is not a database", "name another file in wildtrade.toml, or restore a backup"),
    ("malformed", "the database file is damaged", "restore the newest backup"),
    ("password authentication failed", "the server refused the password", "correct the user and password of the URL"),
    ("no password supplied", "the server wants a password", "set it in WILDTRADE_DATABASE_URL"),
    ("does not exist", "the server has no such database, role or table", "create it, then run `wildtrade migrate`"),
    ("no such table", "the database has no tables yet", MIGRATE),
    ("no such column", "the database has another schema", MIGRATE),
    ("too many connections", "the server has no free connection", "raise max_connections or stop other programs"),
    ("lock timeout", "the database is locked by another process", "wait for the other command to end, retry"),
)
_UNREACHABLE = ("the database server cannot be reached", "check that it runs and that host and port are right")
_RETRY = frozenset({"40001", "40P01"})


@contextmanager
def translated(name: str) -> Iterator[None]:
    """Turn operational errors of the driver into StorageError; ``name`` is the URL without its password.

    Errors of one row (a broken constraint, a value that does not fit) pass through as they are.
    """
    try:
        yield
    except (OperationalError, PoolTimeout) as error:
        if is_conflict(error):
            raise
        raise explain(error, name) from error
    except DBAPIError as error:
        # psycopg files "no such table", read-only and disk-full under other classes than sqlite3 does.
        if sqlstate(error)[:2] in {"25", "3D", "42", "53"} or "not a database" in str(error.orig):
            raise explain(error, name) from error
        raise


def explain(error: Exception, name: str) -> WildtradeError:
    """The clear message for a driver's error."""
    words = str(getattr(error, "orig", error)).strip()
    for sign, message, fix in _MEANINGS:
        if sign in words.lower():
            kind = ConfigError if fix is MIGRATE else StorageError
            return kind(f"{message} ({words.splitlines()[0]})", file=name, fix=fix)
    message, fix = _UNREACHABLE
    return StorageError(f"{message} ({words.splitlines()[0] if words else error})", file=name, fix=fix)


def sqlstate(error: Exception) -> str:
    """PostgreSQL's five-letter code; empty elsewhere."""
    return getattr(getattr(error, "orig", None), "sqlstate", None) or ""


def is_conflict(error: Exception) -> bool:
    """True where two transactions got into each other's way and trying again helps."""
    return sqlstate(error) in _RETRY

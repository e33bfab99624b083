"""The few places where SQLite and PostgreSQL are spelled apart."""

from __future__ import annotations

from sqlalchemy import Connection, Insert, Table, func, select
from sqlalchemy.dialects import postgresql, sqlite


def insert_or_ignore(connection: Connection, table: Table, *unique: str) -> Insert:
    """An INSERT that leaves alone the row that already holds the ``unique`` columns."""
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table).on_conflict_do_nothing(index_elements=unique)
    return postgresql.insert(table).on_conflict_do_nothing(index_elements=unique)


def lock_name(connection: Connection, name: str) -> None:
    """Let only one transaction at a time do what ``name`` stands for. SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))

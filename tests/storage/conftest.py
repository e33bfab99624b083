"""Every storage test that takes ``database`` runs on SQLite and on a real PostgreSQL server."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from storage.database import Database, make_engine, open_database
from storage.migrate import upgrade
from storage.models import Base
from storage.runs import open_run
from tests.storage.helpers import Crawl


@pytest.fixture(scope="session")
def postgres_url(postgres_server: str) -> Iterator[str]:
    """A database of our own on the server, emptied between tests."""
    yield from new_postgres(postgres_server)


@pytest.fixture
def fresh_postgres_url(postgres_server: str) -> Iterator[str]:
    """A database on the server without any table."""
    yield from new_postgres(postgres_server)


def new_postgres(server: str) -> Iterator[str]:
    name = f"wildtrade_{uuid.uuid4().hex[:12]}"
    admin = make_engine(server)
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield make_url(server).set(database=name).render_as_string(hide_password=False)
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database of this version."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/wildtrade.db"
        upgrade(url, tmp_path / "backups")
        return url
    url = request.getfixturevalue("postgres_url")
    upgrade(url, tmp_path / "backups")
    engine = make_engine(url)
    with engine.begin() as connection:
        names = ", ".join(f'"{table.name}"' for table in Base.metadata.sorted_tables)
        connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
    engine.dispose()
    return url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = open_database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def crawl_of() -> Callable[..., Crawl]:
    """Begin a crawl (a new run) in a database."""
    numbers = itertools.count()

    def begin(database: Database, days: float = 0.0) -> Crawl:
        with database.session() as session:
            opened = open_run(session, "market", [], {}, fresh=True)
        return Crawl(database, opened, numbers, days)

    return begin


@pytest.fixture
def crawl(database: Database, crawl_of: Callable[..., Crawl]) -> Crawl:
    return crawl_of(database)

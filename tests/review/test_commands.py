"""``serve`` and ``export`` as a person runs them: messages, exit codes, files whole or not at all."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import signal
import socket
import ssl
import stat
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from sqlalchemy import select

from storage import queue
from storage.database import Database, open_database
from storage.migrate import upgrade
from storage.models import AuditRow
from tests.review.conftest import ask, fill, listing, opinion, store
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
    names = ["data", "out.jsonl", "out.jsonl.manifest.json", "wildtrade.toml"]
    assert sorted(path.name for path in workspace.iterdir()) == names


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
        (["--host", "0.0.0.0"], Exit.USAGE, "--tls"),
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


@contextmanager
def serving(*arguments: str) -> Iterator[dict[str, str]]:
    """``wildtrade serve`` as a person starts it; gives what it tells. Must end without complaints."""
    command = [sys.executable, "-m", "wildtrade", "serve", "--port", "0", "--json", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ) as server:
        assert server.stdout
        try:
            yield json.loads(server.stdout.readline())
        finally:
            server.send_signal(signal.SIGINT)
            _, complaints = server.communicate(timeout=10)
    assert server.returncode == Exit.INTERRUPTED
    assert "Traceback" not in complaints


def test_the_first_start_makes_one_user_who_can_do_everything(workspace: Path) -> None:
    with serving("--as", "mara") as told:
        site = told["url"].rstrip("/").replace("localhost", "127.0.0.1")
        path = urlsplit(told["sign_in"]).path
        assert b"mara" in ask(site, "GET", path)[2]
        form = urlencode({"password": "seven pangolins in a boat"})
        _, headers, _ = ask(site, "POST", path, form, Origin=site)
        cookie = headers["set-cookie"].split(";")[0]
        assert b"Nothing is waiting" in ask(site, "GET", "/queue", Cookie=cookie)[2]
        assert ask(site, "GET", "/admin/users", Cookie=cookie)[0] == 200
    with serving() as told:
        assert told["sign_in"] is None


def test_serve_with_tls(workspace: Path) -> None:
    with serving("--tls", "--host", "0.0.0.0", "--name", "review.office.example") as told:
        port = urlsplit(told["url"]).port
        assert told["url"] == f"https://review.office.example:{port}/"
        file = workspace / "data" / "tls" / "cert.pem"
        kept = ssl.PEM_cert_to_DER_cert(file.read_text(encoding="ascii"))
        assert hashlib.sha256(kept).hexdigest() == told["fingerprint"].replace(":", "").lower()
        assert stat.S_IMODE((file.parent / "key.pem").stat().st_mode) == 0o600
        trusting = ssl.create_default_context(cafile=str(file))
        for name in ("127.0.0.1", "localhost"):
            with urllib.request.urlopen(f"https://{name}:{port}/login", context=trusting, timeout=10) as page:
                assert b"Sign in" in page.read()
        with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
            urllib.request.urlopen(f"https://127.0.0.1:{port}/login", timeout=10)
    with serving("--tls", "--name", "review.office.example") as again:
        assert again["fingerprint"] == told["fingerprint"]
    with serving("--tls", "--name", "another.example") as other:
        assert other["fingerprint"] != told["fingerprint"]


def out(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    """What a command prints as JSON."""
    assert run([*arguments, "--json"]) == Exit.OK
    return json.loads(capsys.readouterr().out)


def test_users(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    added = out(capsys, "users", "add", "Ada", "--role", "admin", "--url", "https://review.example/")
    assert added["link"].startswith("https://review.example/link/")
    out(capsys, "users", "add", "joe", "--role", "reviewer", "--role", "investigator")
    assert [(one["name"], one["roles"]) for one in out(capsys, "users", "list")] == [
        ("Ada", ["admin"]),
        ("joe", ["investigator", "reviewer"]),
    ]
    assert out(capsys, "users", "roles", "joe", "--set", "viewer") == {"roles": ["viewer"]}
    assert "review.decide" in out(capsys, "users", "roles")["reviewer"]
    assert out(capsys, "users", "disable", "JOE")["disabled"]
    assert out(capsys, "users", "list")[1]["disabled_at"]
    assert not out(capsys, "users", "enable", "joe")["disabled"]
    assert out(capsys, "users", "reset-2fa", "joe")["reset"]
    assert "/link/" in out(capsys, "users", "reset-password", "joe")["link"]
    with database_of(workspace).session(read_only=True) as session:
        rows = session.scalars(select(AuditRow).order_by(AuditRow.seq)).all()
    assert {row.actor for row in rows} == {"command line"}
    assert [row.action for row in rows][2:] == [
        "role_change", "user_disable", "user_enable", "second_factor_reset", "password_reset",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["users", "add", "ADA"], Exit.USAGE, "already"),
        (["users", "add", " "], Exit.USAGE, "cannot be used"),
        (["users", "add", "x" * 81], Exit.USAGE, "cannot be used"),
        (["users", "add", "joe", "--role", "king"], Exit.USAGE, "no such role: king"),
        (["users", "add", "joe", "--role", "trainee"], Exit.USAGE, "no such role: trainee"),
        (["users", "disable", "nobody"], Exit.USAGE, "there is no user"),
        (["users", "disable", "ada"], Exit.REFUSED, "nobody could manage users"),
        (["users", "roles", "ada", "--set", "viewer"], Exit.REFUSED, "nobody could manage users"),
        (["token", "new", "--user", "ada", "--scope", "review.decide"], Exit.USAGE, "has no right review.decide"),
        (["token", "new", "--user", "ada", "--scope", "audit.read", "--expires", "soon"], Exit.USAGE, "30d"),
        (["token", "new", "--user", "ada", "--scope", "audit.read", "--expires", "99999d"], Exit.USAGE, "400 days"),
        (["token", "revoke", "7"], Exit.USAGE, "there is no token 7"),
    ],
)
def test_users_and_tokens_say_what_is_wrong(
    workspace: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: Exit, words: str
) -> None:
    assert run(["users", "add", "ada", "--role", "admin"]) == Exit.OK
    capsys.readouterr()
    before = out(capsys, "users", "list")
    assert run(arguments) == code
    assert words in capsys.readouterr().err
    assert out(capsys, "users", "list") == before


def test_tokens(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["users", "add", "ada", "--role", "admin"]) == Exit.OK
    capsys.readouterr()
    made = out(capsys, "token", "new", "--user", "ada", "--scope", "audit.read", "--expires", "2w", "--name", "log")
    assert made["token"].startswith("wt_")
    (listed,) = out(capsys, "token", "list")
    assert (listed["name"], listed["user"], listed["scopes"]) == ("log", "ada", ["audit.read"])
    assert made["token"] not in json.dumps(listed)
    assert out(capsys, "token", "revoke", "1")["revoked"]
    assert out(capsys, "token", "list")[0]["revoked_at"]
    raw = (workspace / "data" / "wildtrade.db").read_bytes()
    assert made["token"].encode() not in raw

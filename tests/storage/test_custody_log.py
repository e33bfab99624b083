"""The custody log: one chain for all who append, and nothing appended to a broken one."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.custody.events import Event
from storage.custody.keys import Signer
from storage.custody.line import canonical, take_apart
from storage.custody.log import CustodyLog
from storage.custody.verify import Trust, verify_folder
from wildtrade.errors import ConfigError, StorageError


@pytest.fixture
def log(tmp_path: Path) -> CustodyLog:
    return CustodyLog(tmp_path / "evidence")


def test_the_first_entry_brings_the_key(log: CustodyLog) -> None:
    line = log.append("decide", "ana", {"listing": 7})
    first, second = [take_apart(raw) for raw in log.path.read_bytes().splitlines()]
    assert (first.entry["action"], first.entry["prev"]) == ("key", "0" * 64)
    assert second.entry["prev"] == first.hash and second.hash == line.hash
    assert second.entry["actor"] == "ana" and second.details == {"listing": 7}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", second.entry["utc"])
    assert stat.S_IMODE(log.key.stat().st_mode) == 0o600
    assert log.key.parent != log.evidence and log.evidence not in log.key.parents
    assert verify_folder(log.evidence).report.ok


def test_anybody_can_check_a_line_with_openssl(log: CustodyLog, tmp_path: Path) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    log.append("decide", "ana", {"note": 'say "sig"\n\u2028 and so on'})
    raw = log.path.read_text(encoding="utf-8").split("\n")[1]
    match = re.fullmatch(r'\{"entry":(.*),"sig":"([0-9a-f]+)"\}', raw)
    assert match is not None
    (tmp_path / "entry").write_text(match[1], encoding="utf-8")
    (tmp_path / "sig").write_bytes(bytes.fromhex(match[2]))
    (key,) = (log.folder / "keys").glob("*.pub")
    words = ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", str(key), "-in", "entry", "-sigfile", "sig"]
    assert subprocess.run(words, cwd=tmp_path, capture_output=True, check=False).returncode == 0


@settings(max_examples=60, deadline=None)
@given(st.recursive(st.none() | st.integers() | st.text(), lambda inner: st.dictionaries(st.text(), inner)))
def test_nothing_a_page_says_breaks_out_of_its_line(value: object) -> None:
    raw = canonical({"said": value})
    assert b"\n" not in raw and b"\r" not in raw
    json.loads(raw)


def test_lone_surrogates_keep_no_event_out(log: CustodyLog) -> None:
    log.append("decide", "ana\n{}", {"note": "\ud800 broken\r\n"})
    assert verify_folder(log.evidence).report.ok and log.state().seq == 2


def test_threads_and_processes_share_one_chain(log: CustodyLog) -> None:
    log.state()
    program = (
        "import sys; from pathlib import Path; from storage.custody import CustodyLog\n"
        "log = CustodyLog(Path(sys.argv[1]))\n"
        "for n in range(40): log.append('export', sys.argv[2], {'n': n})"
    )
    words = [sys.executable, "-c", program, str(log.evidence)]
    others = [subprocess.Popen([*words, name], cwd=Path(__file__).parents[2]) for name in ("one", "two")]
    with ThreadPoolExecutor(4) as pool:
        lines = list(pool.map(lambda n: log.append("view", "ana", {"n": n}), range(80)))
    assert all(other.wait(60) == 0 for other in others)
    report = verify_folder(log.evidence, Trust(keys=[log.signer.public], anchor=log.anchor)).report
    assert report.ok and report.entries == 1 + 80 + 2 * 40
    assert len({line.hash for line in lines}) == 80


def test_a_torn_end_is_set_aside_and_the_log_goes_on(log: CustodyLog) -> None:
    log.append("decide", "ana", {"listing": 1})
    whole = log.path.read_bytes()
    with log.path.open("ab") as file:
        file.write(b'{"entry":{"action":"de')
    assert [p.kind.value for p in verify_folder(log.evidence).report.problems] == ["torn"]
    again = CustodyLog(log.evidence)
    again.append("decide", "ana", {"listing": 2})
    assert again.path.read_bytes().startswith(whole)
    assert [path.read_bytes() for path in (log.folder / "torn").iterdir()] == [b'{"entry":{"action":"de']
    report = verify_folder(log.evidence).report
    assert report.ok and report.entries == 4  # the one in between tells of the torn end
    log.append("decide", "ana", {"listing": 3})  # the other process goes on too
    assert verify_folder(log.evidence).report.ok


@pytest.mark.parametrize("where", ["middle", "last", "order", "shorter"])
def test_nothing_is_appended_to_a_broken_chain(log: CustodyLog, where: str) -> None:
    for n in range(4):
        log.append("decide", "ana", {"listing": n})
    lines = log.path.read_bytes().splitlines(keepends=True)
    match where:
        case "middle":
            lines[2] = lines[2].replace(b"ana", b"bob")
        case "last":
            lines[4] = lines[4].replace(b"ana", b"bob")
        case "order":
            lines[2], lines[3] = lines[3], lines[2]
        case _:
            lines.pop()
    log.path.write_bytes(b"".join(lines))
    before = log.path.read_bytes()
    victim = log if where == "shorter" else CustodyLog(log.evidence)
    with pytest.raises(StorageError, match="broken") as caught:
        victim.append("decide", "ana", {})
    assert log.path.read_bytes() == before
    assert caught.value.fix and "evidence verify" in caught.value.fix


def test_evidence_without_its_log_is_refused(log: CustodyLog) -> None:
    log.state()
    (log.evidence / "m-000001-001.warc.gz").write_bytes(b"something")
    shutil.rmtree(log.folder)
    with pytest.raises(StorageError, match="no custody log"):
        CustodyLog(log.evidence).state()
    report = verify_folder(log.evidence).report
    assert not report.ok and report.problems[0].file == "custody/log.jsonl"


def test_evidence_from_before_the_log_is_taken_in(log: CustodyLog) -> None:
    log.evidence.mkdir()
    old = log.evidence / "m-000001-001.warc.gz"
    old.write_bytes(b"something")
    log.state()
    assert verify_folder(log.evidence).report.ok
    old.write_bytes(b"somethinG")
    assert [one.file for one in verify_folder(log.evidence).report.problems] == [old.name]


def test_a_key_others_can_read_is_refused(log: CustodyLog) -> None:
    log.state()
    log.key.chmod(0o644)
    with pytest.raises(ConfigError, match="other users can read"):
        CustodyLog(log.evidence).append("decide", "ana", {})


def test_another_key_is_refused(log: CustodyLog) -> None:
    log.state()
    log.key.unlink()
    with pytest.raises(ConfigError, match="missing"):
        CustodyLog(log.evidence).append("decide", "ana", {})
    Signer.create(log.key)
    with pytest.raises(ConfigError, match="the log goes on with the key"):
        CustodyLog(log.evidence).append("decide", "ana", {})


def test_a_refused_write_leaves_the_log_as_it_was(tmp_path: Path) -> None:
    program = """
import resource, signal, sys
from pathlib import Path
from storage.custody import CustodyLog
from wildtrade.errors import StorageError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
log = CustodyLog(Path(sys.argv[1]))
log.append("decide", "ana", {})
before = log.path.read_bytes()
resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 100, len(before) + 100))
try:
    log.append("decide", "ana", {"note": "x" * 500})
except StorageError as error:
    print(error.message, log.path.read_bytes() == before)
"""
    words = [sys.executable, "-c", program, str(tmp_path / "evidence")]
    done = subprocess.run(words, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
    assert "cannot be written" in done.stdout and done.stdout.strip().endswith("True"), done.stdout + done.stderr


def test_a_disk_that_is_full_when_the_log_begins_is_said(log: CustodyLog, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, _data: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    with monkeypatch.context() as patch:
        patch.setattr("storage.custody.keys.write_once", refuse)
        with pytest.raises(StorageError, match="No space left"):
            log.append("decide", "ana", {})
    assert log.append("decide", "ana", {}).entry["seq"] == 2


def all_waiting(log: CustodyLog, futures: Sequence[Future[Any]]) -> None:
    """Return when all that was submitted waits for whoever holds the log."""
    while len(log._waiting) < len(futures):
        time.sleep(0.01)


def test_a_failure_is_told_to_everybody_who_waits(log: CustodyLog, monkeypatch: pytest.MonkeyPatch) -> None:
    log.state()

    def fail(_entry: object) -> bytes:
        raise MemoryError

    with ThreadPoolExecutor(8) as pool, monkeypatch.context() as patch:
        with log.held():
            futures = [pool.submit(log.append, "decide", "ana", {"n": n}) for n in range(8)]
            all_waiting(log, futures)
            patch.setattr("storage.custody.log.canonical", fail)
        assert [type(one.exception()) for one in futures] == [MemoryError] * 8
    assert log.append("decide", "ana", {}).entry["seq"] == 2


def test_a_program_cannot_write_entries_the_chain_is_read_for(log: CustodyLog) -> None:
    with pytest.raises(ValueError, match="form"):
        log.append("capture", "ana", {"file": "x"})


def test_many_at_once_share_a_sync(log: CustodyLog, monkeypatch: pytest.MonkeyPatch) -> None:
    log.state()
    synced: list[int] = []
    real = os.fsync
    monkeypatch.setattr("storage.custody.log.os.fsync", lambda handle: (synced.append(handle), real(handle)))
    with ThreadPoolExecutor(16) as pool, log.held():
        all_waiting(log, [pool.submit(log.append_all, [Event("view", "ana", {"n": n})]) for n in range(16)])
    assert (log.state().seq, len(synced)) == (17, 1)

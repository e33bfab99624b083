"""Keys are rotated, lost and revoked; checkpoints are signed and stamped."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from storage.custody.checkpoints import checkpoint
from storage.custody.keys import Signer, next_key, publish, read_public, to_pem
from storage.custody.log import CustodyLog
from storage.custody.report import Report
from storage.custody.stamps import NetworkAuthority, TrainingAuthority, openssl_here
from storage.custody.succession import replace_lost, revoke, rotate
from storage.custody.verify import Trust, verify_folder
from wildtrade.errors import ConfigError, UsageError

NOW = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.fixture
def log(tmp_path: Path) -> CustodyLog:
    log = CustodyLog(tmp_path / "data" / "evidence")
    log.append("decide", "ana", {"listing": 1})
    return log


def verified(log: CustodyLog, *keys: Signer, **trust: Any) -> Report:
    return verify_folder(log.evidence, Trust(keys=[key.public for key in keys], **trust)).report


def test_a_rotated_key_is_vouched_for_by_the_one_before(log: CustodyLog) -> None:
    old = log.signer
    new = rotate(log, "ana", "yearly")
    log.append("decide", "ana", {"listing": 2})
    assert log.signer.public == new.public != old.public
    for pinned in ((), (old,), (new,)):
        assert verified(log, *pinned).ok
    assert Signer.load(log.key.with_name(f"custody.key.{old.id}")).public == old.public


def test_another_process_takes_up_the_new_key(log: CustodyLog) -> None:
    other = CustodyLog(log.evidence)
    other.append("view", "bob", {})
    new = rotate(log, "ana", "yearly")
    line = other.append("view", "bob", {})
    assert line.entry["key"] == new.id and verified(log).ok


@pytest.mark.parametrize("logged", [False, True])
def test_a_rotation_cut_off_by_a_crash_is_finished_or_undone(log: CustodyLog, logged: bool) -> None:
    new = Signer.create(next_key(log.key))
    if logged:
        log.succeed("key", "ana", new, {"reason": "yearly"})
    again = CustodyLog(log.evidence)
    again.append("view", "ana", {})
    assert (again.signer.public == new.public) is logged
    assert verified(log).ok
    rotate(again, "ana", "once more")
    assert verified(log).ok


def test_a_stranger_cannot_rotate(log: CustodyLog, tmp_path: Path) -> None:
    stranger = Signer.create(tmp_path / "stranger.key")
    honest = log.signer
    log.key.unlink()
    publish(log.folder, stranger)
    log.succeed("key_lost", "mallory", stranger, {"reason": "lost"})
    assert not verified(log).ok
    report = verified(log, honest)
    assert [p.kind.value for p in report.problems] == ["signature"] and stranger.id in report.problems[0].what


def test_a_lost_key_is_replaced_and_the_new_one_must_be_given(log: CustodyLog) -> None:
    old = log.signer
    with pytest.raises(UsageError, match="not lost"):
        replace_lost(log, "ana", "fire")
    log.key.unlink()
    log = CustodyLog(log.evidence)
    with pytest.raises(ConfigError, match="missing"):
        log.append("view", "ana", {})
    new = replace_lost(log, "ana", "fire")
    log.append("view", "ana", {})
    assert not verified(log).ok and not verified(log, old).ok
    report = verified(log, new)
    assert report.ok and any("was lost" in notice for notice in report.notices)


def test_a_revoked_key_is_said_to_be(log: CustodyLog) -> None:
    old = log.signer
    revoke(log, "ana", old.id, NOW, "copied by a visitor")
    assert log.signer.public != old.public
    report = verified(log)
    assert report.ok and any(old.id in one and "copied by a visitor" in one for one in report.notices)
    with pytest.raises(UsageError, match="no key"):
        revoke(log, "ana", "0" * 16, NOW, "?")


def test_what_the_old_key_signs_after_a_rotation_does_not_count(log: CustodyLog) -> None:
    old = log.signer
    rotate(log, "ana", "yearly")
    log._signer = old
    log._state.key = old.public
    log.append("decide", "mallory", {"listing": 3})
    report = verified(log)
    assert [p.kind.value for p in report.problems] == ["signature"] and "another key" in report.problems[0].what


def test_public_keys_are_read_from_pem_and_hex(log: CustodyLog, tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(to_pem(log.signer.public))
    assert read_public(path) == log.signer.public
    path.write_text(log.signer.public.hex() + "\n")
    assert read_public(path) == log.signer.public
    path.write_text("no key")
    with pytest.raises(ConfigError, match="no public key"):
        read_public(path)


def test_a_checkpoint_without_an_authority(log: CustodyLog) -> None:
    made = checkpoint(log)
    assert made.stamp is None and not made.problem and made.anchor == log.anchor
    report = verified(log, anchor=made.anchor)
    assert report.ok and (report.checkpoints, report.stamps) == (1, 0)
    assert not any("anchor" in notice for notice in report.notices)


def test_a_head_kept_elsewhere_shows_a_roll_back(log: CustodyLog) -> None:
    past = log.path.read_bytes()
    log.append("decide", "ana", {"listing": 2})
    anchor = log.anchor
    log.path.write_bytes(past)
    assert verified(log).ok  # nobody can know without one, and the report says so
    assert any("anchor" in notice for notice in verified(log).notices)
    (problem,) = verified(log, anchor=anchor).problems
    assert problem.kind.value == "rolled back" and "the anchor knows entry 3" in problem.what
    with pytest.raises(UsageError, match="no head of a log"):
        verified(log, anchor="12")


@pytest.fixture
def authority(tmp_path: Path) -> TrainingAuthority:
    if not openssl_here():
        pytest.skip("openssl is not installed")
    return TrainingAuthority(tmp_path / "tsa")


def test_a_checkpoint_is_stamped_and_the_stamp_checked(
    log: CustodyLog, authority: TrainingAuthority, tmp_path: Path
) -> None:
    made = checkpoint(log, authority)
    assert made.stamp is not None and not made.problem
    report = verified(log, tsa_root=authority.root)
    assert report.ok and report.stamps == 1
    assert any("--tsa-root" in notice for notice in verified(log).notices)
    stranger = TrainingAuthority(tmp_path / "other")
    stranger.stamp(made.path)
    (problem,) = verified(log, tsa_root=stranger.root).problems
    assert problem.file.endswith(".tsr") and "does not hold" in problem.what


@pytest.fixture
def served(authority: TrainingAuthority, tmp_path: Path) -> Iterator[str]:
    """The authority behind HTTP."""
    import subprocess

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = tmp_path / "asked.tsq"
            query.write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
            words = ["openssl", "ts", "-reply", "-config", "tsa.cnf", "-queryfile", str(query)]
            answer = subprocess.run(words, cwd=authority.root.parent, capture_output=True, check=True).stdout
            self.send_response(200)
            self.end_headers()
            self.wfile.write(answer if self.path == "/good" else b"no stamp at all")

        def log_message(self, *_: object) -> None:
            pass

    (tmp_path / "seed").write_bytes(b"seed")
    authority.stamp(tmp_path / "seed")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_authority_on_the_network(log: CustodyLog, authority: TrainingAuthority, served: str) -> None:
    assert checkpoint(log, NetworkAuthority(f"{served}/good")).stamp is not None
    assert verified(log, tsa_root=authority.root).ok
    made = checkpoint(log, NetworkAuthority(f"{served}/bad"))
    assert made.stamp is None and made.problem
    assert checkpoint(log, NetworkAuthority("http://127.0.0.1:1/")).problem
    report = verified(log, tsa_root=authority.root)
    assert report.ok and (report.checkpoints, report.stamps) == (3, 1)

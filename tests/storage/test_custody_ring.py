"""The signing key in the system's keyring: the same chain, the same commands, a clear word where there is none."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeyring

from storage.custody import CustodyLog
from storage.custody.keys import Signer, place_of
from storage.custody.ring import RingKey
from storage.custody.succession import replace_lost, revoke, rotate
from storage.custody.verify import Trust, verify_folder
from storage.models import utcnow
from wildtrade.cli import run
from wildtrade.errors import ConfigError


class MemoryRing(KeyringBackend):
    """A keyring that lives as long as a test."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


@pytest.fixture
def ring() -> Iterator[MemoryRing]:
    before, mine = keyring.get_keyring(), MemoryRing()
    keyring.set_keyring(mine)
    yield mine
    keyring.set_keyring(before)


@pytest.fixture
def log(ring: MemoryRing, tmp_path: Path) -> CustodyLog:
    return CustodyLog(tmp_path / "evidence", RingKey("case"))


def test_a_key_in_the_keyring_signs_and_no_file_holds_it(log: CustodyLog, ring: MemoryRing, tmp_path: Path) -> None:
    log.append("decide", "ana", {})
    assert list(ring.kept) == [("wildtrade", "case")]
    assert b"PRIVATE" not in b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    CustodyLog(log.evidence, RingKey("case")).append("decide", "ana", {})  # another process
    assert verify_folder(log.evidence, Trust(keys=[log.signer.public])).report.ok
    with pytest.raises(ConfigError, match="goes on with the key"):
        Signer.create(RingKey("other"))
        CustodyLog(log.evidence, RingKey("other")).append("decide", "ana", {})


def test_it_is_rotated_lost_and_revoked_like_a_file(log: CustodyLog, ring: MemoryRing) -> None:
    first = log.signer
    second = rotate(log, "ana", "yearly")
    assert {name for _, name in ring.kept} == {"case", f"case.{first.id}"}
    assert log.append("decide", "ana", {}).entry["key"] == second.id
    revoke(log, "ana", second.id, utcnow(), "copied")
    third = log.signer
    del ring.kept["wildtrade", "case"]
    log = CustodyLog(log.evidence, RingKey("case"))
    with pytest.raises(ConfigError, match="missing"):
        log.append("decide", "ana", {})
    fourth = replace_lost(log, "ana", "the laptop died")
    assert len({first.id, second.id, third.id, fourth.id}) == 4
    assert verify_folder(log.evidence, Trust(keys=[fourth.public])).report.ok


def test_a_machine_without_a_keyring_is_told_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = keyring.get_keyring()
    keyring.set_keyring(NoKeyring())
    try:
        assert run(["init", str(tmp_path / "w")]) == 0
        settings = tmp_path / "w" / "wildtrade.toml"
        text = settings.read_text(encoding="utf-8").replace('"data/keys/custody.key"', '"keyring:w"')
        settings.write_text(text, encoding="utf-8")
        capsys.readouterr()
        assert run(["--home", str(tmp_path / "w"), "evidence", "keys", "rotate", "--reason", "x", "--json"]) == 3
        said = json.loads(capsys.readouterr().err)["error"]
    finally:
        keyring.set_keyring(before)
    assert said["file"].startswith("keyring:w") and "no keyring" in said["message"]
    assert "name a file" in said["fix"]


def test_a_keyring_that_forgets_is_noticed(ring: MemoryRing, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(ring, "set_password", lambda *_: None)
    with pytest.raises(ConfigError, match="does not keep"):
        CustodyLog(tmp_path / "evidence", RingKey("case")).append("decide", "ana", {})


def test_settings_name_a_file_or_the_keyring(tmp_path: Path) -> None:
    assert place_of(tmp_path, Path("data/keys/a.key")) == tmp_path / "data/keys/a.key"
    assert place_of(tmp_path, Path("keyring:office")) == RingKey("office")

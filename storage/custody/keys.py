"""Ed25519 keys: the private one in a file of the user's or the keyring, the public ones beside the log."""

from __future__ import annotations

import os
import re
import stat
import sys
import tempfile
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from storage.custody.line import digest
from storage.custody.ring import SCHEME, RingKey
from storage.evidence.torn import sync_folder, write_once
from wildtrade.errors import ConfigError, StorageError

KEYS = "keys"  # the folder beside the log


Place = Path | RingKey  # where a private key is kept


class Signer:
    """A private key that signs. ``public`` is 32 bytes, ``id`` the first 16 hex digits of their SHA-256."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.public = private.public_key().public_bytes_raw()
        self.id = key_id(self.public)

    @classmethod
    def load(cls, path: Place) -> Signer:
        """Read a key. Raises ConfigError where it is missing, not a key, or a file open to other users."""
        try:
            if isinstance(path, Path):
                refuse_readable(path)
            private = load_pem_private_key(path.read_bytes(), password=None)
        except FileNotFoundError as error:
            raise ConfigError(
                "the signing key is missing",
                file=str(path),
                fix="put it back (or name it under [evidence] key); if it is lost for good: "
                "`wildtrade evidence keys lost`",
            ) from error
        except (OSError, ValueError, TypeError) as error:
            raise ConfigError(
                f"this is no signing key: {error}", file=str(path), fix="put the right file back"
            ) from error
        if not isinstance(private, Ed25519PrivateKey):
            raise ConfigError("this is no Ed25519 key", file=str(path), fix="put the right file back")
        return cls(private)

    @classmethod
    def create(cls, path: Place) -> Signer:
        """Make a key in a new file only its owner can read, or in the keyring. Raises StorageError; an existing one
        is taken."""
        private = Ed25519PrivateKey.generate()
        pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        try:
            if isinstance(path, RingKey):
                path.write_new(pem)
            else:
                write_private(path, pem)
        except FileExistsError:
            return cls.load(path)
        except OSError as error:
            fix = "choose another place under [evidence] key in wildtrade.toml"
            raise StorageError(f"the signing key cannot be made: {error.strerror}", file=str(path), fix=fix) from error
        return cls(private)

    def sign(self, data: bytes) -> bytes:
        """The signature of some bytes (64 bytes)."""
        return self._private.sign(data)


def refuse_readable(path: Path) -> None:
    """Raise ConfigError where other users can read the file of a private key."""
    if sys.platform != "win32" and path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise ConfigError(
            "other users can read the signing key",
            file=str(path),
            fix=f"chmod 600 {path}; if somebody may have copied it: `wildtrade evidence keys revoke`",
        )


def write_private(path: Path, pem: bytes) -> None:
    """Put a private key into a new file only its owner can read. Raises FileExistsError, OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # 0600 from the start
    with os.fdopen(handle, "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(part, path)  # whole or not at all, and never over another one
    finally:
        Path(part).unlink()
    sync_folder(path.parent)


def key_id(public: bytes) -> str:
    """A short name of a public key."""
    return digest(public)[:16]


def holds(public: bytes, signature: bytes, data: bytes) -> bool:
    """Whether ``signature`` is of ``data`` by the key ``public``."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True


def to_pem(public: bytes) -> bytes:
    """A public key as openssl reads it."""
    return Ed25519PublicKey.from_public_bytes(public).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def read_public(path: Path) -> bytes:
    """The public key in a file: PEM, or 64 hex digits. Raises ConfigError."""
    try:
        data = path.read_bytes()
        if re.fullmatch(rb"[0-9a-fA-F]{64}", data.strip()):
            return bytes.fromhex(data.strip().decode())
        key = load_pem_public_key(data)
    except (OSError, ValueError) as error:
        raise ConfigError(f"no public key can be read: {error}", file=str(path), fix="name a .pub file") from error
    if not isinstance(key, Ed25519PublicKey):
        raise ConfigError("this is no Ed25519 public key", file=str(path), fix="name the .pub file of the evidence")
    return key.public_bytes_raw()


def key_path(evidence: Path) -> Path:
    """Where the signing key of an evidence folder lies unless wildtrade.toml says otherwise: beside it, not in it."""
    return evidence.parent / "keys" / "custody.key"


def place_of(root: Path, key: str | Path) -> Place:
    """What a workspace's settings name: ``keyring:NAME``, or a file in the folder ``root``."""
    text = str(key)
    return RingKey(text.removeprefix(SCHEME)) if text.startswith(SCHEME) else root / key


def publish(folder: Path, signer: Signer) -> None:
    """Put a public key beside the log."""
    keys = folder / KEYS
    keys.mkdir(exist_ok=True)
    if not (keys / f"{signer.id}.pub").exists():
        write_once(keys / f"{signer.id}.pub", to_pem(signer.public))


def settle_succession(key: Place, wanted: bytes) -> None:
    """Finish a rotation that a crash cut off between the log's entry and the move of the new key to its place."""
    following = next_key(key)
    if following.exists() and Signer.load(following).public == wanted:
        if key.exists():
            _move(key, key.with_name(f"{key.name}.{Signer.load(key).id}"))
        _move(following, key)


def next_key(key: Place) -> Place:
    """Where a new key waits until the log has its entry."""
    return key.with_name(f"{key.name}.next")


def _move(key: Place, target: Place) -> None:
    key.replace(target)  # type: ignore[arg-type]  # both are of one kind

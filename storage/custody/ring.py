"""A signing key in the keyring of the system (Secret Service, Keychain, Credential Locker) instead of a file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from wildtrade.errors import ConfigError

SCHEME = "keyring:"
_SERVICE = "wildtrade"


@dataclass(frozen=True, slots=True)
class RingKey:
    """A place in the keyring, used like the path of a key file. ``name`` tells the keys of one person apart."""

    name: str

    def __str__(self) -> str:
        return f"{SCHEME}{self.name}"

    def with_name(self, name: str) -> RingKey:
        """Another place beside it."""
        return RingKey(name)

    def exists(self) -> bool:
        """Whether there is a key. Raises ConfigError where there is no keyring."""
        with _ring(self) as ring:
            return ring.get_password(_SERVICE, self.name) is not None

    def read_bytes(self) -> bytes:
        """The key as PEM. Raises FileNotFoundError, ConfigError."""
        with _ring(self) as ring:
            found: str | None = ring.get_password(_SERVICE, self.name)
        if found is None:
            raise FileNotFoundError(str(self))
        return found.encode()

    def write_new(self, pem: bytes) -> None:
        """Keep a key where there is none. Raises FileExistsError; ConfigError where the keyring does not keep it."""
        if self.exists():
            raise FileExistsError(str(self))
        with _ring(self) as ring:
            ring.set_password(_SERVICE, self.name, pem.decode())
            if ring.get_password(_SERVICE, self.name) != pem.decode():
                raise ConfigError("the keyring does not keep what it is given", file=str(self), fix=_FIX)

    def replace(self, target: RingKey) -> None:
        """Move the key to another place, over what is there."""
        pem = self.read_bytes().decode()
        with _ring(self) as ring:
            ring.set_password(_SERVICE, target.name, pem)
            ring.delete_password(_SERVICE, self.name)


_FIX = "unlock or set up a keyring, or name a file under [evidence] key in wildtrade.toml"


@contextmanager
def _ring(place: RingKey) -> Iterator[Any]:
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError as error:
        fix = "pip install 'wildtrade[keyring]', or name a file under [evidence] key in wildtrade.toml"
        raise ConfigError("the package `keyring` is not installed", file=str(place), fix=fix) from error
    try:
        yield keyring
    except KeyringError as error:
        raise ConfigError(f"there is no keyring that can be used: {error}", file=str(place), fix=_FIX) from error

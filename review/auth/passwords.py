"""Passwords: argon2id, a few at a time, and the same work for a name nobody has."""

from __future__ import annotations

import threading
from functools import cache

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from review.text import later

SHORTEST, LONGEST = 12, 200  # characters
_hasher = PasswordHash((Argon2Hasher(),))
# Each takes 64 MiB and all cores; a flood of sign-ins must not take the machine down.
_few = threading.BoundedSemaphore(2)


def weakness(password: str, name: str) -> str:
    """Why a password cannot be used, as a sentence to translate; empty where it can."""
    if not SHORTEST <= len(password) <= LONGEST:
        return later("Use 12 to 200 characters; several words are easy to keep in mind.")
    if name.casefold() in password.casefold() or len(set(password)) < 5:
        return later("This password is easy to guess: it holds your name or hardly any different letters.")
    return ""


def hash_of(password: str) -> str:
    """The hash to store."""
    with _few:
        return _hasher.hash(password)


def fits(password: str, stored: str | None) -> bool:
    """Whether a password is the one that was stored; takes as long where none was."""
    with _few:
        right = _hasher.verify(password[:LONGEST], stored or _nobodys())
    return right and stored is not None


@cache
def _nobodys() -> str:
    return _hasher.hash("the password of nobody")

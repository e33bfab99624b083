"""Secrets that are handed out and found again by their hash."""

from __future__ import annotations

import hashlib
import secrets


def new_secret() -> str:
    """A fresh secret of 256 bits, safe in a cookie and in an address."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """What is stored of a secret that nobody can guess: plain SHA-256 is enough for those (not for passwords)."""
    return hashlib.sha256(secret.encode()).hexdigest()

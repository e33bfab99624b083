"""Time-based one-time codes (RFC 6238: HMAC-SHA-1, 30 s, 6 digits, as every authenticator app has them)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import time
from urllib.parse import quote

import segno
from markupsafe import Markup

STEP = 30  # seconds
_SECRET = re.compile("[A-Z2-7]{32}")


def new_secret() -> str:
    """160 fresh bits in base32."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def is_secret(text: str) -> bool:
    """Whether a text could be one of ours."""
    return _SECRET.fullmatch(text) is not None


def code_at(secret: str, step: int, digits: int = 6) -> str:
    """The code of one time step."""
    mac = hmac.digest(base64.b32decode(secret), step.to_bytes(8, "big"), hashlib.sha1)
    start = mac[-1] & 15
    number = int.from_bytes(mac[start : start + 4], "big") & 0x7FFFFFFF
    return str(number % 10**digits).zfill(digits)


def step_of(secret: str, code: str, now: float | None = None) -> int | None:
    """The time step a code belongs to, one step of clock error either way allowed; None for a wrong code."""
    current = int(time.time() if now is None else now) // STEP
    given = re.sub(r"\s", "", code).encode()
    fitting = [step for step in (current - 1, current, current + 1) if _same(code_at(secret, step), given)]
    return fitting[-1] if fitting else None


def _same(code: str, given: bytes) -> bool:
    return hmac.compare_digest(code.encode(), given)


def picture(secret: str, name: str, issuer: str = "wildtrade") -> Markup:
    """The QR code an authenticator app scans, as an SVG element."""
    address = f"otpauth://totp/{quote(issuer)}:{quote(name)}?secret={secret}&issuer={quote(issuer)}"
    return Markup(segno.make(address, micro=False).svg_inline(scale=5, border=4, light="#fff", svgclass="qr"))  # noqa: S704


def new_recovery_codes() -> list[str]:
    """Ten codes of 50 bits, e.g. ``7kq2m-x4rtc``."""
    letters = "23456789abcdefghjkmnpqrstuvwxyz"  # none that look alike
    return ["-".join("".join(secrets.choice(letters) for _ in range(5)) for _ in range(2)) for _ in range(10)]

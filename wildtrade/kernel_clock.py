"""What the kernel knows of how right the machine's clock is."""

from __future__ import annotations

import ctypes
import sys
from typing import Any

_UNSYNCHRONISED = 0x40  # STA_UNSYNC of adjtimex(2)


class _Timex(ctypes.Structure):
    """The beginning of ``struct timex``; the rest is room for what we do not read."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("room", ctypes.c_char * 256),
    )


def clock_state() -> dict[str, Any]:
    """``synchronised`` (with a time server, as the kernel sees it) and the largest and the estimated error in
    microseconds; all None where the system does not tell (it is no Linux)."""
    unknown = {"synchronised": None, "max_error_us": None, "estimated_error_us": None}
    if sys.platform != "linux":
        return unknown
    said = _Timex()
    try:
        if ctypes.CDLL(None).adjtimex(ctypes.byref(said)) < 0:
            return unknown
    except (OSError, AttributeError):
        return unknown
    return {
        "synchronised": not said.status & _UNSYNCHRONISED,
        "max_error_us": said.maxerror,
        "estimated_error_us": said.esterror,
    }

"""How large blocks of memory are given back."""

from __future__ import annotations

import ctypes
import sys

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # of glibc's mallopt
_LARGE = 1 << 20  # bytes
_SPARE = 2 << 20  # bytes of free heap that stay: to give back and fetch again at every page costs page faults


def give_back_large_blocks() -> None:
    """Blocks of a megabyte and more go back to the system when they are freed. glibc otherwise keeps them, and a few
    large pages leave a process swollen for good. Nothing happens with another C library."""
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
        if mallopt is not None:
            mallopt(_M_MMAP_THRESHOLD, _LARGE)
            mallopt(_M_TRIM_THRESHOLD, _SPARE)

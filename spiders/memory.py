"""How large blocks of memory are given back."""

from __future__ import annotations

import ctypes
import gc
import sys
from typing import Any

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # of glibc's mallopt
LARGE = 1 << 20  # bytes
_SPARE = 2 << 20  # bytes of free heap that stay: to give back and fetch again at every page costs page faults


def give_back_large_blocks() -> None:
    """Blocks of a megabyte and more go back to the system when they are freed. glibc otherwise keeps them, and a few
    large pages leave a process swollen for good. Nothing happens with another C library."""
    if (mallopt := _of_the_c_library("mallopt")) is not None:
        mallopt(_M_MMAP_THRESHOLD, LARGE)
        mallopt(_M_TRIM_THRESHOLD, _SPARE)


def give_back_what_is_free() -> None:
    """After a large page: what it left behind goes, and so do free blocks between others, which stay otherwise."""
    gc.collect()  # requests, responses and failures refer to each other
    if (trim := _of_the_c_library("malloc_trim")) is not None:
        trim(0)


def _of_the_c_library(name: str) -> Any:
    return getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None

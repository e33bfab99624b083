"""Writing a file whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from wildtrade.errors import StorageError


def put(target: Path, write: Callable[[IO[bytes]], dict[str, Any]]) -> dict[str, Any]:
    """Have ``write`` fill a file that takes its name once it is complete; what ``write`` returns, and the SHA-256.

    Raises StorageError where the file cannot be written; then nothing is left and an older file stays.
    """
    temporary = None
    try:
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:80]}.")
        with os.fdopen(handle, "w+b") as file:
            said = write(file)
            file.flush()
            os.fsync(file.fileno())
            file.seek(0)
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        Path(temporary).replace(target)
    except OSError as error:
        fix = "free some space" if error.errno == errno.ENOSPC else "name a file in a folder that is yours"
        raise StorageError(f"cannot be written: {error.strerror}", file=str(target), fix=fix) from error
    finally:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
    return said | {"sha256": sha256}

"""Files beside the WARCs that the log vouches for (the copies sealed as exhibits), named by their content."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from storage.custody.events import Event
from storage.custody.line import Line, digest
from storage.custody.log import CustodyLog
from storage.evidence.torn import sync_folder, write_once
from wildtrade.errors import StorageError

FOLDER = "exhibits"  # in the evidence folder


def keep(log: CustodyLog, data: bytes, suffix: str, actor: str, details: Mapping[str, Any]) -> Line:
    """Keep a file under the SHA-256 of its content, readable only; on return file and log entry are on the disk.

    ``suffix`` such as ``.warc.gz``; ``details`` say what it is, beside its ``path`` (in the evidence folder) and
    ``sha256``. The same content is stored once, and told of each time. Raises StorageError.
    """
    sha256 = digest(data)
    name = f"{FOLDER}/{sha256}{suffix}"
    path = log.evidence / name
    with log.held():  # nobody takes the file for a leftover between its making and its entry
        try:
            if not path.exists():
                path.parent.mkdir(exist_ok=True)
                write_once(path, data)
                sync_folder(log.evidence)
        except OSError as error:
            fix = "free some space, or name another evidence folder in wildtrade.toml"
            raise StorageError(f"the file cannot be kept: {error.strerror}", file=str(path), fix=fix) from error
        (line,) = log.append_all([Event("artifact", actor, {**details, "path": name, "sha256": sha256})])
    return line

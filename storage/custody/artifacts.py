"""Files made from a page and kept with it (screenshot, rendered DOM, media), named by their content."""

from __future__ import annotations

from dataclasses import dataclass

from storage.custody.line import digest
from storage.custody.log import PROGRAM, CustodyLog, Event
from storage.evidence.torn import sync_folder, write_once
from wildtrade.errors import StorageError

FOLDER = "artifacts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """Where a file lies (relative to the evidence folder) and what it is; ``size`` in bytes."""

    path: str
    sha256: str
    size: int


def keep(log: CustodyLog, data: bytes, suffix: str, *, page: str, kind: str) -> Artifact:
    """Keep a file under the SHA-256 of its content, readable only; on return file and log entry are on the disk.

    ``suffix`` such as ``.png``; ``page`` is the record id of the page it was made from, ``kind`` a word such as
    screenshot or dom. The same content is stored once, and told of for each page. Raises StorageError.
    """
    sha256 = digest(data)
    artifact = Artifact(path=f"{FOLDER}/{sha256[:2]}/{sha256}{suffix}", sha256=sha256, size=len(data))
    path = log.evidence / artifact.path
    with log.held():  # nobody takes the file for a leftover between its making and its entry
        try:
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                write_once(path, data)
                sync_folder(path.parent.parent)
        except OSError as error:
            fix = "free some space, or name another evidence folder in wildtrade.toml"
            raise StorageError(f"the file cannot be kept: {error.strerror}", file=str(path), fix=fix) from error
        details = {"path": artifact.path, "sha256": sha256, "size": artifact.size, "page": page, "kind": kind}
        log.append_all([Event("artifact", PROGRAM, details)])
    return artifact

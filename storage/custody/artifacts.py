"""Files beside the WARCs that the log vouches for, named by their content: copies sealed as exhibits, and what was made
of a page or belongs to it (screenshot, rendered DOM, pictures)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from storage.custody.events import PROGRAM, Event
from storage.custody.line import Line, digest
from storage.custody.log import CustodyLog
from storage.evidence.exchange import Attachment
from storage.evidence.torn import sync_folder, write_once
from wildtrade.errors import StorageError

EXHIBITS, ARTIFACTS = "exhibits", "artifacts"  # in the evidence folder
FOLDERS = (EXHIBITS, ARTIFACTS)
VERIFY = "run `wildtrade evidence verify`"
_SUFFIXES = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/webp": ".webp",
    "image/gif": ".gif",
    "image/avif": ".avif",
    "text/html": ".html",
}


def keep(log: CustodyLog, data: bytes, suffix: str, actor: str, details: Mapping[str, Any]) -> Line:
    """Keep an exhibit under the SHA-256 of its content, readable only; on return file and log entry are on the disk.

    ``suffix`` such as ``.warc.gz``; ``details`` say what it is, beside its ``path`` (in the evidence folder) and
    ``sha256``. The same content is stored once, and told of each time. Raises StorageError.
    """
    with log.held():  # nobody takes the file for a leftover between its making and its entry
        sha256 = digest(data)
        path = _put(log, data, f"{EXHIBITS}/{sha256}{suffix}")
        (line,) = log.append_all([Event("artifact", actor, {**details, "path": path, "sha256": sha256})])
    return line


def attach(log: CustodyLog, file: str, page: str, attachments: tuple[Attachment, ...]) -> list[Event]:
    """Put the files of a page (``page``: the SHA-256 of its records in the WARC ``file``) in their places, and return
    the entries that tell of them. Call it within ``log.held()``, and log them before that ends. Raises StorageError."""
    return [
        Event(
            "artifact",
            PROGRAM,
            {
                "path": _put(log, one.body, path_of(one)),
                "sha256": one.sha256,
                "kind": one.kind,
                "url": one.url,
                "media_type": one.media_type,
                "file": file,
                "page": page,
                **one.facts,
            },
        )
        for one in attachments
    ]


def kept(evidence: Path, path: str, sha256: str) -> bytes:
    """The content of a file that was kept. Raises StorageError where it is missing or is not what it was."""
    file = evidence / path
    try:
        data = file.read_bytes()
    except OSError as error:
        raise StorageError(f"it cannot be read: {error.strerror}", file=str(file), fix=VERIFY) from error
    if digest(data) != sha256:
        raise StorageError("it is not what was kept", file=str(file), fix=VERIFY)
    return data


def path_of(one: Attachment) -> str:
    """Where a file of a page lies, relative to the evidence folder."""
    return f"{ARTIFACTS}/{one.sha256}{_SUFFIXES.get(one.media_type, '.bin')}"


def _put(log: CustodyLog, data: bytes, name: str) -> str:
    path = log.evidence / name
    try:
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            write_once(path, data)
            sync_folder(log.evidence)
    except OSError as error:
        fix = "free some space, or name another evidence folder in wildtrade.toml"
        raise StorageError(f"the file cannot be kept: {error.strerror}", file=str(path), fix=fix) from error
    return name

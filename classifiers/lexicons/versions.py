"""Published versions of a workspace's own lexicon: numbered, dated, hashed, never changed again.

``lexicon/`` itself is the draft. ``lexicon/published/0003/`` is version 3 with its ``manifest.json``;
``lexicon/published/current`` holds the number in use, 0 for the shipped lexicon alone.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from wildtrade.errors import ConfigError, RefusedError, StorageError, UsageError

_PUBLISHED = "published"
_CURRENT = "current"
_MANIFEST = "manifest.json"
_PATTERNS = (
    "terms/*.csv",
    "tests/*.csv",
    "cues.csv",
    "topics.csv",
    "guards.csv",
    "emoji.csv",
    "sources.csv",
    "accepted.csv",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One published version; ``sha256`` is over the names and bytes of its files."""

    number: int
    published_at: str
    sha256: str
    by: str
    note: str
    files: int


def draft_files(folder: Path) -> list[Path]:
    """The files of a draft (or of a version), sorted."""
    return sorted(path for pattern in _PATTERNS for path in folder.glob(pattern))


def fingerprint(folder: Path) -> str:
    """SHA-256 over the relative names and the bytes of a lexicon folder's files: 64 hex digits."""
    digest = hashlib.sha256()
    for path in draft_files(folder):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(folder).as_posix()}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def history(folder: Path) -> list[Version]:
    """All published versions of a workspace's lexicon folder, oldest first."""
    return [_read(path) for path in sorted((folder / _PUBLISHED).glob(f"[0-9]*/{_MANIFEST}"))]


def _read(path: Path) -> Version:
    try:
        return Version(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        fix = "restore the folder from a backup, or `wildtrade lexicon publish --back` to another version"
        raise ConfigError(f"is not the manifest of a version: {error}", file=str(path), fix=fix) from error


def current(folder: Path) -> int | None:
    """The number of the version in use: 0 for the shipped lexicon alone, None where nothing was ever published."""
    path = folder / _PUBLISHED / _CURRENT
    try:
        return int(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        fix = "choose a version: wildtrade lexicon publish --back NUMBER"
        raise ConfigError(f"does not hold the number of a version: {error}", file=str(path), fix=fix) from error


def version_folder(folder: Path, number: int) -> Path:
    """The folder of a version. Raises UsageError where there is none, ConfigError where it was changed."""
    path = folder / _PUBLISHED / f"{number:04d}"
    if not (path / _MANIFEST).is_file():
        numbers = ", ".join(str(version.number) for version in history(folder)) or "none"
        raise UsageError(f"there is no published version {number}", fix=f"there are: {numbers}")
    if fingerprint(path) != _read(path / _MANIFEST).sha256:
        fix = "restore it from a backup, or `wildtrade lexicon publish --back` to another version"
        raise ConfigError("was changed after it was published", file=str(path), fix=fix)
    return path


def in_use(folder: Path) -> Path | None:
    """The folder whose entries count beside the shipped ones: the published version, the draft before the first is
    published, None for the shipped lexicon alone."""
    number = current(folder)
    if number is None:
        return folder
    return version_folder(folder, number) if number else None


def publish(folder: Path, *, by: str, note: str = "") -> Version:
    """Make the draft the next version and use it.

    Raises RefusedError where the draft is empty or already in use, StorageError where it cannot be written.
    """
    if not (files := draft_files(folder)):
        fix = "write terms/*.csv, guards.csv or cues.csv there; docs/lexicon.md shows how"
        raise RefusedError("the draft has no entries", file=str(folder), fix=fix)
    sha256 = fingerprint(folder)
    versions = history(folder)
    if any(version.sha256 == sha256 and version.number == current(folder) for version in versions):
        raise RefusedError("the draft is what is published already", file=str(folder), fix="change it first")
    version = Version(
        number=max((version.number for version in versions), default=0) + 1,
        published_at=datetime.now(UTC).isoformat(timespec="seconds"),
        sha256=sha256,
        by=by,
        note=note,
        files=len(files),
    )
    _keep(folder, version, files)
    _use(folder, version.number)
    return version


def _keep(folder: Path, version: Version, files: list[Path]) -> None:
    final = folder / _PUBLISHED / f"{version.number:04d}"
    work = final.with_name(f".{final.name}.{os.getpid()}")
    try:
        for path in files:
            target = work / path.relative_to(folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
            target.chmod(0o444)
        text = json.dumps(asdict(version), indent=2, ensure_ascii=False)
        (work / _MANIFEST).write_text(f"{text}\n", encoding="utf-8")
        work.rename(final)
    except OSError as error:
        shutil.rmtree(work, ignore_errors=True)
        fix = "free space, make the folder writable, or try again if somebody else published just now"
        raise StorageError(f"cannot be written: {error.strerror}", file=str(final), fix=fix) from error


def go_back(folder: Path, number: int | None = None) -> int:
    """Use an older version: ``number`` (0: the shipped lexicon alone), else the one before the version in use."""
    now = current(folder)
    if now is None:
        raise RefusedError("nothing was published yet", file=str(folder), fix="wildtrade lexicon publish")
    if number is None:
        number = max((version.number for version in history(folder) if version.number < now), default=0)
    if number:
        version_folder(folder, number)
    _use(folder, number)
    return number


def _use(folder: Path, number: int) -> None:
    path = folder / _PUBLISHED / _CURRENT
    draft = path.with_name(f".{_CURRENT}.{os.getpid()}")
    try:
        draft.write_text(f"{number}\n", encoding="utf-8")
        draft.replace(path)
    except OSError as error:
        fix = "free space, or make the folder writable"
        raise StorageError(f"cannot be written: {error.strerror}", file=str(path), fix=fix) from error

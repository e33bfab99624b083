"""Which program this is: version, commit where there is a repository, and a hash of the code that runs."""

from __future__ import annotations

import hashlib
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

from wildtrade import __version__
from wildtrade.paths import shipped_config

PACKAGES = ("wildtrade", "crawler", "spiders", "classifiers", "storage", "review", "academy")
_ROOT = Path(__file__).resolve().parent.parent


@cache
def build() -> dict[str, Any]:
    """``version``; ``code_sha256`` over every Python file of the program and ``config_sha256`` over the settings,
    terms and policies it ships; ``git`` (commit, and whether files differ from it), or None where it was installed
    without its repository."""
    code = {file.relative_to(_ROOT).as_posix(): file for name in PACKAGES for file in (_ROOT / name).rglob("*.py")}
    return {
        "version": __version__,
        "code_sha256": _digest(code),
        "config_sha256": folder_digest(shipped_config()),
        "git": _commit(),
    }


def folder_digest(folder: Path) -> str:
    """SHA-256 over the lines ``DIGEST  NAME`` of all files of a folder, in order of their names."""
    return _digest({path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()})


def _digest(files: dict[str, Path]) -> str:
    lines = (f"{_sha256(path)}  {name}\n" for name, path in sorted(files.items()))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:  # piece by piece: a model is larger than what else a crawl needs at its start
        return hashlib.file_digest(file, "sha256").hexdigest()


def _commit() -> dict[str, Any] | None:
    commit = _git("rev-parse", "HEAD") if (_ROOT / ".git").exists() else None
    return {"commit": commit, "changed": bool(_git("status", "--porcelain", "--", *PACKAGES))} if commit else None


def _git(*words: str) -> str | None:
    try:
        done = subprocess.run(["git", *words], cwd=_ROOT, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None

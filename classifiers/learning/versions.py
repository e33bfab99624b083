"""The models of a workspace: every version is kept, one is in use, and there is a way back."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

from classifiers.folders import write_folder
from wildtrade.errors import ConfigError, Exit, StorageError, WildtradeError

FOLDER = "models"
SHIPPED = "shipped"
_CURRENT = "current.json"


class NothingBeforeError(WildtradeError):
    """The shipped model is in use: there is none before it."""

    code = "nothing"
    exit_code = Exit.NOTHING


def current_model(workspace: Path) -> Path | None:
    """Folder of the model a workspace uses; None for the shipped one. Raises ConfigError for a broken record."""
    name = _history(workspace)[-1]
    return None if name == SHIPPED else workspace / FOLDER / name


def install(workspace: Path, name: str, fill: Callable[[Path], None]) -> Path:
    """Keep a new version, written by ``fill``, and use it from now on. Nothing is seen before all is written."""
    root = workspace / FOLDER
    try:
        write_folder(root / name, fill)
        _use(workspace, [*_history(workspace), name])
    except OSError as error:
        fix = "free space, or mend the rights of the folder; the model in use is as it was"
        raise StorageError(f"cannot be written: {error.strerror}", file=str(root), fix=fix) from error
    return root / name


def back(workspace: Path) -> str:
    """Use the version before the one in use; returns its name. Raises NothingBeforeError."""
    history = _history(workspace)
    if len(history) == 1:
        raise NothingBeforeError("the shipped model is in use; there is none before it", fix="nothing to do")
    _use(workspace, history[:-1])
    return history[-2]


def _history(workspace: Path) -> list[str]:
    """Names of the versions used, the one in use last; the first is the shipped one."""
    path = workspace / FOLDER / _CURRENT
    if not path.is_file():
        return [SHIPPED]
    try:
        found = json.loads(path.read_text(encoding="utf-8"))["history"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _broken(path) from error
    if not isinstance(found, list) or not found or not all(_is_name(name) for name in found):
        raise _broken(path)
    return found


def _is_name(name: object) -> bool:
    return isinstance(name, str) and bool(name) and Path(name).name == name


def _broken(path: Path) -> ConfigError:
    return ConfigError("does not say which model is in use", file=str(path), fix="remove it: the shipped model is used")


def _use(workspace: Path, history: list[str]) -> None:
    path = workspace / FOLDER / _CURRENT
    work = path.with_suffix(".new")
    with work.open("w", encoding="utf-8") as file:
        json.dump({"in_use": history[-1], "history": history}, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    work.replace(path)

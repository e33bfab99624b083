"""Making a workspace: a person's folder with settings, own sources and lexicon, database and evidence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from storage.custody.workspace import custody_of
from storage.migrate import upgrade
from wildtrade.errors import StorageError
from wildtrade.settings import FILE_NAME, Settings, Workspace, open_workspace

_FOLDERS = ("sources", "lexicon", "policy", "data", "data/evidence")


def create(folder: Path) -> Workspace:
    """Make (or complete) a workspace in ``folder`` and bring its database to this version.

    What is there already stays as it is. Raises StorageError where the folder cannot be written, ConfigError where an
    existing ``wildtrade.toml`` is broken.
    """
    try:
        for name in _FOLDERS:
            (folder / name).mkdir(parents=True, exist_ok=True)
        path = folder / FILE_NAME
        if not path.exists():
            path.write_text(settings_text(), encoding="utf-8")
    except OSError as error:
        fix = "choose another folder: wildtrade init DIR"
        raise StorageError(f"cannot make a workspace here: {error.strerror}", file=str(folder), fix=fix) from error
    workspace = open_workspace(folder)
    upgrade(workspace.database_url, workspace.root / "data" / "backups")
    custody_of(workspace).state()  # makes the signing key and begins the log
    return workspace


def settings_text() -> str:
    """``wildtrade.toml`` with every setting, its default and what it means."""
    lines = ["# Settings of this wildtrade workspace. Every line shows its default; docs/operators.md explains them."]
    sections: dict[str, Any] = {name: field.annotation for name, field in Settings.model_fields.items()}
    for name, model in sections.items():
        lines += ["", f"[{name}]"]
        defaults = model()
        for key, field in model.model_fields.items():
            lines += [f"# {field.description}", f"{key} = {_toml(getattr(defaults, key))}"]
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    if isinstance(value, bool | int | float):
        return str(value).lower()
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'

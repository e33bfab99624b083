"""Files a workspace may have of its own, else the shipped ones, read into models."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from wildtrade.errors import ConfigError
from wildtrade.paths import shipped_config

Model = TypeVar("Model", bound=BaseModel)


def own_or_shipped(name: str, own: Path | None, shipped: str = "policy") -> Path:
    """The file ``name`` of the workspace's folder ``own``, else of the shipped folder ``config/SHIPPED``."""
    if own is not None and (own / name).is_file():
        return own / name
    return shipped_config() / shipped / name


def read_model(model: type[Model], path: Path) -> Model:
    """Read a YAML file. Raises ConfigError that names the file, every wrong field and the fix."""
    try:
        return model.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"not valid YAML: {error}", file=str(path), fix="correct the line named above") from error
    except ValidationError as error:
        problems = "; ".join(f"{_place(one['loc'])}: {one['msg']}" for one in error.errors())
        first, fix = _place(error.errors()[0]["loc"]), f"see the shipped {path.name}"
        raise ConfigError(problems, file=str(path), field=first, fix=fix) from error


def _place(location: tuple[int | str, ...]) -> str:
    return ".".join(map(str, location))

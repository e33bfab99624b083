"""``config/policy/retention.yaml``: which listings go after which time."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from wildtrade.errors import ConfigError
from wildtrade.paths import shipped_config

FILE_NAME = "retention.yaml"
Days = Annotated[int, Field(ge=1)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class InForce(StrEnum):
    """The label in force of a listing: a person's where there is one, else the machine's."""

    CLEAR = "clear"
    UNSURE = "unsure"
    FLAG = "flag"
    WILDLIFE = "wildlife"
    NOT_WILDLIFE = "not_wildlife"
    CANNOT_SEE = "cannot_see"


class Rule(_Section):
    """Listings with one of ``labels`` (from one of ``sources``; empty: any) go ``after_days`` since last seen."""

    name: Annotated[str, Field(min_length=1, max_length=80)]
    after_days: Days
    labels: Annotated[frozenset[InForce], Field(min_length=1)]
    sources: frozenset[str] = frozenset()


class Retention(_Section):
    """The whole policy. ``other_pages_after_days``: pages that no listing was read from; None: they stay."""

    rules: tuple[Rule, ...] = ()
    other_pages_after_days: Days | None = None


def load_retention(folder: Path | None = None) -> Retention:
    """The policy of a workspace's policy folder, else the shipped one. Raises ConfigError that names the file, every
    wrong field and the fix."""
    own = folder / FILE_NAME if folder else None
    path = own if own is not None and own.is_file() else shipped_config() / "policy" / FILE_NAME
    try:
        return Retention.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"not valid YAML: {error}", file=str(path), fix="correct the line named above") from error
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        first = ".".join(map(str, error.errors()[0]["loc"]))
        raise ConfigError(problems, file=str(path), field=first, fix="see the shipped retention.yaml") from error

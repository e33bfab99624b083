"""``config/policy/retention.yaml``: which listings go after which time."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from wildtrade.policies import own_or_shipped, read_model

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
    return read_model(Retention, own_or_shipped("retention.yaml", folder))

"""Thresholds and rules of detection, from ``config/policy/detection.yaml`` (a workspace's file wins)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from wildtrade.errors import ConfigError
from wildtrade.paths import shipped_config

Probability = Annotated[float, Field(gt=0, lt=1)]


# What a policy is used for: texts as a crawl finds them in an open market, or texts that somebody has picked out and
# hands to ``classify`` and ``eval``. The file names the policy of each.
CRAWL, TEXTS = "crawl", "texts"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PicturesOnly(_Part):
    """A listing that shows pictures and says next to nothing: its text can neither accuse nor clear it."""

    most_words: Annotated[int, Field(ge=0)] = Field(description="a longer text says something")
    least_images: Annotated[int, Field(ge=1)] = Field(description="pictures that make it worth a look")
    score: Probability = Field(description="the lowest score such a listing gets")


class DetectionPolicy(_Part):
    """When a score becomes a label."""

    flag: Probability = Field(description="score from which a listing is flagged")
    unsure: Probability = Field(description="score from which a listing is unsure; below it is clear")
    alone: Probability = Field(description="highest score of a text whose only reasons are ambiguous or code words")
    pictures_only: PicturesOnly

    @model_validator(mode="after")
    def _ordered(self) -> DetectionPolicy:
        if not self.unsure < self.flag:
            raise ValueError("unsure must be below flag")
        if not self.alone < self.flag:
            raise ValueError("alone must be below flag: such words never flag by themselves")
        if not self.pictures_only.score < self.flag:
            raise ValueError("pictures_only.score must be below flag")
        return self


def load_policy(path: Path | None = None, use: str = CRAWL) -> DetectionPolicy:
    """Read the policy that the file names for ``use`` (CRAWL, TEXTS or a policy's own name), or the only one it holds.

    Raises ConfigError that names the file, the key and the fix.
    """
    path = path or shipped_config() / "policy" / "detection.yaml"
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        return DetectionPolicy.model_validate(_chosen(content, use, path))
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", file=str(path), fix="restore the file") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else None
        raise ConfigError("is not valid YAML", file=str(path), line=line, fix="correct this line") from error
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, first["loc"])) or None
        message = "; ".join(item["msg"].removeprefix("Value error, ") for item in error.errors())
        raise ConfigError(message, file=str(path), field=name, fix="see the comments in the file") from error


def _chosen(content: Any, use: str, path: Path) -> Any:
    """The values of the named policy together with those that all share."""
    if not isinstance(content, dict) or "policies" not in content:
        return content
    shared = {key: value for key, value in content.items() if key not in ("use", "policies")}
    policies, name = content["policies"], content.get("use")
    if use not in (CRAWL, TEXTS):
        name = use
    elif isinstance(name, dict):
        name = name.get(use)
    if not isinstance(policies, dict) or not isinstance(policies.get(name), dict):
        names = ", ".join(map(str, policies)) if isinstance(policies, dict) else "none"
        raise ConfigError(f"there is no policy {name!r}", file=str(path), field="use", fix=f"write one of: {names}")
    return {**shared, **policies[name]}

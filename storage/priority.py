"""In which order flags are read: a number, and the parts it was made of, so that the page can say "why here"."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from wildtrade.errors import ConfigError
from wildtrade.paths import shipped_config
from wildtrade.records import Assessment, Label

_STRICTEST = ("I", "II", "III")


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Freshness(_Section):
    half_life_days: Annotated[float, Field(gt=0)]
    floor: Annotated[float, Field(ge=0, le=1)]


class Severity(_Section):
    """``config/policy/severity.yaml``."""

    severity: dict[str, Annotated[float, Field(ge=0, le=1)]]
    freshness: _Freshness
    boosts: dict[str, float]


def load_severity(path: Path | None = None) -> Severity:
    """Read the severity policy, the shipped one by default. Raises ConfigError naming file and field."""
    return _load(path or shipped_config() / "policy" / "severity.yaml")


@cache
def _load(path: Path) -> Severity:
    try:
        return Severity.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except yaml.YAMLError as error:
        raise ConfigError(f"not valid YAML: {error}", file=str(path), fix="correct the line named above") from error
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"]))
        raise ConfigError(first["msg"], file=str(path), field=field, fix="see the shipped severity.yaml") from error


def strictest(assessment: Assessment) -> str | None:
    """The strictest appendix among the taxa of an assessment: "I", "II", "III" or None. Split listings ("I/II") count
    as their stricter part."""
    parts = {part for taxon in assessment.taxa for part in (taxon.appendix or "").split("/")}
    return next((appendix for appendix in _STRICTEST if appendix in parts), None)


def compute(
    assessment: Assessment, last_seen: datetime, now: datetime, policy: Severity | None = None
) -> tuple[float, dict[str, Any]]:
    """Priority (0 to 200) and its parts. ``last_seen`` is when the listing was last online."""
    policy = policy or load_severity()
    appendix = strictest(assessment)
    severity = policy.severity[appendix or "unlisted"]
    days = max((now - last_seen).total_seconds() / 86400, 0.0)
    freshness = max(2 ** (-days / policy.freshness.half_life_days), policy.freshness.floor)
    boosts = {}
    if "live" in assessment.product_forms:
        boosts["live_animal"] = policy.boosts.get("live_animal", 0.0)
    if assessment.label is Label.UNSURE:
        boosts["unsure"] = policy.boosts.get("unsure", 0.0)
    value = 100 * min(max(assessment.score * severity * freshness + sum(boosts.values()), 0.0), 2.0)
    parts = {
        "score": round(assessment.score, 4),
        "appendix": appendix,
        "severity": severity,
        "freshness": round(freshness, 4),
        "days": round(days, 2),
        "boosts": boosts,
    }
    return round(value, 3), parts


def in_words(parts: Mapping[str, Any]) -> str:
    """ "Why here" for a person: ``Appendix I, score 0.91, live animal, seen today``."""
    if not parts:
        return ""
    words = [f"Appendix {parts['appendix']}" if parts.get("appendix") else "no listed taxon named"]
    words.append(f"score {parts['score']:.2f}")
    words += [name.replace("_", " ") for name in parts.get("boosts", {})]
    days = parts.get("days", 0)
    words.append("seen today" if days < 1 else f"last seen {days:.0f} days ago")
    if reopened := parts.get("reopened"):
        words.append(f"open again: {reopened}")
    return ", ".join(words)

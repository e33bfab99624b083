"""In which order flags are read: a number, and the parts it was made of, so that the page can say "why here"."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from wildtrade.policies import own_or_shipped, read_model
from wildtrade.records import Assessment, Label

FILE_NAME = "severity.yaml"
_STRICTEST = ("I", "II", "III")
Share = Annotated[float, Field(ge=0, le=1)]
Boost = Annotated[float, Field(ge=-2, le=2)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Severity(_Section):
    I: Share  # noqa: E741 - the appendix is called so
    II: Share
    III: Share
    national: Share
    unlisted: Share


class _Freshness(_Section):
    half_life_days: Annotated[float, Field(gt=0)]
    floor: Share


class _Boosts(_Section):
    live_animal: Boost
    seller_confirmed: Boost
    price_drop: Boost
    new_source: Boost
    unsure: Boost
    cluster: Boost = 0.05


class _Waiting(_Section):
    target_hours: Annotated[float, Field(ge=0)]
    full_after_hours: Annotated[float, Field(gt=0)]
    boost: Boost


class Severity(_Section):
    """``config/policy/severity.yaml``."""

    severity: _Severity
    freshness: _Freshness
    boosts: _Boosts
    waiting: _Waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a flag's place in the queue depends on.

    ``appendix``: I, II, III, national or None; ``appendix_date``: of the list that says so (ISO).
    """

    source: str
    language: str | None
    score: float
    label: Label
    appendix: str | None
    appendix_date: str | None = None
    last_seen_at: datetime
    waiting_since: datetime
    live_animal: bool = False
    seller_confirmed: bool = False
    price_drop: bool = False
    new_source: bool = False
    cluster_size: int = 1


def load_severity(folder: Path | None = None) -> Severity:
    """The severity policy of a workspace's policy folder, else the shipped one. Raises ConfigError that names the
    file, every wrong field and the fix."""
    return _load(own_or_shipped(FILE_NAME, folder))


@cache
def _load(path: Path) -> Severity:
    return read_model(Severity, path)


def strictest(assessment: Assessment) -> str | None:
    """The strictest appendix among the taxa of an assessment: "I", "II", "III" or None. Split listings ("I/II") count
    as their stricter part."""
    parts = {part for taxon in assessment.taxa for part in (taxon.appendix or "").split("/")}
    return next((appendix for appendix in _STRICTEST if appendix in parts), None)


def compute(facts: Facts, now: datetime, policy: Severity | None = None) -> tuple[float, dict[str, Any]]:
    """Priority (0 to 200) and its parts."""
    policy = policy or load_severity()
    severity: float = getattr(policy.severity, facts.appendix or "unlisted")
    days = max((now - facts.last_seen_at).total_seconds() / 86400, 0.0)
    freshness = max(2 ** (-days / policy.freshness.half_life_days), policy.freshness.floor)
    boosts = _boosts(facts, now, policy)
    value = 100 * min(max(facts.score * severity * freshness + sum(boosts.values()), 0.0), 2.0)
    parts = {
        "score": round(facts.score, 4),
        "appendix": facts.appendix,
        "appendix_date": facts.appendix_date,
        "severity": severity,
        "freshness": round(freshness, 4),
        "days": round(days, 2),
        "boosts": boosts,
    }
    return round(value, 3), parts


def _boosts(facts: Facts, now: datetime, policy: Severity) -> dict[str, float]:
    holds = {
        "live_animal": facts.live_animal,
        "seller_confirmed": facts.seller_confirmed,
        "price_drop": facts.price_drop,
        "new_source": facts.new_source,
        "unsure": facts.label is Label.UNSURE,
    }
    boosts = {name: getattr(policy.boosts, name) for name, true in holds.items() if true}
    if facts.cluster_size > 1:
        boosts["cluster"] = round(policy.boosts.cluster * math.log2(facts.cluster_size), 4)
    late = (now - facts.waiting_since).total_seconds() / 3600 - policy.waiting.target_hours
    if late > 0:
        share = min(late / policy.waiting.full_after_hours, 1.0)
        boosts["long_waiting"] = round(policy.waiting.boost * share, 4)
    return boosts

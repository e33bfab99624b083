"""All figures of one set: overall, by group, and the errors one should read first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from classifiers.assessor import Assessor
from classifiers.evaluating.figures import Figures, Outcome, measure
from classifiers.evaluating.measures import (
    Bin,
    Value,
    area,
    calibration_error,
    f1,
    precision_at_recall,
    reliability,
    with_interval,
)
from classifiers.evaluating.sets import KEYS, Row
from wildtrade.records import Assessment

_MEASURES = {"f1": f1, "auc": area, "precision_at_95_recall": precision_at_recall, "ece": calibration_error}
_FEWEST = 5  # texts of a group worth a line of their own


@dataclass(frozen=True)
class Judged:
    """A labelled text with the detector's opinion of it."""

    row: Row
    opinion: Assessment

    @property
    def flagged(self) -> bool:
        return self.opinion.label.value == "flag"

    @property
    def error(self) -> float:
        """How far off the score is, where the flag is wrong; 0 where it is right."""
        return abs(self.row.label - self.opinion.score) if self.flagged != bool(self.row.label) else 0.0


@dataclass(frozen=True)
class Part:
    """Figures of some of the texts: shares with Wilson intervals, measures with bootstrap intervals."""

    texts: int
    wildlife: int
    shares: Figures
    measures: dict[str, Value]

    def to_dict(self) -> dict[str, Any]:
        shares = {name: found for name, found in self.shares.to_dict().items() if name not in self.measures}
        measures = {name: found.to_dict() for name, found in self.measures.items()}
        return {"texts": self.texts, "wildlife": self.wildlife, **shares, **measures}


@dataclass(frozen=True)
class Report:
    """What ``wildtrade eval`` tells."""

    whole: Part
    by: dict[str, dict[str, Part]]
    bins: list[Bin]
    errors: list[Judged]  # worst first
    model_version: str
    lexicon_version: str

    def to_dict(self, errors: int) -> dict[str, Any]:
        return {
            "model_version": self.model_version,
            "lexicon_version": self.lexicon_version,
            **self.whole.to_dict(),
            "reliability": [one.to_dict() for one in self.bins],
            "by": {key: {name: part.to_dict() for name, part in parts.items()} for key, parts in self.by.items()},
            "errors": [_error(judged) for judged in self.errors[:errors]],
        }


def evaluate_set(assessor: Assessor, rows: Sequence[Row]) -> Report:
    """Judge every text and measure."""
    opinions = assessor.assess_many(row.text for row in rows)
    judged = [Judged(row, opinion) for row, opinion in zip(rows, opinions, strict=True)]
    truth = np.array([float(row.label) for row in rows])
    scores = np.array([one.opinion.score for one in judged])
    return Report(
        whole=measure_part(judged),
        by={key: parts for key in KEYS if (parts := _by(judged, key))},
        bins=reliability(truth, scores),
        errors=sorted((one for one in judged if one.error), key=lambda one: -one.error),
        model_version=assessor.model_version,
        lexicon_version=assessor.lexicon_version,
    )


def measure_part(judged: Sequence[Judged]) -> Part:
    """Figures of some judged texts."""
    outcomes = [Outcome(one.row.label, one.opinion.score, one.opinion.label.value) for one in judged]
    truth = np.array([float(one.row.label) for one in judged])
    score = np.array([one.opinion.score for one in judged])
    flag = np.array([one.flagged for one in judged])
    clusters = [one.row.cluster for one in judged]
    measures = {name: with_interval(found, truth, score, flag, clusters) for name, found in _MEASURES.items()}
    return Part(len(judged), int(truth.sum()), measure(outcomes), measures)


def _by(judged: Sequence[Judged], key: str) -> dict[str, Part]:
    groups: dict[str, list[Judged]] = defaultdict(list)
    for one in judged:
        if key in one.row.by:
            groups[one.row.by[key]].append(one)
    return {name: measure_part(groups[name]) for name in sorted(groups) if len(groups[name]) >= _FEWEST}


def _error(judged: Judged) -> dict[str, Any]:
    text, opinion = judged.row.text, judged.opinion
    signals = sorted(opinion.signals, key=lambda signal: -abs(signal.weight))
    return {
        "id": judged.row.id, "label": judged.row.label, "machine": opinion.label.value,
        "score": round(opinion.score, 4), "title": text.title, "description": text.description, "price": text.price,
        **judged.row.by,
        "signals": [
            {"weight": round(s.weight, 3), "text": s.text, "message_key": s.message_key, "source": s.source}
            for s in signals
        ],
    }  # fmt: skip

"""Compares what a crawl stored with the answer key: captured, found, falsely flagged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from academy.world.items import Answer
from storage.models import AssessmentRow, ListingRow
from wildtrade.records import Label

Key = Mapping[tuple[str, str], Answer]


@dataclass(frozen=True, kw_only=True)
class Score:
    """How a crawl did. ``found`` counts true wildlife labelled flag or unsure; ``raised`` everything so labelled."""

    live: int
    captured: int
    wildlife: int
    found: int
    raised: int
    missed: tuple[Answer, ...]
    false: tuple[Answer, ...]

    @property
    def capture_ratio(self) -> float:
        """Share of the live listings that are in the database."""
        return self.captured / self.live if self.live else 0.0

    @property
    def recall(self) -> float:
        """Share of the true wildlife that was flagged or unsure (what was not captured counts as missed)."""
        return self.found / self.wildlife if self.wildlife else 0.0

    @property
    def precision(self) -> float:
        """Share of true wildlife among what was flagged or unsure."""
        return self.found / self.raised if self.raised else 0.0

    def to_dict(self) -> dict[str, Any]:
        """The figures, without the lists."""
        return {
            "live": self.live,
            "captured": self.captured,
            "capture_ratio": round(self.capture_ratio, 4),
            "wildlife": self.wildlife,
            "raised": self.raised,
            "recall": round(self.recall, 4),
            "precision": round(self.precision, 4),
        }


def latest_labels(session: Session) -> dict[tuple[str, str], Label | None]:
    """The newest label of each stored listing by (source id, key); None where nothing was assessed."""
    rows = session.execute(
        select(ListingRow.source, ListingRow.key, AssessmentRow.label)
        .outerjoin(AssessmentRow, AssessmentRow.listing_id == ListingRow.id)
        .order_by(AssessmentRow.id)
    )
    return {(source, key): label for source, key, label in rows}


def score(labels: Mapping[tuple[str, str], Label | None], key: Key) -> Score:
    """Compare labels with the answers of the live items; items that are gone do not count."""
    live = {where: answer for where, answer in key.items() if answer.gone_on is None}
    raised = {where for where in live if labels.get(where) in (Label.FLAG, Label.UNSURE)}
    wildlife = {where for where, answer in live.items() if answer.wildlife}
    return Score(
        live=len(live),
        captured=len(live.keys() & labels.keys()),
        wildlife=len(wildlife),
        found=len(raised & wildlife),
        raised=len(raised),
        missed=tuple(live[where] for where in sorted(wildlife - raised)),
        false=tuple(live[where] for where in sorted(raised - wildlife)),
    )

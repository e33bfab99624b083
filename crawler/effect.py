"""What a change of the lexicon would have done to the listings in the database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import make_url

from classifiers.assessor import Assessor
from classifiers.learning.workspace import own_policy
from classifiers.lexicon import Lexicon
from classifiers.lexicons.comparison import Difference, Effect, compare
from classifiers.reading import Text
from storage.database import open_database, sqlite_path
from storage.recent import RecentText, confirmed_texts, recent_opinions, recent_texts
from wildtrade.records import DecisionLabel
from wildtrade.settings import Workspace

Change = Difference[RecentText]


@dataclass
class Report:
    """The effect on the listings seen last, and the listings people confirmed that would sink."""

    before: str
    after: str
    effect: Effect[RecentText]
    confirmed: int = 0
    lost_confirmed: list[Change] = field(default_factory=list)

    @property
    def texts(self) -> int:
        """How many listings were looked at."""
        return self.effect.moves.total()

    def to_dict(self) -> dict[str, Any]:
        """The JSON shape of ``wildtrade lexicon diff``."""
        return {
            "before": self.before,
            "after": self.after,
            "listings": self.texts,
            "new_flags": self.effect.new_flag_count,
            "lost_flags": self.effect.lost_flag_count,
            "confirmed": self.confirmed,
            "lost_confirmed": len(self.lost_confirmed),
            "moves": {f"{old.value} -> {new.value}": n for (old, new), n in sorted(self.effect.moves.items())},
            "lists": {
                "new_flags": [as_dict(one) for one in self.effect.new_flags],
                "lost_flags": [as_dict(one) for one in self.effect.lost_flags],
                "lost_confirmed": [as_dict(one) for one in self.lost_confirmed],
            },
        }


def as_dict(change: Change) -> dict[str, Any]:
    """One changed listing for machines."""
    listing = change.key
    return {
        "listing_id": listing.listing_id,
        "source": listing.source,
        "url": listing.url,
        "title": listing.title,
        "decision": None if listing.decision is None else listing.decision.value,
        "before": change.before.value,
        "after": change.after.value,
        "score_before": change.score_before,
        "score_after": change.score_after,
        "reasons": list(change.reasons),
    }


def has_database(workspace: Workspace) -> bool:
    """Whether there is a database to look at; False only before the first `wildtrade init`."""
    path = sqlite_path(make_url(workspace.database_url))
    return path is None or path.is_file()


def effect_of(workspace: Workspace, before: Lexicon, after: Lexicon, *, limit: int, most: int) -> Report:
    """Assess the last ``limit`` listings, and the last ``limit`` confirmed ones, with both lexicons and the model in
    use. At most ``most`` listings of each kind are kept. Raises ConfigError or StorageError without a database."""
    with closing(open_database(workspace.database_url)) as database, database.session(read_only=True) as session:
        old = Assessor.load(lexicon=before, policy=own_policy(workspace))
        new = old.with_lexicon(after)
        report = Report(before.version, after.version, Effect(most))
        for change in compare(old, new, _pairs(recent_texts(session, limit))):
            report.effect.add(change)
        for change in compare(old, new, _pairs(confirmed_texts(session, limit))):
            report.confirmed += 1
            if change.sinks:
                report.lost_confirmed.append(change)
    return report


def _pairs(listings: Iterable[RecentText]) -> Iterator[tuple[RecentText, Text]]:
    for one in listings:
        yield one, Text(one.title, one.description, one.price, one.seller, images=one.images)


@dataclass(slots=True)
class Use:
    """How often an entry was found, and what people decided about those listings."""

    hits: int = 0
    wildlife: int = 0
    not_wildlife: int = 0

    @property
    def precision(self) -> float | None:
        """Share of wildlife among the decided listings; None where none is decided."""
        decided = self.wildlife + self.not_wildlife
        return self.wildlife / decided if decided else None


def uses(workspace: Workspace, limit: int) -> tuple[int, dict[str, Use]]:
    """How many of the last ``limit`` listings were looked at, and the uses of each lexicon entry found in them."""
    found: dict[str, Use] = {}
    listings = 0
    with closing(open_database(workspace.database_url)) as database, database.session(read_only=True) as session:
        for signals, decision in recent_opinions(session, limit):
            listings += 1
            for source in {signal["source"] for signal in signals if signal["source"].startswith("lexicon:")}:
                use = found.setdefault(source.removeprefix("lexicon:"), Use())
                use.hits += 1
                use.wildlife += decision is DecisionLabel.WILDLIFE
                use.not_wildlife += decision is DecisionLabel.NOT_WILDLIFE
    return listings, found

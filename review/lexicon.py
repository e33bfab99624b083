"""The lexicon as its page shows it: every term with where it stands, and a text tried with it."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path

from classifiers.assessor import Assessor
from classifiers.evaluating.figures import wilson
from classifiers.learning.versions import current_model
from classifiers.lexicon import Guard, Lexicon, Term, load_lexicon
from classifiers.lexicons.versions import current, fingerprint
from classifiers.lexicons.workspace import load_draft, load_in_use
from classifiers.policy import TEXTS
from classifiers.taxonomy import FOLDER
from review.text import later
from storage.search.words import words
from wildtrade.records import Assessment

LONGEST = 5000  # characters that are tried
_trying = threading.Lock()  # an assessor is for one thread at a time


class Standing(StrEnum):
    """Whether a term counts."""

    SHIPPED = "shipped"
    PUBLISHED = "published"
    DRAFT = "draft"


STANDINGS = {
    Standing.SHIPPED: later("shipped"),
    Standing.PUBLISHED: later("published here"),
    Standing.DRAFT: later("draft, not in use"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One term, whether it counts, and the guards about it. ``hits`` listings had it in 30 days; of ``judged`` ones
    that people decided, ``right`` are wildlife."""

    term: Term
    standing: Standing
    guards: tuple[Guard, ...]
    hits: int = 0
    right: int = 0
    judged: int = 0

    @property
    def precision(self) -> float | None:
        """The share that is wildlife, from 0 to 1; None where nobody decided."""
        return self.right / self.judged if self.judged else None

    @property
    def interval(self) -> tuple[float, float]:
        """The Wilson interval (95 %) of the precision."""
        return wilson(self.right, self.judged)


def lexicon_folder(home: Path | None) -> Path | None:
    """Where a workspace has its own entries, if it has any."""
    return home / "lexicon" if home is not None and (home / "lexicon").is_dir() else None


def entries(home: Path | None) -> tuple[Entry, ...]:
    """All terms but those of packs, with what is shipped first."""
    folder = lexicon_folder(home)
    return _entries(folder, *_state(folder))


def _state(folder: Path | None) -> tuple[int | None, str]:
    """What changes when the lexicon does."""
    return (None, "") if folder is None else (current(folder), fingerprint(folder))


@lru_cache(4)
def _entries(folder: Path | None, number: int | None, draft: str) -> tuple[Entry, ...]:
    shipped = {term.key for term in load_lexicon().terms}
    used = load_in_use(folder)
    found = [
        *_told(used, {term.key: Standing.SHIPPED if term.key in shipped else Standing.PUBLISHED for term in used.terms})
    ]
    if folder is not None:
        known, drafted = {one.term.key for one in found}, load_draft(folder)
        found += _told(drafted, {term.key: Standing.DRAFT for term in drafted.terms if term.key not in known})
    return tuple(found)


def _told(lexicon: Lexicon, standings: dict[str, Standing]) -> Iterator[Entry]:
    guards: dict[str, list[Guard]] = {}
    for guard in lexicon.guards:
        guards.setdefault(guard.target, []).append(guard)
    for term in lexicon.terms:
        if term.key in standings:
            about = (*guards.get(term.text, ()), *guards.get(term.group, ()))
            spoken = tuple(guard for guard in about if guard.language in (term.language, "und", "*"))
            yield Entry(term, standings[term.key], spoken)


def found_entries(
    everything: Sequence[Entry], *, said: str = "", language: str = "", standing: str = ""
) -> list[Entry]:
    """Entries with these words in the term, the taxon or the group; accents do not matter."""
    wanted = " ".join(words(said))
    return [
        one
        for one in everything
        if (not language or one.term.language == language)
        and (not standing or one.standing == standing)
        and (not wanted or wanted in _searched(one.term))
    ]


@cache
def _searched(term: Term) -> str:
    return " ".join(words(f"{term.text} {term.taxon} {term.group.replace('_', ' ')}"))


def try_text(home: Path | None, text: str, *, draft: bool = False) -> Assessment:
    """What the machine says of a text, with the lexicon in use or with the draft. Raises ConfigError for a lexicon
    that is broken."""
    folder = lexicon_folder(home)
    with _trying:
        return _assessor(home, folder, draft, *_state(folder)).assess(None, text[:LONGEST])


@lru_cache(2)
def _assessor(home: Path | None, folder: Path | None, draft: bool, number: int | None, state: str) -> Assessor:
    base = _base(home)
    if folder is None or not draft:
        return base.with_lexicon(load_in_use(folder))
    return base.with_lexicon(load_draft(folder))


@lru_cache(1)
def _base(home: Path | None) -> Assessor:
    if home is None:
        return Assessor.load(use=TEXTS)
    policy = home / "policy" / "detection.yaml"
    own = policy if policy.is_file() else None
    return Assessor.load(model=current_model(home), policy=own, use=TEXTS, taxa=home / FOLDER)

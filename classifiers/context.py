"""What stands around a term: guards that excuse it, denials, imitations, and what the author wants."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property

from classifiers.characters import is_unspaced
from classifiers.folding import FIELD_BREAK, Folded, fold_words
from classifiers.lexicon import Guard
from classifiers.matcher import CueHit, Found, GuardHit, Hit
from wildtrade.records import Intent

_CLAUSE_END = re.compile(rf"[.!?;\n。！？；{FIELD_BREAK}]")
_NEGATION_REACH = (3, 12)  # tokens; characters in scripts without spaces
_IMITATION_REACH = (2, 8)
_NEAR = (8, 24)  # the same units: how far a cue may stand from a term it says something about
_NEAR_CHARACTERS = 90
_TRADE = frozenset({"sell", "contact", "price", "quantity"})


@dataclass(frozen=True, slots=True)
class Seen:
    """A hit with what excuses it, and the kinds of cues near it."""

    hit: Hit
    guards: tuple[GuardHit, ...] = ()
    negation: CueHit | None = None
    imitation: CueHit | None = None
    cues: frozenset[str] = frozenset()

    @property
    def clear(self) -> bool:
        """Nothing excuses this hit."""
        return not (self.guards or self.negation or self.imitation)


@dataclass(frozen=True)
class Evidence:
    """All that the lexicon says about one listing text."""

    folded: Folded
    seen: tuple[Seen, ...]
    found: Found
    language: str | None
    has_price: bool

    @cached_property
    def cues(self) -> dict[str, CueHit]:
        """The first cue of each kind."""
        first: dict[str, CueHit] = {}
        for hit in self.found.cues:
            first.setdefault(hit.cue.kind, hit)
        return first

    @cached_property
    def topics(self) -> dict[str, CueHit]:
        """The first word of each topic."""
        first: dict[str, CueHit] = {}
        for hit in self.found.topics:
            first.setdefault(hit.cue.kind, hit)
        return first

    @cached_property
    def intent(self) -> Intent:
        """What the author wants, by the cues."""
        count = Counter(hit.cue.kind for hit in self.found.cues)
        trade = sum(count[kind] for kind in _TRADE) + self.has_price
        if count["news"] + count["awareness"] >= 2 and count["news"] + count["awareness"] > trade:
            return Intent.NEWS
        if count["buy"] > count["sell"]:
            return Intent.BUY
        if count["ask"] and not self.has_price and count["ask"] >= count["sell"]:
            return Intent.ASK
        return Intent.SELL if trade else Intent.OTHER


def weigh_context(folded: Folded, found: Found, language: str | None, has_price: bool) -> Evidence:
    """Join each hit with the guards, denials and imitations that cover it."""
    scopes = _Scopes(folded, found)
    return Evidence(folded, tuple(scopes.look_at(hit) for hit in found.hits), found, language, has_price)


class _Scopes:
    def __init__(self, folded: Folded, found: Found) -> None:
        self.folded = folded
        self.guards = found.guards
        self.cues = found.cues
        self.negations = [hit for hit in found.cues if hit.cue.kind == "negation"]
        self.imitations = [
            hit for hit in found.cues if hit.cue.kind == "imitation" and not self._denied(hit.start, hit.end)
        ]

    def look_at(self, hit: Hit) -> Seen:
        guards: dict[str, GuardHit] = {}
        for guard_hit in self.guards:
            guard = guard_hit.guard
            if guard.id not in guards and _aims_at(guard, hit) and self._reaches(guard_hit, hit):
                guards[guard.id] = guard_hit
        near = frozenset(cue.cue.kind for cue in self.cues if self._is_near(cue, hit))
        return Seen(hit, tuple(guards.values()), self._denied(hit.start, hit.end), self._imitation(hit), near)

    def _is_near(self, cue: CueHit, hit: Hit) -> bool:
        gap = max(cue.start - hit.end, hit.start - cue.end)
        if gap > _NEAR_CHARACTERS:
            return False
        reach = _NEAR[is_unspaced(self.folded.text[hit.end - 1])]
        return self._distance(cue.start, cue.end, hit.start, hit.end) <= reach

    def _reaches(self, guard_hit: GuardHit, hit: Hit) -> bool:
        if guard_hit.guard.window == 0:
            return guard_hit.start <= hit.start and hit.end <= guard_hit.end
        return self._distance(guard_hit.start, guard_hit.end, hit.start, hit.end) <= guard_hit.guard.window

    def _denied(self, start: int, end: int) -> CueHit | None:
        for negation in self.negations:
            if negation.start < start and self._near(negation.start, negation.end, start, end, _NEGATION_REACH):
                return negation
        return None

    def _imitation(self, hit: Hit) -> CueHit | None:
        for imitation in self.imitations:
            if hit.start <= imitation.start and imitation.end <= hit.end:
                continue  # part of the name: glass eel
            if self._near(imitation.start, imitation.end, hit.start, hit.end, _IMITATION_REACH):
                return imitation
        return None

    def _near(self, a_start: int, a_end: int, b_start: int, b_end: int, reach: tuple[int, int]) -> bool:
        limit = reach[is_unspaced(self.folded.text[b_end - 1])]
        return self._distance(a_start, a_end, b_start, b_end) <= limit and not self._clause_ends_between(
            min(a_end, b_end), max(a_start, b_start)
        )

    def _distance(self, a_start: int, a_end: int, b_start: int, b_end: int) -> int:
        """How many tokens (characters in scripts without spaces) one stands from the other; 0 where they overlap."""
        first, last = (a_end, b_start) if a_start <= b_start else (b_end, a_start)
        if last <= first:
            return 0
        between = self.folded.text[first:last]
        if is_unspaced(self.folded.text[first - 1]) or is_unspaced(self.folded.text[last]):
            return len(between)
        return between.count(" ")

    def _clause_ends_between(self, start: int, end: int) -> bool:
        if end <= start:
            return False
        first = self.folded.span(start, end)
        return bool(_CLAUSE_END.search(self.folded.stored, max(first[0] - 1, 0), first[1] + 1))


def _aims_at(guard: Guard, hit: Hit) -> bool:
    if guard.target == "*":
        return True
    target = fold_words(guard.target)
    return any(guard.target == term.group or target == fold_words(term.text) for term in hit.entries)

"""What the text model is told besides the words: the lexicon's findings as tokens that mean the same in every language.

These tokens carry what was learned from ivory in English over to pangolins in Thai.
"""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.context import Evidence, Seen
from classifiers.repairs import HIDING

MARK = "§"  # begins every signal token; folding leaves no such character in a text

_MOST_NEIGHBOURS = 8  # terms whose surroundings count
# Cues that colour a whole text. The others count only near a term: a long text holds some of each by chance.
_WHOLE_TEXT = ("news", "awareness", "ask")


def signal_tokens(evidence: Evidence) -> list[str]:
    """Signal tokens of one text, without repeats, each starting with MARK."""
    return list(dict.fromkeys(f"{MARK}{token}" for token in _tokens(evidence)))


def _tokens(evidence: Evidence) -> Iterator[str]:
    seen = evidence.seen
    intent = evidence.intent.value
    yield f"intent={intent}"
    yield "price" if evidence.has_price else "no_price"
    for kind in _WHOLE_TEXT:
        if kind in evidence.cues:
            yield f"cue={kind}"
    best = _best(evidence)
    yield f"best={best}"
    yield f"best={best}&intent={intent}"
    yield from _counts(evidence)
    for one in seen:
        yield from _about(one, intent)
    yield from _neighbours(evidence)
    for guard_hit in evidence.found.guards:
        yield f"phrase={guard_hit.guard.reason}"


def _best(evidence: Evidence) -> str:
    """The best that the lexicon has to say."""
    rank = {"strong": 3, "code": 2, "weak": 1}
    best, place = "none", 0
    for one in evidence.seen:
        value = rank[one.hit.strength] * 2 + one.clear
        if value > place:
            best, place = f"{one.hit.strength}{'' if one.clear else '-excused'}", value
    return best


def _counts(evidence: Evidence) -> Iterator[str]:
    for strength in ("strong", "weak", "code"):
        texts = {one.hit.term.text for one in evidence.seen if one.clear and one.hit.strength == strength}
        for n in range(2, min(len(texts), 4) + 1):
            yield f"{strength}>={n}"
    excused = sum(not one.clear for one in evidence.seen)
    if excused:
        yield "all_excused" if excused == len(evidence.seen) else "some_excused"
    if len({one.hit.term.group for one in evidence.seen}) > 1:
        yield "several_groups"


def _about(one: Seen, intent: str) -> Iterator[str]:
    term, strength = one.hit.term, one.hit.strength
    state = "clear" if one.clear else "excused"
    yield f"{strength}&{state}"
    yield f"group={term.group}&{state}"
    yield f"form={term.form}&{state}"
    yield f"form={term.form}&{strength}&{intent}&{state}"
    if term.rank or term.taxon:
        yield f"rank={term.rank}&{state}"
    for kind in one.cues:
        yield f"near={kind}"
        yield f"near={kind}&{strength}&{state}"
    if one.hit.repaired:
        yield f"repaired={one.hit.repaired}&{strength}"
    if one.hit.repaired in HIDING:
        yield "hidden"
    if term.group == "emoji":
        yield f"emoji&{state}"
    for guard_hit in one.guards:
        yield f"guard={guard_hit.guard.reason}"
        yield f"guard={guard_hit.guard.reason}&{strength}"
    if one.negation is not None:
        yield "negated"
    if one.imitation is not None:
        yield "imitation"


def _neighbours(evidence: Evidence) -> Iterator[str]:
    """What stands beside a term: "<term> carving", "wild-caught <term>"; some characters of it in unspaced scripts."""
    text = evidence.folded.text
    for one in evidence.seen[:_MOST_NEIGHBOURS]:
        before, after = text[max(one.hit.start - 24, 0) : one.hit.start], text[one.hit.end : one.hit.end + 24]
        if before.endswith(" "):
            words = before.split()[-2:]
            yield from (f"left{len(words) - at}={word}" for at, word in enumerate(words))
        else:
            yield from (f"left={before[-n:]}" for n in (1, 2, 3, 4))
        if after.startswith(" "):
            yield from (f"right{at}={word}" for at, word in enumerate(after.split()[:2], 1))
        else:
            yield from (f"right={after[:n]}" for n in (1, 2, 3, 4))

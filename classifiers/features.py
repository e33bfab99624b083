"""What the text model is told besides the words: the lexicon's findings as tokens that mean the same in every language.

These tokens carry what was learned from ivory in English over to pangolins in Thai.
"""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.context import Evidence, Seen
from classifiers.repairs import HIDING
from classifiers.subjects import subject_tokens

MARK = "§"  # begins every signal token; folding leaves no such character in a text

# Guards that give one word another meaning; the others (news, toys, supplies ...) speak of the whole text.
SENSES = frozenset({"colour", "brand", "place", "surname", "food", "game", "team", "plant_name", "scent"})
_MOST_NEIGHBOURS = 8  # terms whose surroundings count
# Cues that colour a whole text. The others count only near a term: a long text holds some of each by chance.
_WHOLE_TEXT = ("news", "awareness", "ask")


def signal_tokens(evidence: Evidence) -> list[str]:
    """Signal tokens of one text, without repeats, each starting with MARK."""
    return list(dict.fromkeys(f"{MARK}{token}" for token in _tokens(evidence)))


def _tokens(evidence: Evidence) -> Iterator[str]:
    seen = _speaking(evidence)
    intent = evidence.intent.value
    yield f"intent={intent}"
    yield "price" if evidence.has_price else "no_price"
    for kind in _WHOLE_TEXT:
        if kind in evidence.cues:
            yield f"cue={kind}"
    best = _best(seen)
    yield f"best={best}"
    yield f"best={best}&intent={intent}"
    yield from _counts(seen)
    yield from subject_tokens(evidence, seen, best)
    for one in seen:
        yield from _about(one, intent)
    yield from _neighbours(evidence.folded.text, seen)
    for guard_hit in evidence.found.guards:
        if not (best == "strong" and guard_hit.guard.id in _heard(evidence)):
            yield f"phrase={guard_hit.guard.reason}"


def _speaking(evidence: Evidence) -> list[Seen]:
    """The hits that count: a word used in another sense says nothing about a term that nothing excuses. Names of packs
    are left out: the model never learned what they are worth."""
    own = [one for one in evidence.seen if not one.hit.term.packed]
    if any(one.clear and one.hit.strength == "strong" for one in own):
        return [one for one in own if not _other_sense(one)]
    return own


def _other_sense(one: Seen) -> bool:
    return any(guard_hit.guard.reason in SENSES for guard_hit in one.guards)


def _heard(evidence: Evidence) -> set[str]:
    """Guards that have done their work on the hit they excuse."""
    return {hit.guard.id for one in evidence.seen for hit in one.guards if hit.guard.reason in SENSES}


def _best(seen: list[Seen]) -> str:
    """The best that the lexicon has to say."""
    rank = {"strong": 3, "code": 2, "weak": 1}
    best, place = "none", 0
    for one in seen:
        value = rank[one.hit.strength] * 2 + one.clear
        if value > place:
            best, place = f"{one.hit.strength}{'' if one.clear else '-excused'}", value
    return best


def _counts(seen: list[Seen]) -> Iterator[str]:
    for strength in ("strong", "weak", "code"):
        texts = {one.hit.term.text for one in seen if one.clear and one.hit.strength == strength}
        for n in range(2, min(len(texts), 4) + 1):
            yield f"{strength}>={n}"
    excused = sum(not one.clear for one in seen)
    if excused:
        yield "all_excused" if excused == len(seen) else "some_excused"
    if len({one.hit.term.group for one in seen}) > 1:
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


def _neighbours(text: str, seen: list[Seen]) -> Iterator[str]:
    """What stands beside a term: "<term> carving", "wild-caught <term>"; some characters of it in unspaced scripts."""
    for one in seen[:_MOST_NEIGHBOURS]:
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

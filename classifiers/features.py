"""What the text model is told besides the words: the lexicon's findings as tokens that mean the same in every language.

These tokens carry what was learned from ivory in English over to pangolins in Thai.
"""

from __future__ import annotations

from collections.abc import Iterator

from classifiers.context import Evidence, Seen

MARK = "§"  # begins every signal token; folding leaves no such character in a text

_OFFERS = ("sell", "buy", "contact", "price", "quantity", "permit", "wild", "captive", "antique", "genuine")


def signal_tokens(evidence: Evidence) -> list[str]:
    """Signal tokens of one text, without repeats, each starting with MARK."""
    return list(dict.fromkeys(f"{MARK}{token}" for token in _tokens(evidence)))


def _tokens(evidence: Evidence) -> Iterator[str]:
    seen = evidence.seen
    intent = evidence.intent.value
    cues = evidence.cues
    yield f"intent={intent}"
    yield "price" if evidence.has_price else "no_price"
    for kind in cues:
        yield f"cue={kind}"
    best = _best(evidence)
    yield f"best={best}"
    yield f"best={best}&intent={intent}"
    for kind in _OFFERS:
        if kind in cues and seen:
            yield f"best={best}&cue={kind}"
    if evidence.folded.hidden or any(edit.kind != "misspelt" for edit in evidence.folded.repairs):
        yield "hidden"
    yield from _counts(evidence)
    for one in seen:
        yield from _about(one, intent)
    yield from _neighbours(evidence)
    for guard_hit in evidence.found.guards:
        yield f"phrase={guard_hit.guard.reason}"
    yield f"length={min(len(evidence.folded.text) // 60, 8)}"


def _best(evidence: Evidence) -> str:
    """The best that the lexicon has to say."""
    rank = {"strong": 3, "code": 2, "weak": 1}
    best, place = "none", 0
    for one in evidence.seen:
        value = rank[one.hit.term.strength] * 2 + one.clear
        if value > place:
            best, place = f"{one.hit.term.strength}{'' if one.clear else '-excused'}", value
    return best


def _counts(evidence: Evidence) -> Iterator[str]:
    for strength in ("strong", "weak", "code"):
        texts = {one.hit.term.text for one in evidence.seen if one.clear and one.hit.term.strength == strength}
        for n in range(2, min(len(texts), 4) + 1):
            yield f"{strength}>={n}"
    excused = sum(not one.clear for one in evidence.seen)
    if excused:
        yield "all_excused" if excused == len(evidence.seen) else "some_excused"
    if len({one.hit.term.group for one in evidence.seen}) > 1:
        yield "several_groups"


def _about(one: Seen, intent: str) -> Iterator[str]:
    term = one.hit.term
    state = "clear" if one.clear else "excused"
    yield f"{term.strength}&{state}"
    yield f"group={term.group}&{state}"
    yield f"form={term.form}&{state}"
    yield f"form={term.form}&{term.strength}&{intent}&{state}"
    if term.rank or term.taxon:
        yield f"rank={term.rank}&{state}"
    if one.hit.repaired:
        yield f"repaired={one.hit.repaired}&{term.strength}"
    if term.group == "emoji":
        yield f"emoji&{state}"
    for guard_hit in one.guards:
        yield f"guard={guard_hit.guard.reason}"
        yield f"guard={guard_hit.guard.reason}&{term.strength}"
    if one.negation is not None:
        yield "negated"
    if one.imitation is not None:
        yield "imitation"


def _neighbours(evidence: Evidence) -> Iterator[str]:
    """The words beside a term: "<term> carving", "wild-caught <term>"."""
    text = evidence.folded.text
    for one in evidence.seen[:8]:
        hit = one.hit
        if text[hit.start] != " " or text[hit.end - 1] != " ":
            continue
        left = text[max(hit.start - 24, 0) : hit.start].rpartition(" ")[2]
        right = text[hit.end : hit.end + 24].partition(" ")[0]
        yield f"left={left}"
        yield f"right={right}"

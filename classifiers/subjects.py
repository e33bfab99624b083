"""What a text is about besides its terms: its topics, and what its title names first and last.

A title like "leopard print cushion" says what is sold with its last noun in some languages and its first in others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from classifiers.context import Evidence, Seen
from classifiers.folding import BREAK_WORD

_HEAD_LAST = frozenset({"en", "af", "zh"})  # languages whose noun stands after what describes it
_NEAR_CHARACTERS = 40
_MANY = (2, 4)


def subject_tokens(evidence: Evidence, seen: Sequence[Seen], best: str) -> Iterator[str]:
    """Tokens of topics, alone and together with the best the lexicon has to say, and of the title."""
    if not evidence.topics:
        yield f"topic=none&best={best}"
    count = Counter(hit.cue.kind for hit in evidence.found.topics)
    for kind, times in count.items():
        yield f"topic={kind}"
        yield f"topic={kind}&best={best}"
        yield from (f"topic={kind}>={many}" for many in _MANY if times >= many)
    for kind in evidence.cues:
        yield f"has={kind}"
        yield f"has={kind}&best={best}"
    yield from _title(evidence, seen, best)
    yield from _beside(evidence, seen)


def _title(evidence: Evidence, seen: Sequence[Seen], best: str) -> Iterator[str]:
    end = evidence.folded.text.find(BREAK_WORD)
    named = [(hit.start, hit.cue.kind) for hit in evidence.found.topics if hit.start < end]
    for kind in dict.fromkeys(kind for _, kind in named):
        yield f"title={kind}"
    for one in seen:
        place = "title" if one.hit.start < end else "body"
        yield f"{place}&{one.hit.strength}&{_state(one)}"
        if place == "title":
            named.append((one.hit.start, f"{one.hit.strength}-{_state(one)}"))
    if not named:
        yield f"head=none&best={best}"
        return
    first, last = min(named)[1], max(named)[1]
    head, tail = (last, first) if evidence.language in _HEAD_LAST else (first, last)
    yield f"head={head}"
    yield f"head={head}&best={best}"
    yield f"head={head}&tail={tail}"


def _beside(evidence: Evidence, seen: Sequence[Seen]) -> Iterator[str]:
    """Topics that stand close to a term."""
    for one in seen[:8]:
        for topic in evidence.found.topics:
            gap = max(topic.start - one.hit.end, one.hit.start - topic.end)
            if gap <= _NEAR_CHARACTERS:
                yield f"by={topic.cue.kind}&{one.hit.strength}&{_state(one)}"
                if gap <= 1:
                    yield f"next={topic.cue.kind}&{one.hit.strength}"


def _state(one: Seen) -> str:
    return "clear" if one.clear else "excused"

"""Texts that say nothing of what is offered: "ready, dm" under five pictures can neither accuse nor clear."""

from __future__ import annotations

from classifiers.context import Evidence
from classifiers.folding import BREAK_WORD

_SPEAKING = frozenset({"news", "awareness", "imitation", "permit", "wild", "captive", "antique", "genuine"})


def says_nothing(evidence: Evidence, most_words: int) -> bool:
    """Whether title and description hold no word but those every advert has: "available", "inbox", a number, a sign.

    One word of its own is enough to say something, known or not, so that a market of terse adverts ("Nokia 3310") is
    not all queued.
    """
    if evidence.seen or evidence.found.topics or not _SPEAKING.isdisjoint(evidence.cues):
        return False
    title, _, rest = evidence.folded.text.partition(BREAK_WORD)
    end = len(title) + 1 + len(rest.partition(BREAK_WORD)[0])
    words = list(evidence.folded.text[:end])
    if len("".join(words).split()) > most_words + 2:  # the breaks count as words
        return False
    for cue in evidence.found.cues:
        if cue.end <= end:
            words[cue.start : cue.end] = " " * (cue.end - cue.start)
    return not any(character.isalpha() for word in "".join(words).split() if len(word) > 1 for character in word)

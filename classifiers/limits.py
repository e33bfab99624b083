"""The rules that no weight may break: how low or high a score may be, whatever the reasons add up to."""

from __future__ import annotations

from collections.abc import Sequence

from classifiers.context import Evidence
from classifiers.features import SENSES
from classifiers.lexicon import PACK
from classifiers.logodds import logit
from classifiers.policy import DetectionPolicy
from classifiers.scoring import Reason
from classifiers.silence import says_nothing
from wildtrade.records import Intent

_MARGIN = 1e-6  # log-odds above a threshold, so that rounding does not undo a rule
_NO_TRADE = frozenset({"news", "awareness"})
_TRACES = frozenset({"sell", "buy", "contact", "price", "quantity", "permit", "wild", "captive"})  # of trade


def bounded(
    policy: DetectionPolicy, images: int, evidence: Evidence, given: Sequence[Reason], total: float, model: float,
    without_lexicon: float,
) -> tuple[str, float] | None:  # fmt: skip
    """The rule that bounds a text's log-odds, by its message key, and the log-odds it allows; None where no rule does.

    ``total`` is what all reasons add up to, ``model`` what the text model says, ``without_lexicon`` what the total
    would be had the lexicon found nothing.
    """
    pictures = policy.pictures_only
    if images >= pictures.least_images and says_nothing(evidence, pictures.most_words):
        least = logit(pictures.score)
        return ("context.pictures_only", least) if total < least else None
    floor = logit(policy.unsure) + _MARGIN
    if total < floor and _stands_beside_excused(evidence):
        return "context.beside_excused", floor
    ceiling = logit(policy.alone)
    if evidence.seen and all(one.hit.term.packed for one in evidence.seen):
        ceiling = max(ceiling, without_lexicon)  # names of packs may neither make a flag nor take one away
    elif not _only_ambiguous(given, evidence.has_price, model > logit(policy.flag)):
        return None
    return ("context.ambiguous_alone", ceiling) if total > ceiling else None


def _stands_beside_excused(evidence: Evidence) -> bool:
    """Whether a text in which one term has another sense ("ivory lace") also offers or seeks a plain, strong one."""
    if evidence.intent not in (Intent.SELL, Intent.BUY) or not _NO_TRADE.isdisjoint(evidence.cues):
        return False
    plain = [one for one in evidence.seen if one.clear and one.hit.strength == "strong" and not one.hit.repaired]
    senses = [one for one in evidence.seen if any(hit.guard.reason in SENSES for hit in one.guards)]
    return any(one.hit.term.group != other.hit.term.group for one in plain for other in senses)


def _only_ambiguous(given: Sequence[Reason], has_price: bool, model_agrees: bool) -> bool:
    """Whether ambiguous and code words are all there is: no strong term, and not both a model that would flag by
    itself and either a second such word or a trace of trade (a price is one). Names of packs do not count."""
    ambiguous = [reason for reason in given if reason.name in ("weak", "code", "weak_excused")]
    words = [reason for reason in ambiguous if not reason.source.startswith(f"lexicon:{PACK}")]
    terms = {reason.source for reason in words}
    if not terms or any(reason.name in ("strong", "fuzzy", "strong_excused") for reason in given):
        return False
    cues = [reason for reason in given if reason.name in _TRACES]
    trade = has_price or any(not any(_within(cue, word) for word in words) for cue in cues)
    return not (model_agrees and (len(terms) > 1 or trade))


def _within(inner: Reason, outer: Reason) -> bool:
    return (outer.start or 0) <= (inner.start or 0) and (inner.end or 0) <= (outer.end or 0)

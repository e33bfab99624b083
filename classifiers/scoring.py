"""From evidence to a score a person can follow: every reason has a weight in log-odds, and the weights add up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from classifiers.context import Evidence, Seen
from classifiers.repairs import HIDING
from wildtrade.records import SignalKind

# What a reason is expected to weigh, and the bound it may not cross towards zero (None: free). A hit always counts for
# something and a guard never raises a score, whatever the training texts say; the text model carries the rest.
PRIORS: dict[str, tuple[float, float | None]] = {
    "bias": (0.0, None),
    "model": (1.0, 0.0),
    "strong": (0.4, 0.3),
    "strong_excused": (0.15, 0.1),
    "weak": (0.2, 0.1),
    "weak_excused": (0.1, 0.05),
    "code": (0.3, 0.1),
    "fuzzy": (0.3, 0.2),
    "hidden": (0.4, 0.2),
    "guard": (-0.15, -0.1),
    "negation": (-0.3, -0.2),
    "imitation": (-0.3, -0.2),
    "sell": (0.05, 0.0),
    "buy": (0.05, 0.0),
    "contact": (0.05, 0.0),
    "price": (0.05, 0.0),
    "quantity": (0.05, 0.0),
    "permit": (0.05, 0.0),
    "wild": (0.15, 0.0),
    "captive": (0.05, 0.0),
    "genuine": (0.1, 0.0),
    "antique": (0.0, None),
    "ask": (-0.2, 0.0),
    "news": (-0.3, 0.0),
    "awareness": (-0.3, 0.0),
}
NAMES = tuple(PRIORS)
_CUES = (
    "sell",
    "buy",
    "contact",
    "price",
    "quantity",
    "permit",
    "wild",
    "captive",
    "genuine",
    "antique",
    "ask",
    "news",
)
_MOST_TERMS = 4  # distinct terms that add to a score; each further one counts less
_BESIDE_CLEAR = 0.3  # how much of a guard counts where another term of the text stands unexcused


class Reason(NamedTuple):
    """One reason before it has a weight: parameter ``name`` times ``amount``; ``start:end`` in the canonical text."""

    name: str
    amount: float
    kind: SignalKind
    start: int | None
    end: int | None
    source: str
    message_key: str
    repaired: str = ""


@dataclass(frozen=True)
class Weights:
    """Fitted weights by parameter name."""

    values: Mapping[str, float]

    def of(self, reason: Reason) -> float:
        """The weight of a reason in log-odds."""
        return self.values[reason.name] * reason.amount


def reasons(evidence: Evidence, model_logit: float, model_name: str) -> Iterator[Reason]:
    """All reasons the evidence gives, in the order a person would want to read them."""
    yield from _terms(evidence)
    yield from _excuses(evidence)
    if evidence.seen:
        yield from _cues(evidence)
    yield Reason("model", model_logit, SignalKind.MODEL, None, None, model_name, "model.text")


def _terms(evidence: Evidence) -> Iterator[Reason]:
    counted: dict[tuple[str, str], int] = {}
    per_class: dict[str, int] = {}
    hidden_told = False
    for one in evidence.seen:
        hit, term = one.hit, one.hit.term
        name = _class(one)
        key = (name, term.text)
        if key in counted:
            amount = 0.0
        else:
            per_class[name] = place = per_class.get(name, 0) + 1
            counted[key] = place
            amount = 1 / place if place <= _MOST_TERMS else 0.0
        message = f"term.{hit.strength}" if not hit.repaired else f"term.{hit.repaired}"
        kind = SignalKind.CODE_WORD if hit.strength == "code" else SignalKind.TERM
        if hit.repaired == "misspelt":
            kind = SignalKind.FUZZY
        yield Reason(name, amount, kind, hit.start, hit.end, term.key, message)
        if hit.repaired in HIDING and not hidden_told:
            hidden_told = True
            yield Reason("hidden", 1.0, SignalKind.CONTEXT, hit.start, hit.end, term.key, "context.hidden")


def _class(one: Seen) -> str:
    strength = one.hit.strength
    if strength == "code":
        return "code"
    if one.hit.repaired == "misspelt" and strength == "strong" and one.clear:
        return "fuzzy"
    return strength if one.clear else f"{strength}_excused"


def _excuses(evidence: Evidence) -> Iterator[Reason]:
    share = _BESIDE_CLEAR if any(one.clear and one.hit.strength == "strong" for one in evidence.seen) else 1.0
    told: set[str] = set()
    for one in evidence.seen:
        for guard_hit in one.guards:
            guard = guard_hit.guard
            if guard.id not in told:
                told.add(guard.id)
                amount = -guard.weight * share / len(told)
                yield Reason(
                    "guard", amount, SignalKind.GUARD, *guard_hit[:2], f"guard:{guard.id}", f"guard.{guard.reason}"
                )
        for name, cue_hit in (("negation", one.negation), ("imitation", one.imitation)):
            if cue_hit is not None and name not in told:
                told.add(name)
                source = f"cue:{cue_hit.cue.language}/{cue_hit.cue.text}"
                yield Reason(name, share, SignalKind.GUARD, *cue_hit[:2], source, f"guard.{name}")


def _cues(evidence: Evidence) -> Iterator[Reason]:
    for name in (*_CUES, "awareness"):
        hit = evidence.cues.get(name)
        if hit is not None:
            source = f"cue:{hit.cue.language}/{hit.cue.text}"
            yield Reason(name, 1.0, SignalKind.CONTEXT, hit.start, hit.end, source, f"cue.{name}")

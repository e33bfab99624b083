"""Evidence with a crutch taken away: guards that happen to know the context. No list of guards knows every context."""

from __future__ import annotations

from dataclasses import replace

from classifiers.context import Evidence


def without_guards(evidence: Evidence) -> Evidence | None:
    """The evidence as it would be had nobody written a guard for this context; None where there was none."""
    if not evidence.found.guards:
        return None
    seen = tuple(replace(one, guards=()) for one in evidence.seen)
    return replace(evidence, seen=seen, found=replace(evidence.found, guards=()))

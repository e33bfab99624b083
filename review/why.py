""" "Why here" and "what became of it" in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from review.dates import day
from review.text import gettext as _
from review.text import later, ngettext
from storage.decisions import ConflictError

_BOOSTS = {
    "live_animal": later("a live animal"),
    "seller_confirmed": later("the seller has a confirmed listing"),
    "price_drop": later("the price was lowered"),
    "new_source": later("a new source"),
    "unsure": later("the machine is unsure"),
    "long_waiting": later("waiting for long"),
    "cluster": later("many listings say nearly the same"),
}
RULES = {
    "appendix_i": later("Appendix I"),
    "into_case": later("going into a case"),
    "disagreement": later("the first person and the machine disagree"),
    "random": later("drawn at random"),
    "overlap": later("two people decide in this queue"),
}


def why_here(parts: Mapping[str, Any], *, blind: bool = False) -> str:
    """What made the priority: ``Appendix I, score 0.91, a live animal, seen today``; without the score where a second
    person must not know it."""
    if not parts:
        return ""
    appendix = parts.get("appendix")
    words = [_listed(appendix, parts.get("appendix_date")) if appendix else _("no listed taxon named")]
    if not blind:
        words.append(_("score %(score)s") % {"score": f"{parts['score']:.2f}"})
    words += [_(_BOOSTS.get(name, name)) for name in parts.get("boosts", {}) if not (blind and name == "unsure")]
    days = int(parts.get("days", 0))
    seen = ngettext("last seen %(num)s day ago", "last seen %(num)s days ago", days) % {"num": days}
    words.append(seen if days else _("seen today"))
    if reopened := parts.get("reopened"):
        words.append(_("open again: %(why)s") % {"why": reopened})
    return ", ".join(words)


def _listed(appendix: str, date: str | None) -> str:
    if date is None:
        return _("Appendix %(appendix)s") % {"appendix": appendix}
    return _("Appendix %(appendix)s (list of %(date)s)") % {"appendix": appendix, "date": day(date)}


def conflict_words(conflict: ConflictError) -> str:
    """Who was quicker."""
    about = {"who": conflict.who, "time": f"{conflict.at:%H:%M} UTC" if conflict.at else ""}
    if conflict.kind == "held":
        return _("%(who)s took this item at %(time)s; your draft is kept.") % about
    if conflict.kind == "decided" and conflict.who:
        return _("%(who)s decided this item at %(time)s.") % about
    known = {
        "decided": later("This item is decided."),
        "changed": later("The listing has changed since you opened it."),
        "own": later("This item waits for somebody else."),
    }
    return _(known.get(conflict.kind, later("There is no such item in the queue.")))

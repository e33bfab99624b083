"""How far people agree: second reviews against first ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response

from review.auth import CurrentUser, Read, require
from review.navigation import Link
from review.rendering import render
from review.sheets import csv_answer
from review.text import gettext as _
from review.text import later
from storage.agreement import Pair, alpha, kappa, pairs, units
from storage.models import utcnow

router = APIRouter(default_response_class=HTMLResponse)
LINKS = (Link(later("Agreement"), "/agreement", "agreement.read", place=62),)
_MAY = [require("agreement.read")]
_MOST = 100
BECAUSE = {
    "appendix_i": later("Appendix I"),
    "into_case": later("going into a case"),
    "random": later("drawn at random"),
    "disagreement": later("machine and person differ"),
    "": later("other"),
}
Days = Annotated[int, Query(ge=1, le=3650)]


@router.api_route("/agreement", methods=["GET", "HEAD"], dependencies=_MAY)
def show_agreement(request: Request, session: Read, user: CurrentUser, days: Days = 90) -> Response:
    """Kappa by pair and by rule, alpha, and the items people differ about."""
    since = utcnow() - timedelta(days=days)
    found = pairs(session, since)
    context: dict[str, Any] = {
        "days": days,
        "number": len(found),
        "agreed": sum(one.agrees for one in found),
        "alpha": alpha(units(session, since)),
        # Who differs with whom is for those who lead; others see their own pairs.
        "by_pair": _by(found if user.may("load.read") else [one for one in found if user.name in _names(one)], _couple),
        "by_rule": _by(found, lambda one: _(BECAUSE.get(one.because, one.because))),
        "differing": [one for one in found if not one.agrees][:_MOST],
        "names": user.may("load.read"),
    }
    return render(request, "agreement/agreement.html", **context)


@router.get("/agreement.csv", dependencies=[require("load.read")])
def download(session: Read, days: Days = 90) -> Response:
    """All pairs of decisions."""
    columns = ("flag", "listing", "first", "first decision", "second", "second decision", "because", "decided at")
    rows = (
        (one.flag_id, one.listing_id, one.first, one.first_label, one.second, one.second_label, one.because,
         one.decided_at.isoformat())
        for one in pairs(session, utcnow() - timedelta(days=days))
    )  # fmt: skip
    return csv_answer("wildtrade-agreement", columns, rows)


def _names(one: Pair) -> tuple[str, str]:
    return one.first, one.second


def _couple(one: Pair) -> str:
    return " / ".join(sorted(_names(one)))


def _by(found: Sequence[Pair], key: Callable[[Pair], str]) -> list[dict[str, Any]]:
    """Pairs of decisions by a key: {key, number, agreed, kappa}, the most frequent first. Within a couple the raters
    are told apart by name, not by who came first."""
    groups: dict[str, list[Pair]] = defaultdict(list)
    for one in found:
        groups[key(one)].append(one)
    rows = [
        {
            "key": name,
            "number": len(group),
            "agreed": sum(one.agrees for one in group),
            "kappa": kappa([_rated(one) for one in group]),
        }
        for name, group in groups.items()
    ]
    return sorted(rows, key=lambda row: -row["number"])


def _rated(one: Pair) -> tuple[str, str]:
    labels = (one.first_label, one.second_label)
    return labels if one.first <= one.second else labels[::-1]

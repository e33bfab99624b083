"""Names of taxa for the review pages: the dated list, loaded once."""

from __future__ import annotations

from functools import cache

from classifiers.taxonomy.checklist import Checklist, Suggestion
from wildtrade.errors import ConfigError
from wildtrade.settings import open_workspace


@cache
def checklist() -> Checklist:
    """The shipped list, with the one this workspace has imported over it."""
    try:
        folder = open_workspace().root / "data" / "taxa"
    except ConfigError:  # served without a workspace, as in a test
        folder = None
    return Checklist.load(folder).prepare()


def suggestions(typed: str, language: str) -> list[Suggestion]:
    """Taxa whose name begins so, for somebody who is typing."""
    return checklist().search(typed[:100], language)

"""Names of taxa for the review pages: the dated list, loaded once."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from classifiers.taxonomy.checklist import Checklist, Suggestion


@cache
def checklist(home: Path | None) -> Checklist:
    """The shipped list, with the one that the workspace of this folder has imported over it."""
    return Checklist.load(home / "data" / "taxa" if home else None).prepare()


def suggestions(home: Path | None, typed: str, language: str) -> list[Suggestion]:
    """Taxa whose name begins so, for somebody who is typing."""
    return checklist(home).search(typed[:100], language)

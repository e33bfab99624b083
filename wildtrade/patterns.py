"""Patterns that people write into source files, matched against what strangers' pages say.

RE2 takes time in proportion to the text, whatever the pattern: no page can make one run for minutes.
"""

from __future__ import annotations

from typing import Any, Protocol

import re2


class Match(Protocol):
    """What is used of a match; as in ``re``."""

    def group(self, number: int = 0, /) -> str: ...
    def groups(self) -> tuple[str | None, ...]: ...
    def end(self) -> int: ...


class UrlPattern:
    """A pattern found anywhere in an address, unless ``but_not`` is found there too ("": no exception).

    The syntax is RE2's: Python's without look-around and back references. Raises ValueError for anything else.
    """

    def __init__(self, pattern: str, but_not: str = "") -> None:
        self._pattern = _compiled(pattern)
        self._but_not = _compiled(but_not) if but_not else None

    def search(self, url: str) -> Match | None:
        """The match; None where this is no such address."""
        if not url.isascii():
            url = url.encode("utf-8", "replace").decode("utf-8")  # RE2 reads UTF-8, which half a surrogate pair is not
        found: Match | None = self._pattern.search(url)
        return None if found is None or (self._but_not and self._but_not.search(url)) else found


def _compiled(pattern: str) -> Any:
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        reason = error.args[0].decode("utf-8", "replace")
        raise ValueError(f"not a regular expression of RE2: {reason} (it has no look-around)") from error

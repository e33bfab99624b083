"""What the log shows of the clock: each entry has the time of day and how long the machine has run."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

_MUCH = timedelta(minutes=1)


class _Jump(NamedTuple):
    seq: int
    by: timedelta


class Clock:
    """Compares the two from entry to entry. A clock that was set is no fault of the evidence; its reader must know."""

    def __init__(self) -> None:
        self._utc: datetime | None = None
        self._ran: timedelta | None = None
        self._back: list[_Jump] = []
        self._ahead: list[_Jump] = []

    def read(self, entry: dict[str, Any], seq: int) -> None:
        """Take in an entry; one without times is passed over."""
        try:
            utc, ran = datetime.fromisoformat(entry["utc"]), timedelta(microseconds=entry["monotonic"])
        except (KeyError, TypeError, ValueError, OverflowError):
            return
        if self._utc is not None and self._ran is not None:
            passed, since = utc - self._utc, ran - self._ran
            if passed < timedelta() or (since >= timedelta() and passed < since - _MUCH):
                self._back.append(_Jump(seq, max(since, timedelta()) - passed))
            elif since >= timedelta() and passed > since + _MUCH:  # less: the machine was started anew
                self._ahead.append(_Jump(seq, passed - since))
        self._utc, self._ran = utc, ran

    def notices(self) -> list[str]:
        """What a reader must know."""
        said = []
        for jumps, what in (
            (self._back, "the clock was set back"),
            (self._ahead, "the clock went ahead of the machine (it was set, or the machine slept)"),
        ):
            if jumps:
                most = max(jumps, key=lambda one: one.by)
                said.append(f"{what} {len(jumps)} times; most before entry {most.seq}, by {most.by}")
        return said

"""Large pages one after the other, from download to storage, so that many at once cannot fill the memory.

Small ones never wait.
"""

from __future__ import annotations

from collections import deque
from typing import Any, Protocol

from spiders.memory import give_back_what_is_free

_SMALL = 1 << 20  # bytes; more than 99 in 100 pages are smaller
_BREATH = 0.05  # seconds until those who hold the page have let go of it
_LONGEST = 60.0  # seconds that a downloaded page keeps its place, should nobody say that it is done


class _Held(Protocol):
    def hold(self) -> None: ...
    def go_on(self) -> None: ...


class _Nobody:
    def hold(self) -> None: ...
    def go_on(self) -> None: ...


_NOBODY = _Nobody()


class Turnstile:
    """One place for a large page; the connections and the clocks of the others stand still."""

    small = _SMALL

    def __init__(self) -> None:
        self._inside: _Held | None = None
        self._waiting: deque[tuple[_Held, Any]] = deque()

    def enter(self, tap: _Held, transport: Any) -> None:
        """Called with every piece of a large body: it goes on if it is its turn, else its connection is paused."""
        if self._inside is None:
            self._inside = tap
        elif self._inside is not tap and all(one is not tap for one, _ in self._waiting):
            tap.hold()
            self._waiting.append((tap, transport))
            transport.pauseProducing()

    def downloaded(self, tap: _Held) -> None:
        """The page has come, or never will: it keeps its place until ``leave``, but not for long."""
        if self._inside is tap:
            from twisted.internet import reactor

            reactor.callLater(_LONGEST, self.leave, tap)
        else:
            self._waiting = deque(pair for pair in self._waiting if pair[0] is not tap)

    def leave(self, tap: _Held) -> None:
        """The page is done with; the next one goes on, once its memory has been given back."""
        if self._inside is tap:
            from twisted.internet import reactor

            self._inside = _NOBODY
            reactor.callLater(_BREATH, self._next)

    def _next(self) -> None:
        give_back_what_is_free()
        self._inside = None
        if self._waiting:
            self._inside, transport = self._waiting.popleft()
            self._inside.go_on()
            transport.resumeProducing()

"""Large bodies one after the other, so that many at once cannot fill the memory. Small ones never wait."""

from __future__ import annotations

from collections import deque
from typing import Any

_SMALL = 1 << 20  # bytes; more than 99 in 100 pages are smaller


class Turnstile:
    """Lets one large download through at a time; the others are paused where they are. Their time limit goes on."""

    small = _SMALL

    def __init__(self) -> None:
        self._inside: Any = None
        self._waiting: deque[Any] = deque()

    def enter(self, protocol: Any, tap: Any) -> None:
        """Called with every piece of a large body: it goes on if it is its turn, else its connection is paused."""
        if self._inside is None:
            self._inside = protocol
        elif self._inside is not protocol and protocol not in self._waiting:
            tap.waited = True
            self._waiting.append(protocol)
            protocol.transport.pauseProducing()

    def leave(self, protocol: Any) -> None:
        """Called once a download has ended, however; the next one goes on."""
        if self._inside is protocol:
            self._inside = self._waiting.popleft() if self._waiting else None
            if self._inside is not None:
                self._inside.transport.resumeProducing()
        elif protocol in self._waiting:
            self._waiting.remove(protocol)

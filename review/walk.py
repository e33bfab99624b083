"""What a reviewer narrowed the queue to, as it stands in addresses."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlencode

from storage.leases import Mode, Wanted
from storage.models import FlagState

QUEUES = {"": FlagState.OPEN, "second": FlagState.SECOND}


@dataclass(frozen=True, slots=True)
class Filters:
    """What a reviewer narrowed the queue to, in which order and which queue, the number of one that people made or
    "second"; empty means everything, most urgent first of the first decisions. ``calm``: nothing known as graphic."""

    source: str = ""
    language: str = ""
    appendix: str = ""
    mode: str = ""
    queue: str = ""
    calm: str = ""

    @property
    def chosen(self) -> dict[str, str]:
        """What is on, as it stands in addresses."""
        return {name: value for name, value in asdict(self).items() if value}

    @property
    def narrowed(self) -> dict[str, str]:
        """The filters that are on."""
        return {name: value for name, value in self.chosen.items() if name not in ("mode", "queue", "calm")}

    @property
    def named(self) -> int:
        """The id of the named queue, 0 where it is none."""
        return int(self.queue) if self.queue.isascii() and self.queue.isdecimal() and len(self.queue) < 18 else 0

    @property
    def criteria(self) -> dict[str, Any]:
        """What selects items: the filters that are on, and the named queue."""
        return {**self.narrowed, "queue": self.named, "calm": bool(self.calm)}

    def address(self, path: str, **more: object) -> str:
        """A path of this app with the filters kept, e.g. ``/review/7?language=th``."""
        query = urlencode({**self.chosen, **more})
        return f"{path}?{query}" if query else path

    def wanted(self, threshold: float = 0.5) -> Wanted:
        """What to ask the queue for; a mode or queue that does not exist is the usual one."""
        mode = Mode(self.mode) if self.mode in set(Mode) else Mode.PRIORITY
        state = QUEUES.get(self.queue, FlagState.OPEN)
        return Wanted(state=state, mode=mode, threshold=threshold, **self.criteria)

"""What a verification found."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


def printable(text: str) -> str:
    """A text that cannot write lines of its own or steer a terminal: names and entries may come from anybody."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape", "replace").decode() for one in text)


class Kind(StrEnum):
    """What is wrong with something."""

    CHANGED = "changed"
    MISSING = "missing"
    ADDED = "added"
    REORDERED = "reordered"
    ROLLED_BACK = "rolled back"
    SIGNATURE = "signature"
    TORN = "torn"
    ROW = "row"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that does not hold. ``file`` is relative to the folder; ``offset`` and ``length`` are bytes of a
    record in it; ``entry`` is the log's entry that speaks of it."""

    kind: Kind
    file: str
    what: str
    offset: int | None = None
    length: int | None = None
    entry: int | None = None

    def __str__(self) -> str:
        place = self.file if self.offset is None else f"{self.file} @{self.offset}+{self.length}"
        entry = "" if self.entry is None else f" (entry {self.entry})"
        return f"{self.kind.upper()}  {place}{entry}: {self.what}"


@dataclass(kw_only=True)
class Report:
    """What was read and what was found. ``notices`` are what a reader must know although nothing is wrong."""

    entries: int = 0
    records: int = 0
    bytes: int = 0
    checkpoints: int = 0
    stamps: int = 0
    head: str = ""
    problems: list[Problem] = field(default_factory=list)
    erased: list[Problem] = field(default_factory=list)
    abandoned: int = 0
    notices: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """True where everything is there and unchanged; what was lawfully erased does not count."""
        return not self.problems

    @property
    def anchor(self) -> str:
        """The head of the log as ``SEQ:HASH``, to be kept elsewhere."""
        return f"{self.entries}:{self.head}"

    def add(self, kind: Kind, file: str, what: str, **place: int | None) -> None:
        """Note a problem."""
        self.problems.append(Problem(kind=kind, file=printable(file), what=printable(what), **place))

    def to_dict(self) -> dict[str, Any]:
        """The JSON shape of ``wildtrade evidence verify --json``."""
        counts = Counter(one.kind.value for one in self.problems)
        return {"ok": self.ok, "anchor": self.anchor, "counts": counts, **asdict(self)}

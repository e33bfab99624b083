"""What the linter has to say: one mistake, where it is, and how to mend it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from classifiers.tables import Row
from wildtrade.errors import ConfigError

Level = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One mistake. ``rule`` is a stable word; ``subject`` the term or guard id it is about.

    An error must be mended; a warning may be accepted with a reason.
    """

    file: str
    line: int | None
    field: str | None
    level: Level
    rule: str
    subject: str
    message: str
    fix: str

    def __str__(self) -> str:
        line = "" if self.line is None else f":{self.line}"
        column = f" [{self.field}]" if self.field else ""
        return f"{self.file}{line}{column}: {self.level}: {self.message} ({self.rule})\n  fix: {self.fix}"

    def to_dict(self) -> dict[str, Any]:
        """The JSON shape of ``wildtrade lexicon lint --json``."""
        return asdict(self)


def about(row: Row, field: str, level: Level, rule: str, message: str, fix: str) -> Finding:
    """A finding about one cell."""
    subject = row.cells.get("term") or row.cells.get("id") or row.cells.get("emoji") or ""
    return Finding(str(row.file), row.line, field, level, rule, subject, message, fix)


def broken(error: ConfigError) -> Finding:
    """A file or line that cannot be read at all."""
    return Finding(error.file or "", error.line, error.field, "error", "unreadable", "", error.message, error.fix or "")

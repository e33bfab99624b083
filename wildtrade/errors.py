"""Errors that reach a person, and the exit code each ends with (see docs/operators.md)."""

from __future__ import annotations

from enum import IntEnum
from typing import Any


class Exit(IntEnum):
    """Exit codes of every command."""

    OK = 0
    PROBLEM = 1
    USAGE = 2
    CONFIG = 3
    NOTHING = 4
    REFUSED = 5
    PARTIAL = 6
    INTERRUPTED = 130


class WildtradeError(Exception):
    """An error with a message a person can act on: what is wrong, where, and how to mend it.

    ``code`` is a stable word for machines; ``exit_code`` is what the process ends with.
    """

    code = "error"
    exit_code = Exit.PROBLEM

    def __init__(
        self,
        message: str,
        *,
        file: str | None = None,
        line: int | None = None,
        field: str | None = None,
        fix: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.file = file
        self.line = line
        self.field = field
        self.fix = fix

    def __str__(self) -> str:
        place = self.file or ""
        if self.line is not None:
            place += f":{self.line}"
        if self.field and place:
            place += f" [{self.field}]"
        text = f"{place}: {self.message}" if place else self.message
        return f"{text}\n  fix: {self.fix}" if self.fix else text

    def to_dict(self) -> dict[str, Any]:
        """The JSON shape printed on stderr under ``--json``."""
        return {
            "error": {
                "code": self.code,
                "message": self.message,
                "file": self.file,
                "line": self.line,
                "field": self.field,
                "fix": self.fix,
            }
        }


class UsageError(WildtradeError):
    """The command's words are wrong: unknown source, bad URL, contradictory options."""

    code = "usage"
    exit_code = Exit.USAGE


class ConfigError(WildtradeError):
    """A configuration file cannot be used."""

    code = "config"
    exit_code = Exit.CONFIG


class RefusedError(WildtradeError):
    """Policy forbids it: robots, terms, a disabled source."""

    code = "refused"
    exit_code = Exit.REFUSED


class StorageError(WildtradeError):
    """The database or the evidence store cannot be written: locked, full, unreachable."""

    code = "storage"


class ParseError(WildtradeError):
    """A page or an input line cannot be read."""

    code = "parse"


class SiteError(WildtradeError):
    """A site cannot be reached or refuses us."""

    code = "site"

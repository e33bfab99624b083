"""Reading the CSV files of ``config/``: every mistake is reported with its file, line and column."""

from __future__ import annotations

import csv
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from wildtrade.errors import ConfigError

_LONGEST_CELL = 20_000


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a CSV file; reading a cell checks it."""

    file: Path
    line: int
    cells: dict[str, str]

    def text(self, column: str) -> str:
        """The cell, stripped; may be empty."""
        return self.cells[column]

    def needed(self, column: str) -> str:
        """The cell, which must not be empty."""
        return self.cells[column] or self.fail(column, "is empty", f"give a {column}")

    def one_of(self, column: str, allowed: Collection[str]) -> str:
        """The cell, which must be one of ``allowed``."""
        value = self.cells[column]
        if value not in allowed:
            self.fail(column, f"{value!r} is not allowed", f"use one of: {', '.join(map(repr, sorted(allowed)))}")
        return value

    def number(self, column: str) -> float:
        """The cell as a number."""
        try:
            return float(self.cells[column])
        except ValueError:
            return float(self.fail(column, f"{self.cells[column]!r} is not a number", "write a number such as -1.5"))

    def fail(self, column: str, problem: str, fix: str) -> str:
        """Raise ConfigError about this cell."""
        raise ConfigError(f"{column} {problem}", file=str(self.file), line=self.line, field=column, fix=fix)


def read_table(
    path: Path, columns: Sequence[str], on_error: Callable[[ConfigError], None] | None = None
) -> Iterator[Row]:
    """The rows of a CSV file with exactly these columns, in any order.

    Raises ConfigError for a file that cannot be read, a wrong header, or a line with too few or too many cells; where
    ``on_error`` is given, such lines are told to it and left out.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            yield from _rows(path, stream, columns, on_error)
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", file=str(path), fix="restore the file") from error
    except UnicodeDecodeError as error:
        raise ConfigError("is not UTF-8 text", file=str(path), fix="save the file as UTF-8") from error
    except csv.Error as error:
        raise ConfigError(f"is not a CSV file: {error}", file=str(path), fix="check the quotes") from error


def _rows(
    path: Path, stream: Iterator[str], columns: Sequence[str], on_error: Callable[[ConfigError], None] | None
) -> Iterator[Row]:
    reader = csv.reader(stream, strict=True)
    header = next(reader, [])
    if sorted(header) != sorted(columns):
        wrong = sorted(set(header) ^ set(columns))
        problem = f"header is wrong ({', '.join(wrong) or 'a column twice'})"
        raise ConfigError(problem, file=str(path), line=1, fix=f"the columns are: {','.join(columns)}")
    for values in reader:
        line = reader.line_num
        if not values:
            continue
        if len(values) != len(header):
            problem = f"{len(values)} cells instead of {len(header)}"
            error = ConfigError(problem, file=str(path), line=line, fix="quote cells that contain commas")
            if on_error is None:
                raise error
            on_error(error)
            continue
        yield Row(path, line, {name: value.strip()[:_LONGEST_CELL] for name, value in zip(header, values, strict=True)})

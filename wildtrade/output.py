"""How commands print: tables for people, JSON for machines, no colour where there is no terminal."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any


def to_json(data: Any, *, indent: int | None = None) -> str:
    """JSON text; dates ISO 8601, decimals as strings."""
    return json.dumps(data, ensure_ascii=False, indent=indent, default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return str(value)


def print_json(data: Any) -> None:
    """One JSON document on one line of stdout."""
    print(to_json(data), flush=True)


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]], *, note: str = "") -> None:
    """A table for people; plain text where stdout is no terminal or NO_COLOR is set."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    console = Console(no_color=not sys.stdout.isatty() or None, width=None if sys.stdout.isatty() else 120)
    table = Table(title=title or None, title_justify="left", box=box.SIMPLE_HEAD, caption=note or None)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    console.print(table)

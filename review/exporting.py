"""Exports: one line or row per record, written whole or not at all, with a hash."""

from __future__ import annotations

import csv
import errno
import hashlib
import io
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from storage import exports
from storage.database import open_database
from wildtrade.errors import StorageError
from wildtrade.output import to_json

Row = dict[str, Any]


def write_export(database_url: str, what: str, form: str, target: Path | None) -> dict[str, Any]:
    """Write ``listings`` or ``decisions`` as ``jsonl`` or ``csv`` to ``target`` (None: standard output).

    Returns {rows, sha256, file}. Raises StorageError where the file cannot be written; then nothing is left of it.
    """
    select = exports.flagged if what == "listings" else exports.decisions
    lines = _csv_lines if form == "csv" else _json_lines
    with closing(open_database(database_url)) as database, database.session(read_only=True) as session:
        rows = select(session)
        if target is None:
            count, digest = _copy(lines(rows), sys.stdout.buffer.write)
            sys.stdout.flush()
        else:
            count, digest = _into_file(lines(rows), target)
    return {"rows": count, "sha256": digest, "file": str(target) if target else None}


def _into_file(lines: Iterator[tuple[bytes, int]], target: Path) -> tuple[int, str]:
    temporary = None
    try:
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:80]}.")
        with os.fdopen(handle, "wb") as file:
            result = _copy(lines, file.write)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(target)
    except OSError as error:
        fix = "free some space" if error.errno == errno.ENOSPC else "name a file in a folder that is yours"
        raise StorageError(f"cannot be written: {error.strerror}", file=str(target), fix=fix) from error
    finally:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
    return result


def _copy(lines: Iterable[tuple[bytes, int]], write: Callable[[bytes], Any]) -> tuple[int, str]:
    count, digest = 0, hashlib.sha256()
    for data, rows in lines:
        write(data)
        digest.update(data)
        count += rows
    return count, digest.hexdigest()


def _json_lines(rows: Iterable[Row]) -> Iterator[tuple[bytes, int]]:
    for row in rows:
        yield (to_json(row) + "\n").encode(), 1


def _csv_lines(rows: Iterable[Row]) -> Iterator[tuple[bytes, int]]:
    header: list[str] = []
    for row in rows:
        buffer = io.StringIO()
        writer = csv.writer(buffer)
        if not header:
            header = list(row)
            writer.writerow(header)
            yield b"\xef\xbb\xbf", 0  # so that spreadsheets read UTF-8
        writer.writerow([exports.safe_cell(_flat(row[name])) for name in header])
        yield buffer.getvalue().encode(), 1


def _flat(value: Any) -> str:
    if value is None:
        return ""
    return json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, list | dict) else str(value)

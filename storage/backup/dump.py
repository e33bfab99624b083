"""Our own dump of a PostgreSQL database: a zip with ``manifest.json`` and one CSV per table."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, inspect, text

_CSV = "(FORMAT csv, HEADER true)"


def dump_tables(engine: Engine, path: Path) -> None:
    """Write every table of one snapshot to ``path`` and read the file back. Raises OSError where a count differs."""
    with (
        engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        counts = {name: _dump(connection, archive, name) for name in inspect(connection).get_table_names()}
        revision = connection.scalar(text("SELECT version_num FROM alembic_version"))
        manifest = {"created": datetime.now(UTC).isoformat(), "revision": revision, "tables": counts}
        archive.writestr("manifest.json", json.dumps(manifest, indent=1))
    _check(path, counts)


def restore_tables(connection: Connection, path: Path) -> None:
    """Fill the empty tables of a freshly made database of the same revision from such a dump."""
    connection.execute(text("SET LOCAL session_replication_role = replica"))  # rows come before what they name
    with zipfile.ZipFile(path) as archive:
        for table in json.loads(archive.read("manifest.json"))["tables"]:
            connection.execute(text(f'DELETE FROM "{table}"'))  # noqa: S608 - a name of ours
            with _cursor(connection).copy(f'COPY "{table}" FROM STDIN {_CSV}') as copy:
                copy.write(archive.read(f"{table}.csv"))
            _move_sequence(connection, table)


def _dump(connection: Connection, archive: zipfile.ZipFile, table: str) -> int:
    with archive.open(f"{table}.csv", "w") as out, _cursor(connection).copy(f'COPY "{table}" TO STDOUT {_CSV}') as rows:
        for block in rows:
            out.write(block)
    return connection.scalar(text(f'SELECT count(*) FROM "{table}"')) or 0  # noqa: S608 - a name of ours


def _check(path: Path, counts: dict[str, int]) -> None:
    csv.field_size_limit(1 << 30)
    with zipfile.ZipFile(path) as archive:
        for table, expected in counts.items():
            with io.TextIOWrapper(archive.open(f"{table}.csv"), encoding="utf-8", newline="") as file:
                found = sum(1 for _ in csv.reader(file)) - 1
            if found != expected:
                raise OSError(f"{table}: {found} rows in the copy, {expected} in the database")


def _move_sequence(connection: Connection, table: str) -> None:
    sequence = connection.scalar(text("SELECT to_regclass(:name)"), {"name": f"{table}_id_seq"})
    if sequence is not None:
        last = f'(SELECT coalesce(max(id), 0) + 1 FROM "{table}")'  # noqa: S608 - a name of ours
        connection.execute(text(f"SELECT setval('{table}_id_seq', {last}, false)"))


def _cursor(connection: Connection) -> Any:
    return connection.connection.driver_connection.cursor()  # type: ignore[union-attr]

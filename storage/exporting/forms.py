"""Rows as files: CSV, XLSX, JSON Lines, GeoJSON, GraphML. A row is a flat dict; all rows have the same names."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import IO, Any
from xml.sax.saxutils import escape, quoteattr

from storage.exports import safe_cell
from wildtrade.errors import UsageError
from wildtrade.output import to_json

Row = dict[str, Any]
_BOM = b"\xef\xbb\xbf"  # so that spreadsheets read UTF-8
_LONGEST_CELL, _MOST_ROWS = 32_767, 1_048_575  # of a spreadsheet
_GRAPHML_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<graphml xmlns="http://graphml.graphdrawing.org/xmlns">'
    '<key id="kind" for="node" attr.name="kind" attr.type="string"/>'
    '<key id="label" for="node" attr.name="label" attr.type="string"/>\n'
    '<graph id="wildtrade" edgedefault="undirected">\n'
)
_GRAPHML_END = b"</graph>\n</graphml>\n"
_NOT_XML = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


def write_csv(rows: Iterable[Row], file: IO[bytes]) -> int:
    """CSV in UTF-8 with a byte order mark, in which no cell is a formula; returns how many rows."""
    count = 0
    for count, row in enumerate(rows, start=1):
        buffer = io.StringIO()
        writer = csv.writer(buffer)
        if count == 1:
            file.write(_BOM)
            writer.writerow(row)
        writer.writerow([safe_cell(flat(value)) for value in row.values()])
        file.write(buffer.getvalue().encode())
    return count


def write_json_lines(rows: Iterable[Row], file: IO[bytes]) -> int:
    """One JSON object per line; returns how many."""
    count = 0
    for row in rows:
        file.write(f"{to_json(row)}\n".encode())
        count += 1
    return count


def write_xlsx(rows: Iterable[Row], file: IO[bytes]) -> int:
    """A workbook of one sheet. Every cell is a string or a number by type, so that none is a formula or a link.

    Raises UsageError for more rows than a sheet holds.
    """
    from xlsxwriter import Workbook

    whole = io.BytesIO()
    book = Workbook(whole, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet("wildtrade")
    sheet.freeze_panes(1, 0)
    count = 0
    for count, row in enumerate(rows, start=1):
        if count > _MOST_ROWS:
            fix = "narrow it down, or use csv or jsonl"
            raise UsageError("a spreadsheet holds 1,048,575 rows", field="--format", fix=fix)
        if count == 1:
            for at, name in enumerate(row):
                sheet.write_string(0, at, name)
        for at, value in enumerate(row.values()):
            _write_cell(sheet, count, at, value)
    book.close()
    file.write(whole.getvalue())
    return count


def _write_cell(sheet: Any, row: int, column: int, value: Any) -> None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        sheet.write_number(row, column, value)
    elif value is not None:
        sheet.write_string(row, column, without_controls(flat(value))[:_LONGEST_CELL])


def write_geojson(rows: Iterable[Row], file: IO[bytes]) -> int:
    """A FeatureCollection (RFC 7946). A row that has no ``longitude`` and ``latitude`` is a feature without a place,
    with what the seller wrote under ``location``: nothing is guessed."""
    file.write(b'{"type":"FeatureCollection","features":[')
    count = 0
    for count, row in enumerate(rows, start=1):
        properties = dict(row)
        place = properties.pop("longitude", None), properties.pop("latitude", None)
        geometry = None if None in place else {"type": "Point", "coordinates": [float(str(one)) for one in place]}
        feature = {"type": "Feature", "geometry": geometry, "properties": properties}
        file.write((",\n" if count > 1 else "\n").encode() + to_json(feature).encode())
    file.write(b"\n]}\n")
    return count


def write_graphml(rows: Iterable[Row], file: IO[bytes]) -> int:
    """A graph of listings, their accounts, the sellers that stand for these, and their pictures; returns how many
    listings. What several listings share is one node.
    """
    file.write(_GRAPHML_HEAD.encode())
    known: set[str | tuple[str, str]] = set()
    count = 0
    for row in rows:
        count += 1
        listing = f"listing:{row['source']}/{row['key']}"
        file.write(_node(listing, "listing", flat(row.get("title") or row["url"])).encode())
        for path in _neighbours(row):
            before = listing
            for kind, value in path:
                name = f"{kind}:{value}"
                if name not in known:
                    known.add(name)
                    file.write(_node(name, kind, value).encode())
                if (before, name) not in known:
                    known.add((before, name))
                    file.write(_edge(before, name).encode())
                before = name
    file.write(_GRAPHML_END)
    return count


def write_edges(rows: Iterable[Row], file: IO[bytes]) -> int:
    """A graph of any nodes: each row is an edge, ``from`` and ``to`` with the kind of each; returns how many."""
    file.write(_GRAPHML_HEAD.encode())
    known: set[str] = set()
    count = 0
    for row in rows:
        count += 1
        for end in ("from", "to"):
            if row[end] not in known:
                known.add(row[end])
                file.write(_node(row[end], row[f"{end}_kind"], row[end]).encode())
        file.write(_edge(row["from"], row["to"]).encode())
    file.write(_GRAPHML_END)
    return count


def _neighbours(row: Row) -> Iterator[list[tuple[str, str]]]:
    """What leads away from a listing, as paths of (kind, value)."""
    if row.get("seller"):
        merged = row.get("merged_seller")
        account = ("seller", f"{row['source']}/{row['seller']}")
        yield [account, ("merged_seller", f"#{merged}")] if merged else [account]
    yield from ([("image", str(url))] for url in row.get("images") or ())


def _node(name: str, kind: str, label: str) -> str:
    said = escape(without_controls(label))
    return f'<node id={_attribute(name)}><data key="kind">{kind}</data><data key="label">{said}</data></node>\n'


def _edge(source: str, target: str) -> str:
    return f"<edge source={_attribute(source)} target={_attribute(target)}/>\n"


def _attribute(text: str) -> str:
    return quoteattr(without_controls(text))


def without_controls(text: str) -> str:
    """A text with what XML cannot hold replaced."""
    return _NOT_XML.sub("\ufffd", text)


def flat(value: Any) -> str:
    """A value as the text of a cell."""
    if value is None:
        return ""
    return json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, list | dict) else str(value)


Writer = Callable[[Iterable[Row], IO[bytes]], int]
FORMS: dict[str, tuple[Writer, str]] = {  # name (and ending) -> how it is written, its media type
    "csv": (write_csv, "text/csv"),
    "xlsx": (write_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "jsonl": (write_json_lines, "application/jsonl"),
    "geojson": (write_geojson, "application/geo+json"),
    "graphml": (write_graphml, "application/graphml+xml"),
}

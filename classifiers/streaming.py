"""Assessing a file of listings line by line, in constant memory; a bad line becomes an error line, never a stop."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any

import orjson

from classifiers.assessor import Assessor
from classifiers.reading import Text
from wildtrade.errors import ConfigError, ParseError, WildtradeError

_BATCH = 256
_TEXTS = ("title", "description", "seller", "url", "language")


@dataclass
class Tally:
    """How many lines were read, and how many of them could not be used."""

    lines: int = 0
    bad: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """One input line: its id as given and either a text or what is wrong with it."""

    id: Any
    has_id: bool
    text: Text | None
    error: WildtradeError | None = None


def classify_lines(assessor: Assessor, lines: Iterable[bytes], name: str, tally: Tally) -> Iterator[bytes]:
    """Output lines (JSON with a newline) for input lines, in the same order; blank lines are skipped."""
    parsed = (parse_line(line, name, number) for number, line in numbered(lines))
    while batch := list(islice(parsed, _BATCH)):
        opinions = assessor.assess_many([line.text for line in batch if line.text is not None])
        for line in batch:
            tally.lines += 1
            head = {"id": line.id} if line.has_id else {}
            if line.error is not None:
                tally.bad += 1
                yield _dump({**head, **line.error.to_dict()})
            else:
                yield _dump({**head, **next(opinions).to_dict()})


def classify_file(assessor: Assessor, source: IO[bytes], target: IO[bytes], name: str) -> Tally:
    """Assess a whole stream into another; returns the tally."""
    tally = Tally()
    for line in classify_lines(assessor, source, name, tally):
        target.write(line)
    return tally


def read_content(path: Path) -> bytes:
    """A whole file. Raises ConfigError where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", file=str(path), fix="check the path") from error


def numbered(lines: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """The lines that are not blank, numbered from 1; a byte order mark is no part of the first."""
    for number, line in enumerate(lines, 1):
        content = line.removeprefix(BOM_UTF8) if number == 1 else line
        if content.strip():
            yield number, content


def parse_line(line: bytes, name: str, number: int) -> Line:
    """Read one input line: {id, title, description, price?, seller?, url?, language?, images?}."""
    try:
        data = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return Line(None, False, None, _wrong(name, number, None, f"is not JSON: {error}", "one JSON object per line"))
    if not isinstance(data, dict):
        return Line(None, False, None, _wrong(name, number, None, "is not a JSON object", "one JSON object per line"))
    identity, has_id = data.get("id"), "id" in data
    for field in _TEXTS:
        if not isinstance(data.get(field), str | None):
            return Line(identity, has_id, None, _wrong(name, number, field, "is not a text", "give a text or null"))
    if data.get("title") is None and data.get("description") is None:
        problem = _wrong(name, number, "title", "is missing, and so is description", "give at least one of them")
        return Line(identity, has_id, None, problem)
    try:
        price, images = _price(data.get("price")), _images(data.get("images"))
    except _BadField as error:
        return Line(identity, has_id, None, _wrong(name, number, error.field, error.problem, error.fix))
    text = Text(data.get("title"), data.get("description"), price, data.get("seller"), data.get("language"), images)
    return Line(identity, has_id, text)


class _BadField(ValueError):
    def __init__(self, field: str, problem: str, fix: str) -> None:
        super().__init__(problem)
        self.field, self.problem, self.fix = field, problem, fix


def _price(value: Any) -> str | None:
    """A price may come as written, as a number, or as {amount, currency}."""
    if isinstance(value, dict):
        parts = [value.get("amount"), value.get("currency")]
        if all(isinstance(part, str | int | float | None) for part in parts):
            return " ".join(str(part) for part in parts if part is not None) or None
    elif isinstance(value, str | int | float | None) and not isinstance(value, bool):
        return None if value is None else str(value)
    raise _BadField("price", "is not a price", "give a text, a number or {amount, currency}")


def _images(value: Any) -> int:
    if isinstance(value, list):
        return len(value)
    if value is None:
        return 0
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise _BadField("images", "is not a list of pictures", "give a list of URLs or their number")


def _wrong(name: str, number: int, field: str | None, message: str, fix: str) -> ParseError:
    return ParseError(message, file=Path(name).name if name != "-" else "stdin", line=number, field=field, fix=fix)


def _dump(data: dict[str, Any]) -> bytes:
    return orjson.dumps(data, option=orjson.OPT_APPEND_NEWLINE)

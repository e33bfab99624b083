"""Training texts: JSON Lines files that people can read, checked line by line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from classifiers.reading import Text
from wildtrade.errors import ConfigError, ParseError

HERE = Path(__file__).parent
TEXTS = HERE / "texts"


@dataclass(frozen=True, slots=True)
class Example:
    """One text with its label: 1 = offers or seeks wildlife a reviewer would want queued."""

    id: str
    language: str
    text: Text
    label: int
    category: str
    difficulty: str


def read_examples(paths: Iterable[Path]) -> list[Example]:
    """Read training files.

    Raises ParseError with file, line and field for a line that cannot be used, ConfigError for an id used twice.
    """
    examples = [example for path in sorted(paths) for example in _read(path)]
    seen: set[str] = set()
    for example in examples:
        if example.id in seen:
            raise ConfigError(f"id {example.id!r} is used twice", field="id", fix="give every text its own id")
        seen.add(example.id)
    return examples


def training_files(folder: Path | None = None) -> list[Path]:
    """The training texts of a folder."""
    return sorted((folder or TEXTS).glob("*.jsonl"))


def locked_files(folder: Path | None = None) -> list[Path]:
    """The locked sets: never trained on, they decide whether a new model may replace the one in use."""
    return sorted((folder or HERE).glob("locked*.jsonl"))


def check_learnable(examples: list[Example]) -> None:
    """Raise ConfigError unless there is something of both labels to learn from."""
    for label, name in ((1, "wildlife (label 1)"), (0, "innocent (label 0)")):
        count = sum(example.label == label for example in examples)
        if count < 10:
            raise ConfigError(f"only {count} {name} texts", field="label", fix="give at least 10 of each label")


def _read(path: Path) -> Iterator[Example]:
    try:
        stream = path.open(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", file=str(path), fix="check the path") from error
    with stream:
        for number, line in enumerate(stream, 1):
            if line.strip():
                yield _example(line, path, number)


def _example(line: str, path: Path, number: int) -> Example:
    def wrong(message: str, field: str | None, fix: str) -> ParseError:
        return ParseError(message, file=str(path), line=number, field=field, fix=fix)

    try:
        data: Any = json.loads(line)
    except ValueError as error:
        raise wrong(f"is not JSON: {error}", None, "one JSON object per line") from error
    if not isinstance(data, dict):
        raise wrong("is not a JSON object", None, "one JSON object per line")
    for field in ("id", "language"):
        if not isinstance(data.get(field), str) or not data[field]:
            raise wrong("is missing", field, "give a text")
    for field in ("title", "description", "price"):
        if not isinstance(data.get(field), str | None):
            raise wrong("is not a text", field, "give a text or null")
    if data.get("label") not in (0, 1) or isinstance(data["label"], bool):
        raise wrong("is not 0 or 1", "label", "1 = worth queueing, 0 = not")
    return Example(
        id=data["id"],
        language=data["language"],
        text=Text(data.get("title"), data.get("description"), data.get("price"), language=data["language"]),
        label=data["label"],
        category=str(data.get("category") or ""),
        difficulty=str(data.get("difficulty") or ""),
    )

"""The answer key: written for instructors, apart from the database and from everything that is served."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import yaml

from academy.world.items import Answer
from wildtrade.errors import UsageError


def write_key(answers: Iterable[Answer], path: Path) -> Path:
    """Write answers as YAML (``.yaml``) or JSON Lines (``.jsonl``), readable by the owner only.

    Raises UsageError for another ending.
    """
    rows = [answer.to_dict() for answer in answers]
    if path.suffix == ".yaml":
        text = yaml.safe_dump(rows, allow_unicode=True, sort_keys=False)
    elif path.suffix == ".jsonl":
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    else:
        raise UsageError(f"an answer key is .yaml or .jsonl, not {path.name!r}")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")
    return path


def read_key(path: Path) -> dict[tuple[str, str], Answer]:
    """Answers by source id and listing key, from either format."""
    text = path.read_text(encoding="utf-8")
    rows = yaml.safe_load(text) if path.suffix == ".yaml" else map(json.loads, text.splitlines())
    answers = [Answer(**{**row, "tags": tuple(row["tags"])}) for row in rows]
    return {(answer.source, answer.key): answer for answer in answers}

"""The sentence behind each ``message_key``, in the reviewer's language."""

from __future__ import annotations

from pathlib import Path

from classifiers.lexicon import shipped_lexicon
from classifiers.tables import read_table

COLUMNS = ("key", "language", "text")


def load_messages(language: str = "en", path: Path | None = None) -> dict[str, str]:
    """Messages by key; a message not translated comes in English."""
    found: dict[str, dict[str, str]] = {}
    for row in read_table(path or shipped_lexicon() / "messages.csv", COLUMNS):
        found.setdefault(row.needed("key"), {})[row.needed("language")] = row.needed("text")
    return {key: texts.get(language) or texts["en"] for key, texts in found.items()}

"""Keep the catalogues complete: ``python -m review.catalogue`` adds what a screen says and a catalogue lacks.

A sentence belongs to the screen that says it first, ``templates/<screen>/`` or ``pages/<screen>[_...].py``, else "app".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from review.text import LANGUAGES, LOCALE

Words = str | tuple[str, ...]
_HERE = Path(__file__).parent
_METHODS = [("**.py", "python"), ("templates/**.html", "jinja2.ext.babel_extract")]
_KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "later": None}
_HOLES = re.compile(r"%\(\w+\)[sd]")
_NOTE = "Machine-made translation, to be checked by a native speaker."


def said() -> dict[Words, str]:
    """Everything the interface says, with the screen that says it."""
    found: dict[Words, str] = {}
    options = {"templates/**.html": {"silent": "false"}}
    rows = extract_from_dir(str(_HERE), _METHODS, options, keywords=_KEYWORDS)
    for file, _line, words, _comments, _context in sorted(rows, key=lambda row: (row[0], row[1])):
        found.setdefault(words, _screen(file))
    return found


def _screen(file: str) -> str:
    parts = Path(file).parts
    if parts[0] in ("pages", "templates") and len(parts) > 1:
        return Path(parts[1]).stem.split("_")[0] if parts[0] == "pages" or len(parts) > 2 else "app"
    return "app"


def missing(language: str) -> dict[Words, str]:
    """What has no translation, or one whose placeholders differ, with its screen."""
    translated = {_key(message): message for message in _messages(language)}
    return {words: screen for words, screen in said().items() if not _complete(words, translated.get(words))}


def _messages(language: str) -> Iterator[Message]:
    for path in sorted((LOCALE / language / "LC_MESSAGES").glob("*.po")):
        with path.open("rb") as file:
            yield from (message for message in read_po(file, locale=language) if message.id)


def _key(message: Message) -> Words:
    return message.id if isinstance(message.id, str) else tuple(message.id)


def _complete(words: Words, message: Message | None) -> bool:
    if message is None or message.fuzzy:
        return False
    given = [message.string] if isinstance(message.string, str) else list(message.string or ())
    holes = set(_HOLES.findall(words if isinstance(words, str) else words[-1]))
    return all(given) and all(set(_HOLES.findall(text)) == holes for text in given[-1:])


def update(language: str) -> int:
    """Add empty entries for what is missing to the screens' catalogues; returns how many."""
    known = {_key(message) for message in _messages(language)}
    wanted = {words: screen for words, screen in said().items() if words not in known}
    for screen in sorted(set(wanted.values())):
        path = LOCALE / language / "LC_MESSAGES" / f"{screen}.po"
        catalogue = _read(path, language)
        for words in (words for words, where in wanted.items() if where == screen):
            catalogue.add(words, None)
        write(catalogue, path)
    return len(wanted)


def _read(path: Path, language: str) -> Catalog:
    if not path.is_file():
        return Catalog(language, header_comment=f"# {_NOTE}", project="wildtrade", version="1", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def write(catalogue: Catalog, path: Path) -> None:
    """Write a catalogue in the house's form: sorted, no line numbers, so that a change is a small difference."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalogue, width=0, sort_output=True, no_location=True, omit_header=False)


def main() -> None:
    """Update all languages and say what still has to be translated."""
    import sys

    for language in LANGUAGES:
        if language != "en":
            added = update(language)
            sys.stdout.write(f"{language}: {added} added, {len(missing(language))} to translate\n")


if __name__ == "__main__":
    main()

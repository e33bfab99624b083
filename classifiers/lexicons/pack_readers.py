"""Reading the layouts packs come in: a CSV of our own, and the genus files of the npm package species-names-dataset."""

from __future__ import annotations

import hashlib
import json
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from classifiers.lexicons.names import COLUMNS, Name, Origin
from classifiers.tables import read_table
from wildtrade.errors import ConfigError, UsageError

_MOST_BYTES = 200_000_000
_LANGUAGES = {"ms": "id", "in": "id", "zh-cn": "zh", "zh-tw": "zh", "zh-hans": "zh", "zh-hant": "zh"}


def read_origin(path: Path) -> Origin:
    """Read a pack: ``.csv`` (name, language, taxon, rank), an npm tarball ``.tgz``, or the folder it unpacks to.

    Raises UsageError for another kind of file, ConfigError for a broken one.
    """
    if path.is_dir():
        files = ((str(one.relative_to(path)), one.read_bytes()) for one in sorted(path.rglob("*.json")))
        return _npm(path, files)
    if path.suffix in (".tgz", ".gz"):
        return _npm(path, _members(path))
    if path.suffix == ".csv":
        names = [_name(*row.cells.values()) for row in _rows(path)]
        return Origin(names, hashlib.sha256(path.read_bytes()).hexdigest(), name=path.stem.lower())
    fix = "give a .csv, an npm .tgz or the folder it unpacks to; docs/lexicon.md describes them"
    raise UsageError("is no pack this program can read", file=str(path), fix=fix)


def _rows(path: Path) -> Iterator[Any]:
    for row in read_table(path, COLUMNS):
        cells = {column: row.needed(column) if column != "rank" else row.text(column) for column in COLUMNS}
        yield type(row)(row.file, row.line, cells)


def _members(path: Path) -> Iterator[tuple[str, bytes]]:
    """The JSON files of an npm tarball, read in memory: nothing is unpacked, so no path in it can do harm."""
    total = 0
    try:
        with tarfile.open(path, "r:gz") as archive:
            for member in archive:
                stream = archive.extractfile(member) if member.isfile() and member.name.endswith(".json") else None
                if stream is None:
                    continue
                total += member.size
                if total > _MOST_BYTES:
                    raise ConfigError("unpacks to more than 200 MB", file=str(path), fix="is it the right file?")
                yield member.name.partition("/")[2], stream.read()
    except (OSError, tarfile.TarError, EOFError) as error:
        raise ConfigError(f"cannot be read: {error}", file=str(path), fix="fetch it again: npm pack NAME") from error


def _npm(path: Path, files: Iterable[tuple[str, bytes]]) -> Origin:
    """``package.json`` beside ``data/**/<Genus>.json``: lists of {scientific_name, common_names: [{lang, name}]}."""
    digest = hashlib.sha256()
    package: dict[str, Any] = {}
    names: list[Name] = []
    for name, content in files:
        digest.update(name.encode() + b"\0" + content)
        if name == "package.json":
            package = dict(_json(path, name, content))
        elif name.startswith("data/"):
            names += _species(_json(path, name, content), f"{path}/{name}")
    if not names:
        fix = "expected data/**/<Genus>.json as in the npm package species-names-dataset"
        raise ConfigError("holds no species names", file=str(path), fix=fix)
    return Origin(
        names,
        digest.hexdigest(),
        name=str(package.get("name", "")),
        version=str(package.get("version", "")),
        licence=str(package.get("license", "")),
        source=str(package.get("homepage", "")),
    )


def _json(path: Path, name: str, content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError as error:
        raise ConfigError(f"is not JSON: {error}", file=f"{path}/{name}", fix="fetch the package again") from error


def _species(data: Any, file: str) -> Iterator[Name]:
    fix = "expected a list of {scientific_name, common_names: [{lang, name, synonyms}]}"
    try:
        for one in data:
            taxon = str(one["scientific_name"])
            rank = "species" if " " in taxon.strip() else "genus"
            yield _name(taxon, "la", taxon, rank)
            for common in one["common_names"]:
                for text in (common["name"], *common.get("synonyms", ())):
                    yield _name(str(text), str(common["lang"]), taxon, rank)
    except (KeyError, TypeError, AttributeError) as error:
        raise ConfigError(f"is not a file of species names: {error!r}", file=file, fix=fix) from error


def _name(text: str, language: str, taxon: str, rank: str) -> Name:
    written = language.strip().lower().replace("_", "-")
    return Name(text.strip(), _LANGUAGES.get(written) or written.split("-")[0], taxon.strip(), rank)

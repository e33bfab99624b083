"""Further packs of names in a workspace: ``lexicon/packs/<name>/`` holds ``names.csv`` and ``manifest.json``.

A pack keeps its licence and source with it, may be taken away again, and never flags alone.
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
import shutil
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from sys import intern

from classifiers.folders import write_folder
from classifiers.lexicon import Pack
from classifiers.lexicons.names import COLUMNS, Origin, Sifted, sift
from wildtrade.errors import ConfigError, StorageError, UsageError

FOLDER = "packs"
NAMES = "names.csv"
MANIFEST = "manifest.json"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,40}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What is known about a pack; ``sha256`` is over ``names.csv``, ``origin_sha256`` over what was imported."""

    name: str
    version: str
    licence: str
    source: str
    sha256: str
    origin_sha256: str
    imported_at: str
    names: int
    left_out: dict[str, int]


def pack_folders(folder: Path) -> list[Path]:
    """The folders of all packs of a workspace's lexicon folder."""
    return sorted(path.parent for path in (folder / FOLDER).glob(f"[a-z0-9]*/{MANIFEST}"))  # not those half written


def read_manifest(pack: Path) -> Manifest:
    """Raises ConfigError where the manifest is not one."""
    path = pack / MANIFEST
    try:
        return Manifest(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        fix = f"import the pack again, or `wildtrade lexicon import --remove {pack.name}`"
        raise ConfigError(f"is not the manifest of a pack: {error}", file=str(path), fix=fix) from error


def load_packs(folder: Path) -> tuple[Pack, ...]:
    """All packs of a workspace's lexicon folder. Raises ConfigError where one was changed or cannot be read."""
    return tuple(_load(path, read_manifest(path)) for path in pack_folders(folder))


def _load(pack: Path, manifest: Manifest) -> Pack:
    path = pack / NAMES
    fix = f"import the pack again, or `wildtrade lexicon import --remove {manifest.name}`"
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", file=str(path), fix=fix) from error
    if hashlib.sha256(content).hexdigest() != manifest.sha256:
        raise ConfigError("was changed since it was imported", file=str(path), fix=fix)
    rows = csv.reader(content.decode("utf-8").splitlines())
    next(rows, None)
    # Languages, taxa and ranks recur: one copy of each serves a hundred thousand names.
    names = [(name, intern(language), intern(taxon), intern(rank)) for name, language, taxon, rank in rows]
    return Pack(manifest.name, manifest.version, manifest.licence, manifest.source, manifest.sha256, names)


def add_pack(folder: Path, origin: Origin, ordinary: Iterable[str] = ()) -> Manifest:
    """Sift and store a pack in a workspace's lexicon folder; one of the same name is replaced as a whole.

    Raises UsageError for a bad name or no licence, ConfigError where no usable name is left.
    """
    if not _NAME.fullmatch(origin.name):
        raise UsageError(f"bad pack name {origin.name!r}", field="--name", fix="use small letters, digits and hyphens")
    if not origin.licence or not origin.source:
        fix = "say under which licence and from where, e.g. --licence CC-BY-SA-4.0 --source https://..."
        raise UsageError("a pack needs a licence and a source", fix=fix)
    sifted = sift(origin.names, ordinary)
    if not sifted.kept:
        raise ConfigError("no usable name in it", file=origin.source, fix="see docs/lexicon.md, Further packs")
    final = folder / FOLDER / origin.name
    try:
        write_folder(final, partial(_fill, origin, sifted))
    except OSError as error:
        fix = "free space, or make the folder writable"
        raise StorageError(f"cannot be written: {error.strerror}", file=str(final), fix=fix) from error
    return read_manifest(final)


def _fill(origin: Origin, sifted: Sifted, work: Path) -> None:
    with (work / NAMES).open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(sifted.kept)
    manifest = Manifest(
        name=origin.name,
        version=origin.version,
        licence=origin.licence,
        source=origin.source,
        sha256=hashlib.sha256((work / NAMES).read_bytes()).hexdigest(),
        origin_sha256=origin.sha256,
        imported_at=datetime.now(UTC).isoformat(timespec="seconds"),
        names=len(sifted.kept),
        left_out=dict(sifted.left_out),
    )
    text = json.dumps(asdict(manifest), indent=2, ensure_ascii=False)
    (work / MANIFEST).write_text(f"{text}\n", encoding="utf-8")


def remove_pack(folder: Path, name: str) -> None:
    """Take a pack away. Raises UsageError where there is none of that name."""
    found = {path.name: path for path in pack_folders(folder)}
    if name not in found:
        fix = f"there are: {', '.join(found) or 'none'}"
        raise UsageError(f"no pack {name!r}", field="--remove", fix=fix)
    shutil.rmtree(found[name])

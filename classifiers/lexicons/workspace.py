"""Which lexicon counts: the shipped one, a workspace's published version beside it, and its packs."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from pathlib import Path

from classifiers.lexicon import Lexicon, load_lexicon
from classifiers.lexicons.packs import load_packs
from classifiers.lexicons.versions import current, draft_files, in_use, version_folder
from wildtrade.errors import UsageError
from wildtrade.settings import FILE_NAME, HOME_VARIABLE, open_workspace

_FIX = "use shipped, draft, published, the number of a published version, or a folder"


def own_folder() -> Path | None:
    """The lexicon folder of the workspace this process works in; None outside any."""
    if not os.environ.get(HOME_VARIABLE) and not Path(FILE_NAME).is_file():
        return None
    return open_workspace().lexicon


def load_in_use(folder: Path | None) -> Lexicon:
    """The lexicon that assessments use; ``folder`` is a workspace's lexicon folder."""
    if folder is None or not folder.is_dir():
        return load_lexicon()
    number = current(folder)
    return _labelled(in_use(folder), folder, "draft" if number is None else f"own{number}" if number else "")


def load_draft(folder: Path) -> Lexicon:
    """The shipped lexicon with a workspace's draft and packs beside it."""
    return _labelled(folder, folder, "draft")


def load_named(name: str, folder: Path | None) -> Lexicon:
    """A lexicon by what a person calls it: shipped, draft, published, a version's number, or a folder.

    A folder with a ``version.txt`` is a whole lexicon; any other holds entries that lie beside the shipped one.
    Raises UsageError for a name that is none of these.
    """
    if name == "shipped":
        return load_lexicon()
    path = Path(name)
    if path.is_dir():
        return load_lexicon(shipped=path) if (path / "version.txt").is_file() else load_lexicon(path)
    if folder is None:
        raise UsageError(f"no lexicon {name!r} outside a workspace", fix=_FIX)
    if name == "draft":
        return load_draft(folder)
    if name == "published":  # before the first, that is the shipped lexicon with the packs
        return load_in_use(folder) if current(folder) is not None else _labelled(None, folder, "")
    if name.isdecimal() and int(name):
        return _labelled(version_folder(folder, int(name)), folder, f"own{int(name)}")
    raise UsageError(f"no lexicon {name!r}", fix=_FIX)


def _labelled(own: Path | None, folder: Path, label: str) -> Lexicon:
    """Load, and let the version say what is in it: ``2026.11+own3.packs1.1a2b3c4d``."""
    lexicon = load_lexicon(own)
    packs = load_packs(folder)
    number, _, digest = lexicon.version.partition("+")
    if packs:
        digest = hashlib.sha256("".join([digest, *(pack.sha256 for pack in packs)]).encode()).hexdigest()[:8]
    parts = [label] if own is not None and label and draft_files(own) else []
    parts += [f"packs{len(packs)}"] if packs else []
    return replace(lexicon, packs=packs, version=f"{number}+{'.'.join([*parts, digest])}")

"""What a package says of itself: its exhibits, the software, the case it binds together."""

from __future__ import annotations

import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from storage.exporting.material import Material, Piece
from storage.exporting.secrets import address_without_secrets
from wildtrade import __version__
from wildtrade.output import to_json

FORM = "wildtrade evidence package 1"
_LIBRARIES = ("scrapy", "twisted", "warcio", "cryptography", "sqlalchemy", "spacy", "weasyprint")
_PLACE = ("record_id", "file", "offset", "length")
_CAPTURE = ("url", "requested_url", "status", "captured_at", "complete", "note", *_PLACE)


def exhibit_meta(piece: Piece) -> dict[str, Any]:
    """Where an exhibit comes from and what was done to it."""
    page, exhibit = piece.page, piece.exhibit
    sealing = {"by": exhibit.sealed_by, "at": exhibit.sealed_at, "custody_entry": exhibit.custody_seq}
    return {
        "exhibit": piece.name,
        "shows": exhibit.shows,
        "sealed": sealing,
        "capture": {name: _clean(getattr(page, name)) for name in _CAPTURE},
        "sha256": {"original": page.record_sha256, "derived": piece.derived, "payload": page.payload_sha256},
        "secrets_removed": piece.clean.removed,
        "images": piece.revision.images if piece.revision else [],
        "files": {name: {"kind": one.kind, "url": one.url, "sha256": one.sha256} for name, one in piece.files.items()},
    }


def _clean(value: Any) -> Any:
    return address_without_secrets(value) if isinstance(value, str) else value


def software(material: Material) -> dict[str, Any]:
    """The program, what it runs on, and the versions that judged the case's listings."""
    versions = [{"lexicon": lexicon, "model": model} for lexicon, model in material.settings]
    libraries = {name: _version(name) for name in _LIBRARIES}
    return {
        "program": f"wildtrade {__version__}",
        "python": sys.version.split()[0],
        "system": platform.platform(),
        "libraries": libraries,
        "detectors": versions,
    }


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def about(material: Material) -> dict[str, Any]:
    """What a verifier binds together: the case, the moment, and each exhibit's hashes."""
    exhibits = [
        {
            "name": piece.name,
            "original": piece.page.record_sha256,
            "derived": piece.derived,
            "file": piece.page.file,
            "offset": piece.page.offset,
            "length": piece.page.length,
            "entry": piece.exhibit.custody_seq,
            "files": {name: one.sha256 for name, one in piece.files.items()},
        }
        for piece in material.pieces
    ]
    case = material.case
    return {
        "form": FORM,
        "case": case.number,
        "title": case.title,
        "created": material.at,
        "created_by": material.who,
        "identities": material.identities,
        "anchor": material.anchor,
        "key": material.key,
        "exhibits": exhibits,
    }


def to_bytes(value: Any) -> bytes:
    """A JSON file for people to read."""
    return (to_json(value, indent=1) + "\n").encode("utf-8", "replace")

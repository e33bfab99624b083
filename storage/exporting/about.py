"""What a package says of itself: its exhibits, the software, the case it binds together."""

from __future__ import annotations

import platform
import sys
from collections import Counter
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from storage.exporting.material import Material, Piece
from storage.exporting.secrets import address_without_secrets
from wildtrade import __version__
from wildtrade.build import build
from wildtrade.output import to_json

FORM = "wildtrade evidence package 1"
_LIBRARIES = ("scrapy", "twisted", "warcio", "cryptography", "sqlalchemy", "spacy", "weasyprint", "pyhanko")
_NOT_MADE = {
    "ocr.json": "no program read text off the pictures",
    "translation.json": "no translation was made; the text is in the language of the page",
    "timestamps/*.ots": "no stamp of a public chain was asked for",
}
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
        "run": page.run_id,  # its entry "crawl" in custody/log.jsonl tells tool, settings, operator and way out
        "clock": {
            "server_date": piece.server_date,
            "server_ahead_seconds": piece.clock_difference,
            "read": "the server's own Date header less the moment of the request, by this machine's clock",
        },
        "verbatim": piece.verbatim,  # else: as the browser or an imported file had it; no bytes of the network
        "not_made": _NOT_MADE,
        "images": piece.revision.images if piece.revision else [],
        "files": {name: {"kind": one.kind, "url": one.url, "sha256": one.sha256} for name, one in piece.files.items()},
    }


def _clean(value: Any) -> Any:
    return address_without_secrets(value) if isinstance(value, str) else value


def software(material: Material) -> dict[str, Any]:
    """The program, what it runs on, and the versions that judged the case's listings."""
    libraries = {name: _version(name) for name in _LIBRARIES}
    return {
        "program": f"wildtrade {__version__}",
        "build": build(),
        "settings_sha256": material.house.settings_sha256,
        "python": sys.version.split()[0],
        "system": platform.platform(),
        "libraries": libraries,
        "captured_with": material.crawls,
        "not_made": _NOT_MADE,
    }


def lexicon_version(material: Material) -> list[dict[str, Any]]:
    """The terms and the model that ordered the case's listings; each version ends with a hash of its files."""
    opinions = Counter((one.lexicon_version, one.model_version) for _, _, _, one in material.file.listings if one)
    return [
        {"lexicon": lexicon, "model": model, "listings": count} for (lexicon, model), count in sorted(opinions.items())
    ]


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
    case, certificate = material.case, material.house.certificate
    return {
        "form": FORM,
        "case": case.number,
        "title": case.title,
        "created": material.at,
        "created_by": material.who,
        "identities": material.identities,
        "anchor": material.anchor,
        "key": material.key,
        "report_certificate": certificate
        and {
            "subject": certificate.subject,
            "sha256": certificate.fingerprint,
            "self_signed": certificate.self_signed,
        },
        "exhibits": exhibits,
    }


def to_bytes(value: Any) -> bytes:
    """A JSON file for people to read."""
    return (to_json(value, indent=1) + "\n").encode("utf-8", "replace")

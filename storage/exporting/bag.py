"""A BagIt 1.0 bag in one zip: every file with its SHA-256, and a signature over the list of the lists."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import IO

from wildtrade import __version__

MANIFEST, TAG_MANIFEST, SIGNATURE = "manifest-sha256.txt", "tagmanifest-sha256.txt", "tagmanifest-sha256.sig"


class Bag:
    """A bag being filled. ``name`` is its folder in the zip. Payload first, then ``close``."""

    def __init__(self, file: IO[bytes], name: str, at: datetime) -> None:
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED)
        self._name = name
        self._at = at
        self._payload: dict[str, str] = {}
        self._tags: dict[str, str] = {}
        self._bytes = 0

    def add(self, path: str, data: bytes) -> str:
        """Put a file into the payload; returns its SHA-256."""
        self._bytes += len(data)
        self._payload[f"data/{path}"] = digest = self._put(f"data/{path}", data)
        return digest

    def tag(self, path: str, data: bytes) -> None:
        """Put a file beside the payload."""
        self._tags[path] = self._put(path, data)

    @property
    def manifest(self) -> bytes:
        """The list of the payload, as it stands."""
        return _listed(self._payload)

    def close(self, info: Mapping[str, str], sign: Callable[[bytes], bytes]) -> str:
        """Write the manifests, sign the one that lists the other, end the zip; returns the manifest's SHA-256."""
        manifest = self.manifest
        said = {
            **info,
            "Bagging-Date": f"{self._at:%Y-%m-%d}",
            "Payload-Oxum": f"{self._bytes}.{len(self._payload)}",
            "Bag-Software-Agent": f"wildtrade {__version__}",
        }
        lines = "".join(f"{name}: {' '.join(value.split())}\n" for name, value in said.items() if value)
        self.tag("bagit.txt", b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n")
        self.tag("bag-info.txt", lines.encode())
        self.tag(MANIFEST, manifest)
        tags = _listed(self._tags)
        self._put(TAG_MANIFEST, tags)
        self._put(SIGNATURE, sign(tags))
        self._zip.close()
        return hashlib.sha256(manifest).hexdigest()

    def _put(self, path: str, data: bytes) -> str:
        # What is packed already is not packed again.
        how = zipfile.ZIP_STORED if path.endswith((".wacz", ".pdf", ".png", ".gz")) else zipfile.ZIP_DEFLATED
        entry = zipfile.ZipInfo(f"{self._name}/{path}", self._at.timetuple()[:6])
        entry.external_attr = 0o644 << 16
        self._zip.writestr(entry, data, how)
        return hashlib.sha256(data).hexdigest()


def _listed(files: Mapping[str, str]) -> bytes:
    return "".join(f"{digest}  {path}\n" for path, digest in sorted(files.items())).encode()

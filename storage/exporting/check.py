"""Does an evidence package hold? Read offline, from the zip or the unpacked folder; nothing is unpacked to the disk."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from storage.custody.files import everything
from storage.custody.keys import holds, key_id, to_pem
from storage.custody.line import BrokenLine, Line, digest, take_apart
from storage.custody.report import Kind, Report
from storage.custody.verify import NO_ANCHOR, NO_KEY, Trust
from storage.exporting.about import FORM
from storage.exporting.bag import MANIFEST, SIGNATURE, TAG_MANIFEST
from wildtrade.errors import ConfigError

_LOG = "data/custody/log.jsonl"
_MOST = 2**31  # bytes of one file; a larger one is refused, as a bomb would be
_ARCHIVE = "archive/data.warc.gz"
_MALFORMED = (KeyError, TypeError, ValueError, AttributeError, zipfile.BadZipFile)


def is_package(path: Path) -> bool:
    """Whether this looks like a package: a zip, or a folder with a bag in it."""
    return (path / "bagit.txt").is_file() or (path.is_file() and zipfile.is_zipfile(path))


def verify_package(path: Path, trust: Trust | None = None) -> Report:
    """Name every file that changed, is missing or was added, and every signature, entry or capture that does not hold.

    ``report.entries`` counts the entries of the log extract, ``report.records`` the captures. Raises ConfigError where
    this is no package.
    """
    check = _Check(_open(path), trust or Trust(), Report())
    check.files()
    check.log()
    check.manifest()
    check.captures()
    return check.report


@dataclass(frozen=True)
class _Files:
    """The files of a bag by name, however they lie there; ``twice`` are names that a zip has more than once."""

    names: frozenset[str]
    read: Callable[[str], bytes]
    twice: frozenset[str] = frozenset()


def _open(path: Path) -> _Files:
    try:
        found = _folder(path) if path.is_dir() else _zip(path)
    except (OSError, zipfile.BadZipFile) as error:
        raise ConfigError(f"this cannot be read: {error}", file=str(path), fix="name the package's zip") from error
    if "bagit.txt" not in found.names or MANIFEST not in found.names:
        fix = "name an evidence package; an evidence folder is read by `wildtrade evidence verify`"
        raise ConfigError("this is no evidence package: there is no bag in it", file=str(path), fix=fix)
    return found


def _folder(path: Path) -> _Files:
    return _Files(frozenset(everything(path)), lambda name: (path / name).read_bytes())


def _zip(path: Path) -> _Files:
    archive = zipfile.ZipFile(path)
    infos = [one for one in archive.infolist() if not one.is_dir()]
    base = next((one.filename.partition("/")[0] for one in infos if one.filename.endswith("/bagit.txt")), "")
    names = [one.filename.removeprefix(f"{base}/") for one in infos]
    twice = frozenset(name for name in names if names.count(name) > 1) if len(set(names)) < len(names) else frozenset()
    return _Files(frozenset(names), lambda name: _read(archive, f"{base}/{name}"), twice)


def _read(archive: zipfile.ZipFile, name: str) -> bytes:
    if archive.getinfo(name).file_size > _MOST:
        raise ValueError("it is larger than anything in a package")
    return archive.read(name)


@dataclass
class _Check:
    bag: _Files
    trust: Trust
    report: Report
    keys: dict[str, bytes] = field(default_factory=dict)  # by id, as the log extract introduces them
    captured: set[str] = field(default_factory=set)  # SHA-256 of records the log says were captured
    kept: set[tuple[str, str]] = field(default_factory=set)  # (records of a page, SHA-256 of a file kept for it)
    derived: dict[str, str] = field(default_factory=dict)  # copy without secrets -> original

    def files(self) -> None:
        """Every file is listed once and is what the list says."""
        listed = {**self._list(MANIFEST), **self._list(TAG_MANIFEST)}
        for name in sorted(self.bag.names - listed.keys() - {TAG_MANIFEST}):
            self.report.add(Kind.ADDED, name, "no manifest lists this file")
        for name in sorted(self.bag.twice):
            self.report.add(Kind.ADDED, name, "the zip holds this name more than once")
        for name, sha256 in sorted(listed.items()):
            data = self._bytes(name)
            if data is not None and digest(data) != sha256:
                self.report.add(Kind.CHANGED, name, "it is not the file the manifest lists")

    def _list(self, name: str) -> dict[str, str]:
        data = self._bytes(name) or b""
        lines = (line.split("  ", 1) for line in data.decode("utf-8", "replace").splitlines())
        return {line[1]: line[0] for line in lines if len(line) == 2}

    def _bytes(self, name: str) -> bytes | None:
        try:
            if name not in self.bag.names:
                self.report.add(Kind.MISSING, name, "the file is not there")
                return None
            data = self.bag.read(name)
        except (OSError, *_MALFORMED) as error:
            self.report.add(Kind.CHANGED, name, f"the file cannot be read: {error}")
            return None
        self.report.bytes += len(data)
        return data

    def log(self) -> None:
        """Each entry of the extract is signed by the key in force; those in a row continue each other."""
        before: Line | None = None
        for number, raw in enumerate((self._bytes(_LOG) or b"").splitlines(), start=1):
            try:
                line = take_apart(raw)
                seq = int(line.entry["seq"])
                if before is not None:
                    self._follows(before, line, seq)
                self._entry(line, seq)
                before = line
            except (BrokenLine, *_MALFORMED) as error:
                self.report.add(Kind.CHANGED, _LOG, f"line {number}: {error}")
            self.report.entries += 1
        self._check_trust()

    def _follows(self, before: Line, line: Line, seq: int) -> None:
        if seq <= before.entry["seq"]:
            self.report.add(Kind.REORDERED, _LOG, f"entry {seq} stands behind entry {before.entry['seq']}", entry=seq)
        elif seq == before.entry["seq"] + 1 and line.entry["prev"] != before.hash:
            self.report.add(Kind.CHANGED, _LOG, f"entry {seq} does not continue the entry before it", entry=seq)

    def _entry(self, line: Line, seq: int) -> None:
        action, details = line.entry["action"], line.details
        if action == "key_lost" or (action == "key" and not self.keys):
            self._introduce(details["public"])
        key = self.keys.get(line.entry["key"])
        if key is None or not holds(key, line.signature, line.signed):
            self.report.add(Kind.SIGNATURE, _LOG, f"entry {seq} is not signed by a key of this log", entry=seq)
            return
        match action:
            case "key":
                self._introduce(details["public"])
            case "capture":
                self.captured |= {one["sha256"] for one in details["records"]}
            case "artifact" if "page" in details:
                self.kept.add((details["page"], details["sha256"]))
            case "redacted":
                self.derived |= {one["derived"]: one["original"] for one in details["records"]}
            case "key_revoked":
                self.report.notices.append(f"the key {details['id']} was revoked as of {details['since']}")

    def _introduce(self, public: str) -> None:
        key = bytes.fromhex(public)
        self.keys[key_id(key)] = key

    def _check_trust(self) -> None:
        for name, key in self.keys.items():
            path = f"data/custody/keys/{name}.pub"
            if path in self.bag.names and self._bytes(path) != to_pem(key):
                self.report.add(Kind.CHANGED, path, "it is not the key the log names")
        pinned = {key_id(key) for key in self.trust.keys}
        if not pinned:
            self.report.notices.append(NO_KEY)
        elif not pinned & self.keys.keys():
            said = ", ".join(sorted(pinned))
            self.report.add(Kind.SIGNATURE, _LOG, f"nothing is signed by the key given ({said})")
        self.report.notices += [] if self.trust.anchor else [NO_ANCHOR]

    def manifest(self) -> None:
        """The list of files is signed by a key that is trusted: the one given, or one of the log."""
        about = self._about()
        pinned = {key_id(key): key for key in self.trust.keys}
        key = (pinned or self.keys).get(str(about.get("key")))
        signature, manifest = self._bytes(SIGNATURE), self._bytes(MANIFEST)
        if key is None or not holds(key, signature or b"", manifest or b""):
            self.report.add(Kind.SIGNATURE, SIGNATURE, "the list of files is not signed by a trusted key")
        self.report.head = str(about.get("anchor", "")).partition(":")[2]
        given = self.trust.head()
        if given and f"{given[0]}:{given[1]}" != about.get("anchor"):
            self.report.notices.append(
                f"the package was made at {about.get('anchor')}, the anchor is another: compare them with the whole log"
            )

    def _about(self) -> dict[str, Any]:
        name = "data/case/package.json"
        try:
            about = json.loads(self._bytes(name) or b"{}")
            if about.get("form") == FORM:
                return dict(about)
        except _MALFORMED:
            pass
        self.report.add(Kind.CHANGED, name, "it does not say what this package is")
        return {}

    def captures(self) -> None:
        """Each capture is one that the log knows, or a copy of one without secrets that the log tells of."""
        about = self._about()
        for one in self._exhibits(about):
            self.report.records += 1
            if about.get("identities"):
                self._capture(one)
            elif one["original"] not in self.captured:
                self.report.add(Kind.CHANGED, one["name"], "the log knows no such capture", entry=one.get("entry"))

    def _exhibits(self, about: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        for one in about.get("exhibits", ()):
            if isinstance(one, dict) and {"name", "original", "derived"} <= one.keys():
                yield one
            else:
                self.report.add(Kind.CHANGED, "data/case/package.json", "an exhibit lacks a field")

    def _capture(self, one: dict[str, Any]) -> None:
        name = f"data/exhibits/{one['name']}/capture.wacz"
        try:
            with zipfile.ZipFile(io.BytesIO(self._bytes(name) or b"")) as wacz:
                found = hashlib.sha256(_read(wacz, _ARCHIVE)).hexdigest()
        except _MALFORMED as error:
            self.report.add(Kind.CHANGED, name, f"the capture cannot be read: {error}")
            return
        original = self.derived.get(found, found)
        if original not in self.captured or original != one["original"]:
            self.report.add(Kind.CHANGED, name, "this is no capture the log knows, nor a copy it tells of")
        for kept in one.get("files", ()):
            name = f"data/exhibits/{one['name']}/{kept}"
            if (one["original"], digest(self._bytes(name) or b"")) not in self.kept:
                self.report.add(Kind.CHANGED, name, "the log knows no such file of this capture")

"""Does an evidence package hold? Read offline, from the zip or the unpacked folder; nothing is unpacked to the disk."""

from __future__ import annotations

import hashlib
import io
import json
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from storage.custody.keys import holds, key_id, to_pem
from storage.custody.line import BrokenLine, Line, digest, take_apart
from storage.custody.report import Kind, Problem, Report
from storage.custody.stamps import check_stamp
from storage.custody.verify import NO_ANCHOR, NO_KEY, Trust
from storage.exporting.about import FORM
from storage.exporting.bag import MANIFEST, SIGNATURE, TAG_MANIFEST
from storage.exporting.container import DAMAGED, Container, open_bag
from storage.exporting.pdf_seal import check_pdf
from storage.exporting.stamping import stamped_file
from wildtrade.errors import ConfigError

_LOG = "data/custody/log.jsonl"
_REPORT, _CHANGED = "data/case/report.signed.pdf", "it was changed after it was sealed"
_LARGEST = 2**29  # bytes of a capture
_ARCHIVE = "archive/data.warc.gz"


def is_package(path: Path) -> bool:
    """Whether this looks like a package: a zip, or a folder with a bag in it."""
    return (path / "bagit.txt").is_file() or (path.is_file() and zipfile.is_zipfile(path))


def is_pdf(path: Path) -> bool:
    """Whether this is a PDF, such as a sealed report."""
    with suppress(OSError), path.open("rb") as file:
        return file.read(5) == b"%PDF-"
    return False


def verify_pdf(path: Path) -> Report:
    """Whether a sealed report is as it was sealed; ``report.notices`` say by which certificate."""
    report = Report(bytes=path.stat().st_size)
    try:
        found = check_pdf(path.read_bytes())
    except ValueError as error:
        report.add(Kind.SIGNATURE, path.name, str(error))
        return report
    if not found.intact:
        report.add(Kind.SIGNATURE, path.name, _CHANGED)
    report.notices.append(f"the report is {found.told}")
    return report


def verify_package(path: Path, trust: Trust | None = None) -> Report:
    """Name every file that changed, is missing or was added, and every signature, entry or capture that does not hold.

    ``report.entries`` counts the entries of the log extract, ``report.records`` the captures. Raises ConfigError where
    this is no package.
    """
    bag = open_bag(path)
    if not {"bagit.txt", MANIFEST} <= bag.names:
        one = "datapackage.json" in bag.names and not bag.odd  # a package cut short ends like the last WACZ in it
        fix = "name an evidence package; an evidence folder is read by `wildtrade evidence verify`"
        alone = "name the evidence package it belongs to: what is signed about it lies there"
        what = "a WACZ alone carries no signature" if one else "this is no evidence package: there is no bag in it"
        raise ConfigError(what, file=str(path), fix=alone if one else fix)
    check = _Check(bag, trust or Trust(), Report())
    check.files()
    check.log()
    check.signature()
    check.stamps()
    check.captures()
    return check.report


@dataclass
class _Check:
    bag: Container
    trust: Trust
    report: Report
    keys: dict[str, bytes] = field(default_factory=dict)  # by id, as the log extract introduces them
    key: bytes = b""  # the one in force
    signed_by: dict[str, int] = field(default_factory=dict)  # the last entry that each key signed
    unproven: dict[int, str] = field(default_factory=dict)  # entries that brought a key nobody had named before
    captured: set[str] = field(default_factory=set)  # SHA-256 of records the log says were captured
    kept: set[tuple[str, str]] = field(default_factory=set)  # (records of a page, SHA-256 of a file kept for it)
    gone: dict[str, Problem] = field(default_factory=dict)  # originals that were lawfully erased, by SHA-256
    derived: dict[str, str] = field(default_factory=dict)  # copy without secrets -> original

    def files(self) -> None:
        """Every file is listed once and is what the list says."""
        listed = {**self._list(MANIFEST), **self._list(TAG_MANIFEST)}
        for name in sorted(self.bag.names - listed.keys() - {TAG_MANIFEST, SIGNATURE}):
            self.report.add(Kind.ADDED, name, "no manifest lists this file")
        for name, what in self.bag.odd:
            self.report.add(Kind.ADDED, name, what)
        for name, sha256 in sorted(listed.items()):
            self._compare(name, sha256)

    def _compare(self, name: str, sha256: str) -> None:
        if name not in self.bag.names:
            self.report.add(Kind.MISSING, name, "the file is not there")
            return
        try:
            found, size = self.bag.sha256(name)
        except DAMAGED as error:
            self.report.add(Kind.CHANGED, name, f"the file cannot be read: {error}")
            return
        self.report.bytes += size
        if found != sha256:
            self.report.add(Kind.CHANGED, name, "it is not the file the manifest lists")

    def _list(self, name: str) -> dict[str, str]:
        found: dict[str, str] = {}
        for line in self._bytes(name).decode("utf-8", "replace").split("\n"):
            sha256, gap, listed = line.partition("  ")
            if line and (not gap or listed in found):
                self.report.add(Kind.CHANGED, name, "a line that lists no file, or one that is listed before")
            found.setdefault(listed, sha256)
        found.pop("", None)
        return found

    def _bytes(self, name: str) -> bytes:
        """A file's bytes; empty where it cannot be read, which ``files`` or the signature tells."""
        try:
            return self.bag.read(name) if name in self.bag.names else b""
        except DAMAGED:
            return b""

    def log(self) -> None:
        """Each entry of the extract is signed by the key in force; those in a row continue each other."""
        before: Line | None = None
        for number, raw in enumerate(self._bytes(_LOG).splitlines(), start=1):
            try:
                line = take_apart(raw)
                if before is not None:
                    self._follows(before, line)
                self._entry(line, line.seq)
                before = line
            except (BrokenLine, *DAMAGED) as error:
                self.report.add(Kind.CHANGED, _LOG, f"line {number}: {error}")
            self.report.entries += 1

    def _follows(self, before: Line, line: Line) -> None:
        if line.seq <= before.seq:
            what = f"entry {line.seq} stands behind entry {before.seq}"
            self.report.add(Kind.REORDERED, _LOG, what, entry=line.seq)
        elif line.seq == before.seq + 1 and line.entry["prev"] != before.hash:
            what = f"entry {line.seq} does not continue the entry before it"
            self.report.add(Kind.CHANGED, _LOG, what, entry=line.seq)

    def _entry(self, line: Line, seq: int) -> None:
        action, details = line.entry["action"], line.details
        introduces = action == "key_lost" or (action == "key" and not self.key)
        key = bytes.fromhex(details["public"]) if introduces else self.key
        if not key or not holds(key, line.signature, line.signed):
            self.report.add(Kind.SIGNATURE, _LOG, f"entry {seq} is not signed by the key in force", entry=seq)
            return
        self.signed_by[key_id(key)] = seq
        match action:
            case "key" | "key_lost":
                self.key = bytes.fromhex(details["public"])
                self.keys[key_id(self.key)] = self.key
                if action == "key_lost":
                    self.unproven[seq] = key_id(self.key)
            case "capture":
                self.captured |= {one["sha256"] for one in details["records"]}
            case "artifact" if "page" in details:
                self.kept.add((details["page"], details["sha256"]))
            case "erased":
                self._erased(details, seq)
            case "redacted":
                self.derived |= {one["derived"]: one["original"] for one in details["records"]}
            case "key_revoked":
                self.report.notices.append(f"the key {details['id']} was revoked as of {details['since']}")

    def _erased(self, details: Mapping[str, Any], seq: int) -> None:
        """Originals whose time was over: what a package holds of them is a copy that was sealed before."""
        for one in details["erased"]:
            place = {"offset": one["offset"], "length": one["length"], "entry": seq}
            what = f"the original {one['sha256']} was erased by {details['rule']}"
            self.gone[one["sha256"]] = Problem(kind=Kind.MISSING, file=details["file"], what=what, **place)

    def signature(self) -> None:
        """The lists of files are signed by the key in force, which a trusted one vouches for."""
        pinned = {key_id(key) for key in self.trust.keys}
        vouched = max((self.signed_by.get(one, 0) for one in pinned), default=0)
        unproven = [key for seq, key in self.unproven.items() if seq > vouched]
        if not pinned:
            self.report.notices.append(NO_KEY)
        elif not vouched:
            said = ", ".join(sorted(pinned))
            self.report.add(Kind.SIGNATURE, _LOG, f"nothing is signed by the key given ({said})")
        if pinned and vouched and unproven:
            what = f"the key {unproven[-1]} signs, which no key before it has named: give it with --pub"
            self.report.add(Kind.SIGNATURE, _LOG, what)
        if not self.key or not holds(self.key, self._bytes(SIGNATURE), self._bytes(TAG_MANIFEST)):
            self.report.add(Kind.SIGNATURE, SIGNATURE, "the list of files is not signed by the key in force")
        for name, key in self.keys.items():
            path = f"data/custody/keys/{name}.pub"
            if path in self.bag.names and self._bytes(path) != to_pem(key):
                self.report.add(Kind.CHANGED, path, "it is not the key the log names")

    def stamps(self) -> None:
        """Each time stamp is of its checkpoint, or of the list of what was packed."""
        unchecked = 0
        for name in sorted(one for one in self.bag.names if one.endswith(".tsr")):
            self.report.stamps += 1
            with tempfile.TemporaryDirectory(prefix="wildtrade-") as aside:
                data, stamp = Path(aside, "data"), Path(aside, "stamp")
                data.write_bytes(self._bytes(stamped_file(name)))
                stamp.write_bytes(self._bytes(name))
                answer = check_stamp(data, stamp, self.trust.tsa_root)
            unchecked += answer is None
            if answer:
                self.report.add(Kind.SIGNATURE, name, answer)
        if unchecked:
            self.report.notices.append(f"{unchecked} time stamps were not checked: no root was given (--tsa-root)")

    def _about(self) -> dict[str, Any]:
        name = "data/case/package.json"
        try:
            about = json.loads(self._bytes(name) or b"{}")
            if about.get("form") == FORM:
                return dict(about)
        except (*DAMAGED, RecursionError):
            pass
        self.report.add(Kind.CHANGED, name, "it does not say what this package is")
        return {}

    def captures(self) -> None:
        """Each capture is one that the log knows, or a copy of one without secrets that the log tells of."""
        about = self._about()
        self._report(about.get("report_certificate"))
        self._compare_anchor(str(about.get("anchor", "")))
        for one in self._exhibits(about):
            self.report.records += 1
            if one["original"] in self.gone:
                self.report.erased.append(self.gone[one["original"]])
            if about.get("identities"):
                self._capture(one)
            elif one["original"] not in self.captured:
                self.report.add(Kind.CHANGED, str(one["name"]), "the log knows no such capture")

    def _compare_anchor(self, said: str) -> None:
        self.report.head = said.partition(":")[2]
        given = self.trust.head()
        if given is None:
            self.report.notices.append(NO_ANCHOR)
        elif f"{given[0]}:{given[1]}" != said:
            what = f"the package was made at {said}, the anchor is another: compare them with the whole log"
            self.report.notices.append(what)

    def _report(self, said: Any) -> None:
        """The sealed report is sealed by the certificate that the package names, and whole."""
        if _REPORT not in self.bag.names:
            return
        named = said.get("sha256") if isinstance(said, dict) else None
        try:
            found = check_pdf(self._bytes(_REPORT))
        except ConfigError as error:
            self.report.notices.append(f"the seal of the report was not checked: {error.message}")
        except ValueError as error:
            self.report.add(Kind.SIGNATURE, _REPORT, str(error))
        else:
            if not found.intact:
                self.report.add(Kind.SIGNATURE, _REPORT, _CHANGED)
            elif found.fingerprint != named:
                self.report.add(Kind.SIGNATURE, _REPORT, "it is sealed by another certificate than the package names")
            self.report.notices.append(f"the report is {found.told}")

    def _exhibits(self, about: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        exhibits = about.get("exhibits", ())
        for one in exhibits if isinstance(exhibits, list) else (None,):
            if isinstance(one, dict) and {"name", "original", "derived"} <= one.keys():
                yield one
            else:
                self.report.add(Kind.CHANGED, "data/case/package.json", "an exhibit lacks a field")

    def _capture(self, one: dict[str, Any]) -> None:
        name = f"data/exhibits/{one['name']}/capture.wacz"
        try:
            with zipfile.ZipFile(io.BytesIO(self._bytes(name))) as wacz:
                if wacz.getinfo(_ARCHIVE).file_size > _LARGEST:
                    raise ValueError("it is larger than anything in a package")
                found = hashlib.sha256(wacz.read(_ARCHIVE)).hexdigest()
        except DAMAGED as error:
            self.report.add(Kind.CHANGED, name, f"the capture cannot be read: {error}")
            return
        original = self.derived.get(found, found)
        if original not in self.captured or original != one["original"]:
            self.report.add(Kind.CHANGED, name, "this is no capture the log knows, nor a copy it tells of")
        for kept in one.get("files", ()):
            name = f"data/exhibits/{one['name']}/{kept}"
            if (one["original"], digest(self._bytes(name))) not in self.kept:
                self.report.add(Kind.CHANGED, name, "the log knows no such file of this capture")

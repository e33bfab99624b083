"""Reading the log as a stranger: every line, whatever state it is in, and each thing that is wrong with it."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from storage.custody.clock import Clock
from storage.custody.keys import holds, key_id
from storage.custody.line import GENESIS, BrokenLine, Line, take_apart
from storage.custody.report import Kind, Problem, Report
from storage.custody.table import Table

_MOST_GAPS = 10**6  # numbers that may be missing, one by one: a forged number must not fill the memory
_LONGEST = 2**26  # bytes of a line; a real one is some hundred for each record of a group
_MALFORMED = (KeyError, TypeError, ValueError, AttributeError, struct.error)


@dataclass(frozen=True, slots=True)
class Moment:
    """Where the log stood after an entry: its head, its length in bytes and the digest of its bytes up to there."""

    head: str
    size: int
    sha256: str


@dataclass
class Chain:
    """Reads a log and keeps what it says.

    ``wanted`` are the entries whose ``Moment`` is needed (for checkpoints and the anchor). ``tables`` are the records
    by WARC, ``named`` other files with their digests, ``keys`` the public keys by id, ``signed_by`` the last entry that
    each key signed, ``unproven`` the entries that brought a key nobody had named before.
    """

    file: str
    report: Report
    wanted: Collection[int] = ()
    moments: dict[int, Moment] = field(default_factory=dict)
    tables: dict[str, Table] = field(default_factory=dict)
    named: dict[str, str] = field(default_factory=dict)
    rewritten: set[str] = field(default_factory=set)
    keys: dict[str, bytes] = field(default_factory=dict)
    signed_by: dict[str, int] = field(default_factory=dict)
    unproven: dict[int, str] = field(default_factory=dict)
    revoked: list[dict[str, Any]] = field(default_factory=list)
    audit: dict[int, str] = field(default_factory=dict)
    seq: int = 0
    _head: str = GENESIS
    _key: bytes = b""
    _gaps: set[int] = field(default_factory=set)
    _unread: int = 0  # lines since the last good one that are no entries
    _clock: Clock = field(default_factory=Clock)

    def read(self, path: Path, size: int) -> None:
        """Read the first ``size`` bytes of the log."""
        so_far, position = hashlib.sha256(), 0
        with path.open("rb", buffering=2**20) as file:
            for number, raw in enumerate(iter(lambda: file.readline(_LONGEST), b""), start=1):
                if position + len(raw) > size:
                    raw = raw[: size - position]
                if not raw:
                    break
                position += len(raw)
                so_far.update(raw)
                if raw.endswith(b"\n"):
                    self._line(number, raw[:-1])
                else:
                    self._say(Kind.TORN, f"line {number} is no whole entry: cut, or left so by a crash")
                if self.seq in self.wanted and self.seq not in self.moments:
                    self.moments[self.seq] = Moment(self._head, position, so_far.hexdigest())
        self._settle_gaps()
        self.report.notices += self._clock.notices()
        self.report.entries, self.report.head = self.seq, self._head

    def _say(self, kind: Kind, what: str, entry: int | None = None) -> None:
        self.report.add(kind, self.file, what, entry=entry)

    def _line(self, number: int, raw: bytes) -> None:
        try:
            line = take_apart(raw)
        except BrokenLine as error:
            self._say(Kind.CHANGED, f"line {number}: {error}")
            self._unread += 1
            return
        seq = line.seq
        if not self._in_order(seq, number):
            return
        self._linked(line, seq)
        if self._signed(line, seq):
            self._apply(line, seq)
        self.seq, self._head, self._unread = seq, line.hash, 0

    def _in_order(self, seq: int, number: int) -> bool:
        """Whether to go on with this line; notes what was skipped, repeated or moved."""
        if seq in self._gaps:
            self._gaps.discard(seq)
            self._say(Kind.REORDERED, f"entry {seq} stands in line {number}, behind entry {self.seq}", seq)
            return False
        if seq <= self.seq:
            self._say(Kind.ADDED, f"line {number} brings entry {seq} once more", seq)
            return False
        self._gaps.update(range(self.seq + 1, min(seq, self.seq + 1 + _MOST_GAPS - len(self._gaps))))
        return True

    def _linked(self, line: Line, seq: int) -> None:
        if line.entry["prev"] == self._head:
            if self._unread:
                self._say(Kind.ADDED, f"{self._unread} lines before entry {seq} belong to no entry", seq)
        elif seq == self.seq + 1:
            self._say(Kind.CHANGED, f"entry {seq} does not continue entry {self.seq}: one of them was changed", seq)

    def _settle_gaps(self) -> None:
        missing = sorted(self._gaps)
        for start, end in _runs(missing):
            what = f"entry {start} is" if start == end else f"entries {start} to {end} are"
            self._say(Kind.MISSING, f"{what} not there", start)

    def _signed(self, line: Line, seq: int) -> bool:
        """Whether the key in force signed it. The first key introduces itself; a lost key's successor too."""
        action = line.entry["action"]
        introduces = (action == "key" and not self._key) or action == "key_lost"
        try:
            key = bytes.fromhex(line.details["public"]) if introduces else self._key
        except _MALFORMED:
            key = b""
        if not key or not holds(key, line.signature, line.signed):
            other = line.entry["key"] != key_id(key)
            what = f"is signed by another key ({line.entry['key']})" if other else "was changed: its signature fails"
            self._say(Kind.SIGNATURE if other else Kind.CHANGED, f"entry {seq} {what}", seq)
            return False
        if action == "key_lost":
            self.unproven[seq] = key_id(key)
        self.signed_by[key_id(key)] = seq
        return True

    def _apply(self, line: Line, seq: int) -> None:
        try:
            self._take(line.entry["action"], line.details, seq)
        except _MALFORMED as error:
            self._say(Kind.CHANGED, f"entry {seq} is signed but malformed ({type(error).__name__}: {error})", seq)
        self._clock.read(line.entry, seq)

    def _take(self, action: str, details: dict[str, Any], seq: int) -> None:
        match action:
            case "capture":
                self.tables.setdefault(_inside(details["file"]), Table()).add(seq, details["records"])
            case "abandoned":
                self.report.abandoned += self.tables[details["file"]].abandon(details["offset"])
            case "erased":
                self._erase(details, seq)
            case "set_aside":
                self.named[_inside(details["kept_as"])] = details["sha256"]
            case "artifact" | "checkpoint" | "stamp":
                self.named[_inside(details["path"])] = details["sha256"]
            case "artifact_erased":
                del self.named[details["path"]]
                what = f"erased by {details['rule']}"
                self.report.erased.append(Problem(kind=Kind.MISSING, file=details["path"], what=what, entry=seq))
            case "key" | "key_lost":
                self._key = bytes.fromhex(details["public"])
                self.keys[key_id(self._key)] = self._key
            case "key_revoked":
                self.revoked.append({"entry": seq, **details})
            case "audit":
                self.audit.update((row["id"], row["sha256"]) for row in details["rows"])

    def _erase(self, details: dict[str, Any], seq: int) -> None:
        old = self.tables.pop(details["file"])
        self.rewritten.add(details["file"])
        self.tables[_inside(details["new_file"])] = old.without(one["offset"] for one in details["erased"])
        why = f"erased by {details['rule']}"
        for one in details["erased"]:
            place = {"offset": one["offset"], "length": one["length"], "entry": seq}
            self.report.erased.append(Problem(kind=Kind.MISSING, file=details["file"], what=why, **place))


def _inside(name: str) -> str:
    """A name that does not lead out of the folder."""
    if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts or "\\" in name:
        raise ValueError(f"{name!r} leads out of the folder")
    return name


def _runs(numbers: list[int]) -> list[tuple[int, int]]:
    """Consecutive numbers as (first, last)."""
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and runs[-1][1] == number - 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs

"""Checkpoints: the head of the log and the digests of all files at one moment, signed and, where an authority is
configured, time-stamped. The entry of the log behind each names its file and its stamp."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from storage.custody.events import PROGRAM, Event
from storage.custody.files import plain_file
from storage.custody.line import BrokenLine, Line, canonical, digest, join, take_apart
from storage.custody.log import CHECKPOINTS, FOLDER, CustodyLog
from storage.custody.report import Kind, Report
from storage.custody.stamps import Authority
from storage.custody.state import State
from storage.evidence.torn import explained, write_once
from storage.iso import utc_text
from wildtrade.errors import SiteError


class FileDigest(NamedTuple):
    """The first ``size`` bytes of a WARC."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A checkpoint as read; ``name`` is relative to the evidence folder, ``sha256`` is of the file."""

    name: str
    sha256: str
    line: Line
    seq: int
    head: str
    log_size: int
    log_sha256: str
    files: dict[str, FileDigest]

    @property
    def stamp_name(self) -> str:
        """Where its time stamp lies, if it has one."""
        return self.name.removesuffix(".json") + ".tsr"


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A checkpoint that was just made. ``anchor`` is to be kept elsewhere; ``problem`` says why it has no stamp."""

    path: Path
    anchor: str
    stamp: Path | None
    problem: str = ""


def checkpoint(log: CustodyLog, authority: Authority | None = None, actor: str = PROGRAM) -> Made:
    """Make a checkpoint of the log and all WARCs; have it stamped where there is an authority.

    An authority that does not answer is no reason to stop: the checkpoint stands without a stamp, and the log says so.
    """
    with explained(log.folder), log.held():
        path = _write(log)
        log.append_all([Event("checkpoint", actor, _named(log, path))])
    stamp, problem = (None, "") if authority is None else _stamp(log, path, authority, actor)
    return Made(path=path, anchor=log.anchor, stamp=stamp, problem=problem)


def _write(log: CustodyLog) -> Path:
    state, signer = log.state(), log.signer
    details = {
        "log": {"size": state.size, "sha256": _prefix(log.path, state.size)},
        "files": {name: one._asdict() for name, one in sorted(_digests(log, state).items())},
    }
    now = utc_text(datetime.now(UTC))
    entry = {"seq": state.seq, "prev": state.head, "utc": now, "key": signer.id, "action": "checkpoint"}
    signed = canonical({**entry, "details": details})
    folder = log.folder / CHECKPOINTS
    folder.mkdir(exist_ok=True)
    path = folder / f"{state.seq:09d}.json"
    write_once(path, join(signed, signer.sign(signed)))
    return path


def _stamp(log: CustodyLog, path: Path, authority: Authority, actor: str) -> tuple[Path | None, str]:
    """Have a checkpoint stamped. The log is not held meanwhile: an authority may take its time."""
    try:
        answer = authority.stamp(path)
    except SiteError as error:
        log.append("stamp_failed", actor, {"path": path.name, "reason": error.message})
        return None, error.message
    stamp = path.with_suffix(".tsr")
    with explained(log.folder), log.held():
        write_once(stamp, answer)
        log.append_all([Event("stamp", actor, _named(log, stamp))])
    return stamp, ""


def _named(log: CustodyLog, path: Path) -> dict[str, str]:
    return {"path": path.relative_to(log.evidence).as_posix(), "sha256": digest(path.read_bytes())}


def _digests(log: CustodyLog, state: State) -> dict[str, FileDigest]:
    """Of every WARC up to its recorded end; what has not grown since the last checkpoint is not read again."""
    known = read_all(log.folder, Report())
    before = known[-1].files if known else {}
    ends = {name: one.end for name, one in state.files.items() if (log.evidence / name).is_file()}
    old = {name: before[name] for name, end in ends.items() if name in before and before[name].size == end}
    new = ends.keys() - old.keys()
    return old | {name: FileDigest(ends[name], _prefix(log.evidence / name, ends[name])) for name in new}


def _prefix(path: Path, size: int) -> str:
    digest, left = hashlib.sha256(), size
    with path.open("rb") as file:
        while left and (chunk := file.read(min(left, 2**20))):
            digest.update(chunk)
            left -= len(chunk)
    return digest.hexdigest()


def read_all(custody: Path, report: Report) -> list[Checkpoint]:
    """All checkpoints of a custody folder, in order; what cannot be read is noted."""
    found = []
    for path in sorted((custody / CHECKPOINTS).glob("*.json")):
        name = f"{FOLDER}/{CHECKPOINTS}/{path.name}"
        if not plain_file(custody, f"{CHECKPOINTS}/{path.name}"):
            continue  # a reader of all files names it
        try:
            found.append(_read(name, path.read_bytes()))
        except (BrokenLine, KeyError, TypeError, ValueError, AttributeError) as error:
            report.add(Kind.CHANGED, name, f"this is no checkpoint: {error}")
    return found


def _read(name: str, data: bytes) -> Checkpoint:
    line = take_apart(data)
    files = {file: FileDigest(**one) for file, one in line.details["files"].items()}
    log = line.details["log"]
    return Checkpoint(name, digest(data), line, line.seq, str(line.entry["prev"]), log["size"], log["sha256"], files)

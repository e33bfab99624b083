"""The part of the custody log that is about some records: whole signed lines, with the keys to check them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from storage.custody import CustodyLog
from storage.custody.keys import key_id, to_pem
from storage.custody.line import Line, take_apart

_KEYS = frozenset(("key", "key_lost", "key_revoked"))


@dataclass
class Extract:
    """``lines`` in the order of the log; ``keys`` are public keys as PEM by id; ``files`` checkpoints and their stamps
    by path in the evidence folder; ``anchor`` is the head of the whole log at that moment."""

    anchor: str
    lines: list[bytes] = field(default_factory=list)
    keys: dict[str, bytes] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)

    @property
    def log(self) -> bytes:
        """The lines as a file."""
        return b"".join(line + b"\n" for line in self.lines)


def extract(log: CustodyLog, records: Collection[str], case: str, runs: Collection[int] = ()) -> Extract:
    """What the log says of records (by their SHA-256), of a case (by its number) and of the runs that fetched the
    records; the keys; the last checkpoint."""
    state = log.state()
    found = Extract(state.anchor)
    checkpoints: dict[str, bytes] = {}
    with log.path.open("rb") as file:
        while file.tell() < state.size:
            raw = file.readline().rstrip(b"\n")
            line = take_apart(raw)
            action = line.entry["action"]
            if action in ("checkpoint", "stamp"):
                checkpoints = (
                    {**checkpoints, line.details["path"]: raw} if action == "stamp" else {line.details["path"]: raw}
                )
            elif action in _KEYS or _is_about(line, records, case) or _began(line, runs):
                found.lines.append(raw)
            if action in ("key", "key_lost"):
                public = bytes.fromhex(line.details["public"])
                found.keys[key_id(public)] = to_pem(public)
    found.lines = sorted([*found.lines, *checkpoints.values()], key=lambda raw: take_apart(raw).seq)
    found.files = {name: (log.evidence / name).read_bytes() for name in checkpoints}
    return found


def crawls(log: CustodyLog, runs: Collection[int]) -> list[dict[str, Any]]:
    """What the entries of some runs say of how they were made, oldest first; a run that was resumed has several."""
    found, size = [], log.state().size
    with log.path.open("rb") as file:
        while file.tell() < size:
            raw = file.readline()
            if b'"action":"crawl"' in raw:
                line = take_apart(raw.rstrip(b"\n"))
                if _began(line, runs):
                    found.append({"at": datetime.fromisoformat(line.entry["utc"]), **line.details})
    return found


def _began(line: Line, runs: Collection[int]) -> bool:
    return line.entry["action"] == "crawl" and line.details["run"] in runs


def _is_about(line: Line, records: Collection[str], case: str) -> bool:
    details: dict[str, Any] = line.details
    match line.entry["action"]:
        case "capture":
            return any(one["sha256"] in records for one in details["records"])
        case "erased":
            return any(one["sha256"] in records for one in details["erased"])
        case "artifact" if "page" in details:
            return details["page"] in records
        case "artifact" | "redacted" | "export":
            return details.get("case") == case
    return False

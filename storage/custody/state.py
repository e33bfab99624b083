"""What a log says up to some entry: kept by whoever appends, so that nobody appends to a broken chain."""

from __future__ import annotations

from dataclasses import dataclass, field

from storage.custody.line import GENESIS, Line

_KEYS = ("key", "key_lost", "key_revoked")
# Actions whose details the chain itself is read for: written by this package only.
STRUCTURED = frozenset(
    (
        "capture",
        "abandoned",
        "erased",
        "set_aside",
        "artifact",
        "artifact_erased",
        "checkpoint",
        "stamp",
        "audit",
        *_KEYS,
    )
)


class BrokenChain(ValueError):
    """An entry that does not follow from the one before; the message says why."""


@dataclass(slots=True)
class FileState:
    """A WARC in the log. ``end``: where its last record ends. ``live``: where the last one ends that the database
    knows, as far as the log was told. Both in bytes."""

    end: int = 0
    live: int = 0


@dataclass
class State:
    """The head of the chain and what hangs on it. ``size`` is the log's length in bytes."""

    seq: int = 0
    head: str = GENESIS
    size: int = 0
    key: bytes = b""
    before: bytes = b""  # the key in force before the last entry
    files: dict[str, FileState] = field(default_factory=dict)
    rewritten: dict[str, str] = field(default_factory=dict)  # WARC -> the one that took its place after an erasure
    torn: set[str] = field(default_factory=set)
    artifacts: dict[str, str] = field(default_factory=dict)  # path -> the WARC whose page it belongs to, if any
    discarded: set[str] = field(default_factory=set)  # artifacts that were lawfully erased
    checkpoints: set[str] = field(default_factory=set)  # and their stamps
    audited: int = 0

    @property
    def anchor(self) -> str:
        """The head as ``SEQ:HASH``."""
        return f"{self.seq}:{self.head}"

    def follows(self, line: Line) -> None:
        """Raise BrokenChain where ``line`` is not the next one."""
        if line.entry["seq"] != self.seq + 1:
            raise BrokenChain(f"entry {line.entry['seq']} stands where {self.seq + 1} should")
        if line.entry["prev"] != self.head:
            raise BrokenChain(f"entry {line.entry['seq']} does not continue the entry before it")

    def take(self, line: Line, length: int) -> None:
        """Go on by one line of ``length`` bytes, its end included. Raises BrokenChain."""
        self.follows(line)
        self.seq, self.head, self.size = self.seq + 1, line.hash, self.size + length
        details, self.before = line.details, self.key
        match line.entry["action"]:
            case "capture":
                file = self.files.setdefault(details["file"], FileState())
                file.end = file.live = max(one["offset"] + one["length"] for one in details["records"])
            case "abandoned":
                self.files[details["file"]].live = details["committed"]
            case "erased":
                self.files[details["new_file"]] = self.files.pop(details["file"])
                self.files[details["new_file"]].end = details["new_size"]
                self.files[details["new_file"]].live = details["new_size"]
                self.rewritten[details["file"]] = details["new_file"]
            case "set_aside":
                self.torn.add(details["kept_as"])
            case "key" | "key_lost":
                self.key = bytes.fromhex(details["public"])
            case "checkpoint" | "stamp":
                self.checkpoints.add(details["path"])
            case "artifact":
                self.artifacts[details["path"]] = details.get("file", "")
                self.discarded.discard(details["path"])
            case "artifact_erased":
                self.artifacts.pop(details["path"])
                self.discarded.add(details["path"])
            case "audit":
                self.audited = max([self.audited, *(row["id"] for row in details["rows"])])

"""The log itself: one file, one chain, any number of processes that append in turn."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from storage.custody.events import PROGRAM, Event, adopted, introduced, set_aside_event
from storage.custody.keys import Place, Signer, holds, key_id, key_path, publish, settle_succession
from storage.custody.line import BrokenLine, Line, canonical, digest, join, take_apart
from storage.custody.state import STRUCTURED, BrokenChain, FileState, State
from storage.evidence.torn import FOLDER as TORN
from storage.evidence.torn import Tail, set_aside_tail, sync_folder, tail_of
from storage.evidence.warcfile import write_all
from storage.iso import utc_text
from storage.locks import locked
from wildtrade import __version__
from wildtrade.errors import ConfigError, StorageError

FOLDER, NAME, LOCK, CHECKPOINTS = "custody", "log.jsonl", ".lock", "checkpoints"


@dataclass
class _Batch:
    events: Sequence[Event]
    lines: list[Line] = field(default_factory=list)
    error: BaseException | None = None
    done: bool = False


class CustodyLog:
    """The custody log of an evidence folder. Threads and processes may share it: each append holds a file lock, reads
    what others appended meanwhile and goes on from there.

    Nothing is opened or made before the first call. Raises StorageError where the chain is broken or the disk refuses,
    ConfigError where the key is not the one the log goes on with.
    """

    def __init__(self, evidence: Path, key: Place | None = None) -> None:
        self.evidence = evidence
        self.folder = evidence / FOLDER
        self.path = self.folder / NAME
        self.key: Place = key or key_path(evidence)
        self._state = State()
        self._signer: Signer | None = None
        self._queue = threading.Lock()
        self._turn = threading.RLock()
        self._waiting: list[_Batch] = []
        self._depth = 0

    def append(self, action: str, actor: str, details: Mapping[str, Any]) -> Line:
        """Log one event; on return it is on the disk. Threads that append at once share the price of the sync."""
        if action in STRUCTURED:
            raise ValueError(f"{action} has entries of its own form")
        return self.append_all([Event(action, actor, details)])[0]

    def append_all(self, events: Sequence[Event]) -> list[Line]:
        """Log some events, in this order and with nothing between them."""
        if not events:
            return []
        batch = _Batch(events)
        with self._queue:
            self._waiting.append(batch)
        with self._turn:
            if not batch.done:
                self._write_waiting()
        if batch.error is not None:
            raise batch.error
        return batch.lines

    def state(self) -> State:
        """A copy of what the log says by now."""
        with self.held():
            return deepcopy(self._state)

    @property
    def anchor(self) -> str:
        """The head as ``SEQ:HASH``: kept elsewhere, it shows that the log was not rolled back behind it."""
        return self.state().anchor

    def file(self, name: str) -> FileState:
        """What the log says of one WARC by now; ends at 0 where it says nothing."""
        with self.held():
            return replace(self._state.files.get(name, FileState()))

    def tell_of(self, tail: Tail) -> None:
        """Log that a WARC's tail is about to be moved to the folder ``torn``; once is enough for the same bytes."""
        event = set_aside_event(tail, "", tail.kept_as)
        if event.details["kept_as"] not in self.state().torn:
            self.append_all([event])

    @property
    def signer(self) -> Signer:
        """The key that the log goes on with."""
        with self.held():
            return self._key()

    def succeed(self, action: str, actor: str, signer: Signer, details: Mapping[str, Any]) -> Line:
        """Log the entry that introduces a new key: ``key`` is signed by the old key, ``key_lost`` by the new one."""
        with self.held():
            by = self._key() if action == "key" else signer
            publish(self.folder, signer)
            return self._write([(Event(action, actor, {**introduced(signer), **details}), by)])[0]

    def _write_waiting(self) -> None:
        with self._queue:
            batches, self._waiting = self._waiting, []
        try:
            with self.held():
                signer = self._key()
                lines = iter(self._write([(event, signer) for batch in batches for event in batch.events]))
                for batch in batches:
                    batch.lines = [next(lines) for _ in batch.events]
        except BaseException as error:  # whatever it is must reach those who wait: nothing of theirs was logged
            for batch in batches:
                batch.error = error
            raise
        finally:
            for batch in batches:
                batch.done = True

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep every other thread and process from appending; what was appended before has been taken in."""
        with self._turn, ExitStack() as released:
            if self._depth == 0:
                try:
                    self.folder.mkdir(parents=True, exist_ok=True)
                    released.enter_context(locked(self.folder / LOCK))
                    self._refresh()
                except OSError as error:
                    raise self._refused(error) from error
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1

    def _refresh(self) -> None:
        """Take in what was appended since, cut a torn end; begin the log where there is none. Holds the lock."""
        size = self.path.stat().st_size if self.path.exists() else 0
        if size < self._state.size:
            raise self._broken("the log has become shorter", 0)
        first, fresh = self._state.seq == 0, size > self._state.size
        if fresh:
            self._take_in()
        if first:
            self._check_roll_back()
        if self._state.seq == 0:
            self._begin()
        if fresh:
            self._log_torn()

    def _take_in(self) -> None:
        new, last, whole = self._state, None, self._state.size
        with self.path.open("rb") as file:
            file.seek(new.size)
            for raw in file:
                if not raw.endswith(b"\n"):
                    break
                try:
                    last = take_apart(raw[:-1])
                    new.take(last, len(raw))
                except (BrokenLine, BrokenChain, KeyError, TypeError, ValueError, AttributeError) as error:
                    self._state = State()
                    raise self._broken(str(error), new.seq + 1) from error
                whole = new.size
        # The last signature stands for all before it: no line can change without changing every ``prev`` behind it.
        if last is not None and not holds(_signed_with(last, new), last.signature, last.signed):
            self._state = State()
            raise self._broken("its signature does not hold", new.seq)
        set_aside_tail(self.path, whole)

    def _check_roll_back(self) -> None:
        """A checkpoint of an entry that the log does not have shows that the log once went further."""
        later = [path.stem for path in (self.folder / CHECKPOINTS).glob("*.json") if path.stem.isdecimal()]
        if later and int(max(later)) > self._state.seq:
            self._state, end = State(), self._state.seq
            raise self._broken(f"it ends at entry {end}, a checkpoint knows entry {int(max(later))}", end)

    def _log_torn(self) -> None:
        """Tell of the log's own torn ends; their copies come first, since a torn log takes no entry."""
        torn = {f"{FOLDER}/{TORN}/{path.name}": path for path in (self.folder / TORN).glob(f"{NAME}.*")}
        tails = (tail_of(torn[name], 0) for name in sorted(torn.keys() - self._state.torn))
        events = [set_aside_event(tail, f"{FOLDER}/", tail.file) for tail in tails if tail is not None]
        if events:
            self._write([(event, self._key()) for event in events])

    def _begin(self) -> None:
        """The first entries: the key, and what lay here before there was a log."""
        found = sorted(path for path in self.evidence.glob("*.warc.gz") if path.stat().st_size)
        if self.key.exists():
            if found:
                raise StorageError(
                    "there is evidence but no custody log",
                    file=str(self.path),
                    fix="restore the folder `custody` from a backup; nothing is written before that",
                )
            signer = Signer.load(self.key)
        else:
            signer = Signer.create(self.key)
        publish(self.folder, signer)
        self._signer = signer
        first = Event("key", PROGRAM, {**introduced(signer), "reason": "first key", "version": __version__})
        self._write([(event, signer) for event in (first, *map(adopted, found))])
        sync_folder(self.folder)

    def _key(self) -> Signer:
        if self._signer is None or self._signer.public != self._state.key:
            settle_succession(self.key, self._state.key)
            signer = Signer.load(self.key)
            if signer.public != self._state.key:
                raise ConfigError(
                    f"the log goes on with the key {key_id(self._state.key)}, this is {signer.id}",
                    file=str(self.key),
                    fix="put the right key file back; if it is lost for good: `wildtrade evidence keys lost`",
                )
            self._signer = signer
        return self._signer

    def _write(self, events: Sequence[tuple[Event, Signer]]) -> list[Line]:
        lines, raws = [], []
        seq, head = self._state.seq, self._state.head
        moment = {"utc": utc_text(datetime.now(UTC)), "monotonic": time.monotonic_ns() // 1000}
        for event, signer in events:
            seq += 1
            entry = {
                **moment,
                "seq": seq,
                "prev": head,
                "actor": event.actor,
                "action": event.action,
                "key": signer.id,
                "details": event.details,
            }
            signed = canonical(entry)
            signature = signer.sign(signed)
            raw = join(signed, signature)
            head = digest(raw)
            lines.append(Line(entry, signed, signature, head))
            raws.append(raw + b"\n")
        self._put(b"".join(raws))
        for line, raw in zip(lines, raws, strict=True):
            self._state.take(line, len(raw))
        return lines

    def _put(self, data: bytes) -> None:
        """Append to the file and sync it; on StorageError it is as before."""
        try:
            with self.path.open("ab", buffering=0) as file:
                try:
                    write_all(file.fileno(), data)
                    os.fsync(file.fileno())
                except OSError:
                    file.truncate(self._state.size)
                    raise
        except OSError as error:
            raise self._refused(error) from error

    def _refused(self, error: OSError) -> StorageError:
        fix = "free some space; nothing stored so far is lost"
        return StorageError(f"the custody log cannot be written: {error.strerror}", file=str(self.path), fix=fix)

    def _broken(self, why: str, line: int) -> StorageError:
        return StorageError(
            f"the custody log is broken, nothing is appended to it: {why}",
            file=str(self.path),
            line=line or None,
            fix="run `wildtrade evidence verify`; restore the log from a backup",
        )


def _signed_with(line: Line, state: State) -> bytes:
    """The key that must have signed the last line: the one in force, unless the line itself brings a new one."""
    return state.key if line.entry["action"] != "key" or line.entry["seq"] == 1 else state.before

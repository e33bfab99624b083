"""Tampering with the evidence: is every change found and named? And how fast does verifying go?

    python -m benchmarks.tamper [--changes 10000] [--commands 50] [--captures 6000] [--seed 1]

Each change is made to a folder of real WARCs, custody log, checkpoints, keys and (where openssl is) a time stamp, which
is put back afterwards. The verifier is called in process, and some times as the command. It is given a head of the log
from before, as somebody who kept it elsewhere has it, and the public key.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks import disguises, tampering
from benchmarks.report import finish
from benchmarks.tampering import Change, Files, Odd, Past
from storage.custody import CustodyLog, Event
from storage.custody.checkpoints import checkpoint
from storage.custody.keys import to_pem
from storage.custody.report import printable
from storage.custody.stamps import TrainingAuthority, openssl_here
from storage.custody.verify import Trust, verify_folder
from storage.evidence import Exchange, WarcFile, seal
from storage.writer import entry_of
from tests.storage.helpers import exchange

WAYS = tampering.WAYS | disguises.WAYS
_OURS = {"custody", "checkpoints", "keys", "evidence"}
_PER_SECOND = 3000  # captures of 10 kB


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--changes", type=int, default=10_000)
    parser.add_argument("--commands", type=int, default=50)
    parser.add_argument("--captures", type=int, default=6000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="wildtrade-tamper-") as folder:
        attack = Attack(Path(folder), random.Random(arguments.seed))
        attack.in_process(arguments.changes)
        attack.as_command(arguments.commands)
    with tempfile.TemporaryDirectory(prefix="wildtrade-verify-") as folder:
        rate = verify_rate(Path(folder), arguments.captures, random.Random(arguments.seed))
    figures = {
        "changes": attack.made,
        "not_found": len(attack.missed),
        "not_named": len(attack.unnamed),
        "false_alarms": attack.false_alarms,
        "examples": (attack.missed + attack.unnamed)[:5],
        "ways": dict(attack.by_way),
        "captures_per_second": round(rate),
        "seconds": round(time.monotonic() - started, 1),
    }
    bars = {
        f"{arguments.changes} changes and {arguments.commands} commands": attack.made
        == arguments.changes + arguments.commands,
        "100 % found": not attack.missed,
        "100 % named": not attack.unnamed,
        "no false alarm": attack.false_alarms == 0,
        f">= {_PER_SECOND} captures of 10 kB per second": rate >= _PER_SECOND,
    }
    finish("tamper", figures, bars)


class Attack:
    """A small evidence folder that is tampered with again and again."""

    def __init__(self, folder: Path, rng: random.Random) -> None:
        self._rng = rng
        self._evidence = folder / "evidence"
        self._key = folder / "trusted.pub"
        self._elsewhere = folder / "elsewhere"
        log, authority = CustodyLog(self._evidence), TrainingAuthority(folder / "tsa")
        capture(log, "market-000001-001.warc.gz", 30, rng, 600)
        checkpoint(log, authority if openssl_here() else None)
        before = _read(self._evidence)
        capture(log, "market-000002-001.warc.gz", 30, rng, 600)
        log.append("decide", "ana", {"listing": 7, "note": 'a line\nbreak, a quote " and \u2028'})
        checkpoint(log)
        self._past = _past(before, folder, authority, log)
        self._key.write_bytes(to_pem(log.signer.public))
        root = authority.root if openssl_here() else None
        self._trust = Trust(keys=[log.signer.public], anchor=log.anchor)
        self._whole = _read(self._evidence)
        self._root = root
        self.made = self.false_alarms = 0
        self.missed: list[str] = []
        self.unnamed: list[str] = []
        self.by_way: Counter[str] = Counter()

    def in_process(self, changes: int) -> None:
        """Make changes and verify each; now and then verify the folder as it is."""
        for number in range(changes):
            if number % 250 == 0:
                self.false_alarms += not verify_folder(self._evidence, self._trust).report.ok
            way, change = self._tamper()
            problems = [
                (one.file, one.offset, one.length) for one in verify_folder(self._evidence, self._trust).report.problems
            ]
            self._judge(way, change, problems)
            self._put(self._whole)

    def as_command(self, number: int) -> None:
        """The same through ``wildtrade evidence verify``."""
        self.false_alarms += self._command()[0] != 0
        for _ in range(number):
            way, change = self._tamper()
            code, problems = self._command()
            self._judge(
                f"command: {way}" if code == 1 else f"command ended with {code}: {way}",
                change,
                problems if code == 1 else [],
            )
            self._put(self._whole)

    def _command(self) -> tuple[int, list[tuple[str, int | None, int | None]]]:
        words = [sys.executable, "-m", "wildtrade", "evidence", "verify", str(self._evidence), "--json"]
        words += ["--pub", str(self._key), "--anchor", self._trust.anchor]
        words += ["--tsa-root", str(self._root)] if self._root else []
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if not done.stdout:
            return done.returncode, []
        found: list[dict[str, Any]] = json.loads(done.stdout)["problems"]
        return done.returncode, [(one["file"], one["offset"], one["length"]) for one in found]

    def _tamper(self) -> tuple[str, Change]:
        way = list(WAYS)[self.made % len(WAYS)]
        self.made += 1
        files = dict(self._whole)
        change = WAYS[way](files, self._rng, self._past)
        while files == self._whole:  # e.g. two equal lines swapped
            change = WAYS[way](files, self._rng, self._past)
        self._put(files)
        return way, change

    def _judge(self, way: str, change: Change, problems: list[tuple[str, int | None, int | None]]) -> None:
        self.by_way[way] += 1
        wanted = {printable(name) for name in change.files}
        named = [(offset, length) for file, offset, length in problems if file in wanted]
        if not problems:
            self.missed.append(f"{way} {change}")
        elif not named or (change.at is not None and not any(_covers(place, change.at) for place in named)):
            self.unnamed.append(f"{way} {change}: {problems[:3]}")

    def _put(self, files: Files) -> None:
        """Make the folder hold these files; only what differs is written."""
        now = _read(self._evidence)
        for name in [one for one, data in now.items() if files.get(one) != data]:
            _remove(self._evidence / name)
        for name, data in files.items():
            if now.get(name) != data:
                _make(self._evidence / name, data, self._elsewhere)
        for path in sorted(self._evidence.rglob("*"), reverse=True):
            if path.is_dir() and not path.is_symlink() and not any(path.iterdir()) and path.name not in _OURS:
                path.rmdir()


def _covers(place: tuple[int | None, int | None], at: int) -> bool:
    offset, length = place
    return offset is None or offset <= at < offset + (length or 0)


def _read(folder: Path) -> Files:
    found: Files = {}
    for path in folder.rglob("*"):
        if path.is_symlink() or path.is_fifo():
            found[path.relative_to(folder).as_posix()] = Odd("something", b"")
        elif path.is_file():
            found[path.relative_to(folder).as_posix()] = path.read_bytes()
    return found


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def _make(path: Path, data: bytes, elsewhere: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    match data.kind if isinstance(data, Odd) else "":
        case "link":
            elsewhere.write_bytes(data)
            path.symlink_to(elsewhere)
        case "pipe":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
            (path / "x").write_bytes(data)
        case _:
            path.write_bytes(data)


def _past(files: Files, folder: Path, authority: TrainingAuthority, log: CustodyLog) -> Past:
    """What an attacker has."""
    other = CustodyLog(folder / "stranger" / "evidence")
    lines = disguises.strangers(other)
    stamped = next((one for one in log.evidence.rglob("*.tsr")), None)
    stamp = authority.stamp(stamped.with_suffix(".json")) if stamped else b""
    return Past(files, lines, to_pem(other.signer.public), stamp)


def capture(log: CustodyLog, name: str, number: int, rng: random.Random, size: int, group: int = 10) -> None:
    """Seal, append and log ``number`` pages of about ``size`` bytes, in groups as the writer does."""
    log.state()
    file = WarcFile(log.evidence, name)
    entries = [entry_of(file.begun, 0, "warcinfo")] if file.begun else []
    for number_done, page in enumerate(_pages(number, rng, size), start=1):
        sealed = seal(page)
        (offset,) = file.append([sealed.data])
        entries.append(entry_of(sealed, offset, "page"))
        if number_done % group == 0 or number_done == number:
            log.append_all([Event("capture", "wildtrade", {"file": name, "records": entries})])
            entries = []
    file.close()


def _pages(number: int, rng: random.Random, size: int) -> Iterator[Exchange]:
    words = ["".join(rng.choices("abcdefghijklmnoprstuvw", k=rng.randint(2, 9))) for _ in range(4000)]
    for one in range(number):
        body = f"<html><p>{' '.join(rng.choices(words, k=size // 6))}</p></html>".encode()[:size]
        yield exchange(body, f"https://market.example/item/{one}")


def verify_rate(folder: Path, captures: int, rng: random.Random) -> float:
    """Captures of 10 kB verified per second."""
    log = CustodyLog(folder / "evidence")
    capture(log, "market-000001-001.warc.gz", captures, rng, 10_000, group=50)
    began = time.perf_counter()
    report = verify_folder(log.evidence, Trust(keys=[log.signer.public], anchor=log.anchor)).report
    seconds = time.perf_counter() - began
    if not report.ok or report.records != captures + 1:
        sys.exit(f"the untouched folder does not verify: {report.problems[:3]}")
    return captures / seconds


if __name__ == "__main__":
    main()

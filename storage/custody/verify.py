"""Does the evidence still hold? Log, checkpoints, keys and every record, read once, offline, without a database."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from storage.custody.chain import Chain
from storage.custody.checkpoints import Checkpoint, read_all
from storage.custody.files import Reader, digest_of, everything, plain_file
from storage.custody.keys import KEYS, holds, key_id, read_public, to_pem
from storage.custody.line import digest
from storage.custody.log import FOLDER, LOCK, NAME
from storage.custody.report import Kind, Report
from storage.custody.stamps import check_stamp, stamped_at
from storage.locks import locked
from wildtrade.errors import ConfigError, UsageError

_MUCH = timedelta(minutes=5)  # an authority may take its time to answer
NO_ANCHOR = (
    "no anchor was given: that the log was rolled back to an earlier state can only be seen with a head that was kept "
    "elsewhere (--anchor)"
)
NO_KEY = (
    "no public key was given: the signatures hold against the key that lies in the evidence itself, which whoever "
    "replaces everything can replace too (--pub)"
)


@dataclass(frozen=True, kw_only=True)
class Trust:
    """What the reader knows from elsewhere: public keys (32 bytes each), the root of the time-stamping authority
    (PEM file), and an earlier head of the log as ``SEQ:HASH``."""

    keys: Sequence[bytes] = ()
    tsa_root: Path | None = None
    anchor: str = ""

    @classmethod
    def of(cls, keys: Sequence[Path] = (), tsa_root: Path | None = None, anchor: str = "") -> Trust:
        """From what a person names: files of keys, and the anchor itself or a file that holds it."""
        if anchor and Path(anchor).is_file():
            words = Path(anchor).read_text(encoding="utf-8").split()
            anchor = words[-1] if words else ""
        if tsa_root is not None and not tsa_root.is_file():
            raise ConfigError("there is no such file", file=str(tsa_root), fix="name the authority's root, a PEM file")
        return cls(keys=[read_public(path) for path in keys], tsa_root=tsa_root, anchor=anchor)

    def head(self) -> tuple[int, str] | None:
        """The anchor as entry and hash. Raises UsageError."""
        seq, _, head = self.anchor.partition(":")
        if not self.anchor:
            return None
        if not seq.isdecimal() or len(head) != 64:
            fix = "write it as `wildtrade evidence checkpoint` printed it: 123:0a1b..."
            raise UsageError(f"the anchor {self.anchor!r} is no head of a log", fix=fix)
        return int(seq), head


@dataclass(kw_only=True)
class Verified:
    """The report, and what the log said (for the comparison with a database)."""

    report: Report
    chain: Chain
    reader: Reader = field(repr=False)


def verify_folder(folder: Path, trust: Trust | None = None) -> Verified:
    """Verify a folder of WARCs with its ``custody`` folder. Nothing in it is changed. Raises ConfigError where there is
    no evidence at all, UsageError for an anchor that is none."""
    trust = trust or Trust()
    anchor, custody = trust.head(), folder / FOLDER
    path = custody / NAME
    report = Report()
    readable = plain_file(folder, f"{FOLDER}/{NAME}")
    if not readable:
        if not custody.is_dir() and not any(folder.glob("*.warc.gz")):
            fix = "name the evidence folder (data/evidence of a workspace) or an exported package"
            raise ConfigError("there is no evidence here", file=str(folder), fix=fix)
        report.add(Kind.MISSING, f"{FOLDER}/{NAME}", "the custody log is not there: nothing can be verified")
    checkpoints = read_all(custody, report)
    wanted = {one.seq for one in checkpoints} | ({anchor[0]} if anchor else set())
    chain = Chain(f"{FOLDER}/{NAME}", report, wanted)
    if readable:
        chain.read(path, _size(path))
    reader = Reader(folder, report)
    _check_keys(chain, trust, report)
    _check_anchor(chain, anchor, report)
    _check_checkpoints(custody, checkpoints, chain, trust, report)
    _read_files(reader, chain, checkpoints, report)
    _check_others(folder, chain, report)
    return Verified(report=report, chain=chain, reader=reader)


def _size(path: Path) -> int:
    """The log's length between two appends, where the folder lets us wait for that."""
    if plain_file(path.parent, LOCK):
        with suppress(OSError), locked(path.with_name(LOCK)):
            return path.stat().st_size
    return path.stat().st_size


def _check_keys(chain: Chain, trust: Trust, report: Report) -> None:
    """Whoever holds a pinned key vouches for everything before its last signature; rotations lead on from there."""
    pinned = {key_id(key) for key in trust.keys}
    vouched = max((chain.signed_by.get(one, 0) for one in pinned), default=0)
    log = f"{FOLDER}/{NAME}"
    if not pinned:
        report.notices.append(NO_KEY)
    elif not vouched:
        report.add(Kind.SIGNATURE, log, f"no entry is signed by the key given ({', '.join(sorted(pinned))})")
    for seq, key in chain.unproven.items():
        if seq > vouched:
            what = f"from entry {seq} on the key {key} signs, which no key before it has named: give it with --pub"
            report.add(Kind.SIGNATURE, log, what, entry=seq)
        else:
            report.notices.append(f"the key before entry {seq} was lost; {key} took its place")
    for one in chain.revoked:
        why = f"the key {one['id']} was revoked in entry {one['entry']} as of {one['since']}: {one['reason']}"
        report.notices.append(f"{why}; what it signed after that counts only as far as a time stamp or anchor holds it")


def _check_anchor(chain: Chain, anchor: tuple[int, str] | None, report: Report) -> None:
    if anchor is None:
        report.notices.append(NO_ANCHOR)
        return
    seq, head = anchor
    log = f"{FOLDER}/{NAME}"
    moment = chain.moments.get(seq)
    if chain.seq < seq:
        report.add(Kind.ROLLED_BACK, log, f"it ends at entry {chain.seq}; the anchor knows entry {seq}", entry=seq)
    elif moment is None or moment.head != head:
        report.add(Kind.CHANGED, log, f"entry {seq} is not the one the anchor names: history was rewritten", entry=seq)


def _check_checkpoints(
    custody: Path, checkpoints: Sequence[Checkpoint], chain: Chain, trust: Trust, report: Report
) -> None:
    unchecked = 0
    for one in checkpoints:
        report.checkpoints += 1
        if chain.named.get(one.name) != one.sha256:
            continue  # said where all files are looked at
        key, moment = chain.keys.get(one.line.entry["key"]), chain.moments.get(one.seq)
        if key is None or not holds(key, one.line.signature, one.line.signed):
            report.add(Kind.SIGNATURE, one.name, "its signature does not hold")
        elif moment is None:
            report.add(Kind.ROLLED_BACK, one.name, f"the log does not reach entry {one.seq} of this checkpoint")
        elif (moment.head, moment.size, moment.sha256) != (one.head, one.log_size, one.log_sha256):
            report.add(Kind.CHANGED, one.name, "the log up to this checkpoint is not what it was then")
        if (stamp := one.stamp_name) in chain.named:
            report.stamps += 1
            answer = check_stamp(custody.parent / one.name, custody.parent / stamp, trust.tsa_root)
            unchecked += answer is None
            if answer:
                report.add(Kind.SIGNATURE, stamp, answer)
            elif answer is not None:
                report.notices += _clock_against(one, stamped_at(custody.parent / stamp))
    if unchecked:
        why = "openssl is not installed" if trust.tsa_root else "no root of the authority was given (--tsa-root)"
        report.notices.append(f"{unchecked} time stamps are there and unchanged, but were not checked: {why}")


def _clock_against(one: Checkpoint, stamped: datetime | None) -> list[str]:
    """How far the machine's clock was from the authority's, where that is much."""
    try:
        own = datetime.fromisoformat(one.line.entry["utc"])
    except (KeyError, TypeError, ValueError):
        return []
    if stamped is None or abs(stamped - own) < _MUCH:
        return []
    way = "behind" if stamped > own else "ahead of"
    return [f"at {one.name} the clock of this machine was {abs(stamped - own)} {way} the authority's: {stamped}"]


def _read_files(reader: Reader, chain: Chain, checkpoints: Sequence[Checkpoint], report: Report) -> None:
    for name in sorted(chain.tables):
        sizes = {one.files[name].size: one.files[name].sha256 for one in checkpoints if name in one.files}
        wrong = reader.read(name, chain.tables[name], sizes)
        if wrong and not any(file == name for file, _ in reader.bad):
            what = f"its first {min(wrong)} bytes are not what a checkpoint says"
            report.add(Kind.CHANGED, name, what)


def _check_others(folder: Path, chain: Chain, report: Report) -> None:
    """Every file must be one the log knows, and every one it knows must be there."""
    expected = dict(chain.named)
    expected |= {f"{FOLDER}/{KEYS}/{one}.pub": digest(to_pem(key)) for one, key in chain.keys.items()}
    for name, sha256 in sorted(expected.items()):
        if not plain_file(folder, name):
            report.add(Kind.MISSING, name, "the log names this file")
        elif digest_of(folder / name) != sha256:
            report.add(Kind.CHANGED, name, "it is not the file the log names")
    known = {*expected, *chain.tables, f"{FOLDER}/{NAME}", f"{FOLDER}/{LOCK}"}
    for name in everything(folder):
        if name in chain.rewritten:
            report.add(Kind.ADDED, name, "the log says that it was rewritten, yet the old file is still there")
        elif name not in known:
            report.add(Kind.ADDED, name, "no entry of the log names this file")
        elif not plain_file(folder, name):
            report.add(Kind.CHANGED, name, "this is a link or no file at all: what it shows may lie elsewhere")
        elif name.endswith(LOCK) and (folder / name).stat().st_size:
            report.add(Kind.ADDED, name, "this file is always empty")
